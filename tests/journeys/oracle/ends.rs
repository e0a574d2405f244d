//! What must have come true when nothing is left to happen.

use std::time::Duration;

use domain::Timestamp;
use domain::alert::{Alerts, Say};
use domain::case::{CaseRef, Class, Resolved};
use domain::notice::{Audience, Notice, Template, Told};
use domain::order::Order;
use domain::policy::{self, Owner};
use domain::work::Subject;
use testkit::world::mishaps::{Act, Mishap};
use testkit::world::{ClassTold, State};

use super::truth::Truth;
use super::{BRAKE, BREAKER, CONSERVATION, LIVENESS, Oracle, QUIET_DATA, SINGLE_CHARGE, TOLD, holds};
use crate::journey::LIMITS;

/// So long an alert covers others of its class; and so much later whoever looks at all cases says what did not get out.
const COVERED: Duration = Duration::from_secs(3_600);
const SAID_AGAIN: Duration = Duration::from_secs(1_800);

impl Oracle {
    pub(super) fn end(&mut self, state: &State) {
        for (order, due) in state.stored() {
            let truth = Truth::of(state, order);
            self.conserved(order, &truth);
            self.single_charge(state, order, &truth);
            if due.is_some() && !truth.asked {
                self.accuse(LIVENESS, format!("{} never comes to rest", order.id));
            }
            self.told(state, order, &truth);
            self.announced(state, order);
        }
        self.quiet(state);
        self.braked(state);
        self.spared(state);
    }

    /// A provider that is down for many is asked once or twice by each, and then by one at a time.
    fn spared(&mut self, state: &State) {
        const CROWD: usize = 10;
        const AIR: usize = 20;
        const PROBES_APART_MS: i64 = 150_000;
        let (orders, asked) = (state.stored().count(), &state.directory.down_at);
        let (Some(first), Some(last)) = (asked.first(), asked.last()) else {
            return;
        };
        let probes = usize::try_from((last - first) / PROBES_APART_MS).unwrap_or_default();
        if orders >= CROWD && asked.len() > 2 * orders + probes + AIR {
            let calls = asked.len();
            self.accuse(
                BREAKER,
                format!("{calls} calls of a provider that is down, for {orders} orders"),
            );
        }
    }

    /// Automation returns no more payments in a short time than the template allows, before a person has said so.
    fn braked(&mut self, state: &State) {
        const UNDOS_MAX: usize = LIMITS.undos_max;
        let within = i64::try_from(LIMITS.within.as_secs()).unwrap_or(i64::MAX);
        let asked = state.cases().filter(|case| case.class == Class::MassUndo);
        let released = asked.filter_map(|case| match &case.resolved {
            Some(Resolved::Decided { at, .. }) => Some(at.seconds()),
            Some(Resolved::Healed { .. }) | None => None,
        });
        let released = released.min().unwrap_or(i64::MAX);
        let ours = state.stripe.refunds.iter().filter(|refund| {
            let because = refund.metadata.get("because_code").map(String::as_str);
            because == Some("provisioning_failed") && refund.created < released
        });
        let mut at: Vec<i64> = ours.map(|refund| refund.created).collect();
        at.sort_unstable();
        let mut windows = at.windows(UNDOS_MAX + 1);
        if windows.any(|window| window[UNDOS_MAX] - window[0] < within) {
            let refunds = at.len();
            self.accuse(BRAKE, format!("{refunds} refunds, too many of them at once"));
        }
    }

    /// Every charge is made good: delivered, given back, or in a person's hands.
    fn conserved(&mut self, order: &Order, truth: &Truth) {
        if truth.in_hand || truth.settled {
            return;
        }
        let once = truth.made.iter().all(|count| *count <= 1);
        let delivered = truth.kept() == order.product.price.minor && truth.held == 0 && truth.full && once;
        let given_back = truth.kept() == 0 && truth.held == 0 && truth.made == [0; 4];
        if !(delivered || given_back) {
            let state = order.state.name();
            self.accuse(CONSERVATION, format!("{state}: {truth:?}, and nobody's case"));
        }
        let says = match order.state {
            domain::order::State::Delivered { .. } => delivered,
            domain::order::State::Undone { .. } | domain::order::State::Closed { .. } => given_back,
            domain::order::State::AwaitingPayment
            | domain::order::State::PaymentPending { .. }
            | domain::order::State::Delivering { .. }
            | domain::order::State::Capturing { .. }
            | domain::order::State::Undoing { .. }
            | domain::order::State::Returning { .. }
            | domain::order::State::WithPerson { .. } => false,
        };
        if !says {
            let state = order.state.name();
            self.accuse(CONSERVATION, format!("the order says {state}, the world {truth:?}"));
        }
    }

    fn single_charge(&mut self, state: &State, order: &Order, truth: &Truth) {
        let lost = |id: &str| -> i64 {
            let disputes = state.stripe.disputes.iter();
            let lost = disputes.filter(|dispute| dispute.intent == id && dispute.status == "lost");
            lost.map(|dispute| dispute.amount).sum()
        };
        let mine = state.stripe.intents.iter().filter(|intent| {
            intent.metadata.get("order").map(String::as_str) == Some(order.id.as_str())
                && intent.refunded + lost(&intent.id) < intent.received + intent.capturable
        });
        if mine.count() > 1 && !truth.in_hand && !truth.settled {
            self.accuse(
                SINGLE_CHARGE,
                format!("{} was paid twice and nothing went back", order.id),
            );
        }
    }

    fn told(&mut self, state: &State, order: &Order, truth: &Truth) {
        let tell = &order.policy.tell;
        let mut must: Vec<(Vec<Audience>, Template)> = Vec::new();
        if matches!(order.state, domain::order::State::Delivered { .. }) && truth.full {
            must.push((tell.delivered.clone(), Template::Ready));
        }
        for payment in &order.payments {
            let refunds = state
                .stripe
                .refunds
                .iter()
                .filter(|refund| refund.intent == payment.id.as_str());
            let back: i64 = refunds
                .filter(|refund| holds(&refund.status))
                .map(|refund| refund.amount)
                .sum();
            let theirs = |id: &str| id == payment.id.as_str();
            let released = state
                .stripe
                .intents
                .iter()
                .any(|intent| theirs(&intent.id) && intent.status == "canceled" && payment.hold.is_some());
            let disputes = state.stripe.disputes.iter().filter(|dispute| theirs(&dispute.intent));
            let lost: i64 = disputes
                .filter(|dispute| dispute.status == "lost")
                .map(|dispute| dispute.amount)
                .sum();
            if released || payment.captured.is_some_and(|captured| back + lost >= captured.minor) {
                let payment = payment.id.clone();
                must.push((tell.returned.clone(), Template::Returned { payment }));
            }
        }
        for case in order.cases.iter().filter(|case| case.resolved.is_none()) {
            match (case.class, &case.subject) {
                (Class::DeadLetters | Class::NotTold, _) => {}
                (Class::ReturnStuck, Some(Subject::Return(payment))) => {
                    let payment = payment.clone();
                    let to = declared(order, case, &tell.return_failed);
                    must.push((to, Template::ReturnFailed { payment }));
                }
                (class, _) => {
                    let mut to = declared(order, case, &tell.with_person);
                    to.retain(|to| class != Class::BecauseMissing || *to == Audience::Finance);
                    must.push((to, Template::WithPerson { case: case.id.clone() }));
                }
            }
        }
        for (audiences, template) in must {
            for to in audiences {
                self.was_told(state, order, to, &template);
            }
        }
        self.told_once(state, order);
    }

    /// Told in truth, or written down as unknown, given up, or waived by a person.
    fn was_told(&mut self, state: &State, order: &Order, to: Audience, template: &Template) {
        let mut told = state.told.iter().filter(|told| told.order == order.id);
        let heard = told.any(|told| told.to == to && told.notice.template == *template);
        let covered = order.notices.iter().any(|notice| {
            let same = notice.to == to && notice.template == *template;
            same && is_covered(state, order, notice)
        });
        let admitted = order.notices.iter().any(|notice| {
            let same = notice.to == to && notice.template == *template;
            same && matches!(notice.told, Told::Unknown(_) | Told::GivenUp(_) | Told::Waived { .. })
        });
        if !(heard || covered || admitted) {
            self.accuse(TOLD, format!("{}: {} was not told {template:?}", order.id, to.name()));
        }
    }

    fn told_once(&mut self, state: &State, order: &Order) {
        let doubled = state
            .schedule
            .strikes
            .iter()
            .any(|strike| strike.act == Act::Tell && strike.mishap == Mishap::Twice);
        let mine = || state.told.iter().filter(|told| told.order == order.id);
        for notice in order.notices.iter().filter(|notice| notice.to != Audience::Systems) {
            let times = mine().filter(|told| told.notice.id == notice.id).count();
            let most = if doubled { 2 } else { 1 };
            if times > most {
                self.accuse(
                    TOLD,
                    format!("{}: {} times told {:?}", order.id, times, notice.template),
                );
            }
            if matches!(notice.told, Told::Covered(_)) && !is_covered(state, order, notice) {
                let owed = &notice.template;
                self.accuse(
                    TOLD,
                    format!(
                        "{}: {owed:?} is recorded as covered by an alert, and none was out",
                        order.id
                    ),
                );
            }
            if matches!(notice.told, Told::Accepted(_)) && times == 0 {
                self.accuse(
                    TOLD,
                    format!("{}: {:?} is recorded as told and was not", order.id, notice.template),
                );
            }
            let same = order
                .notices
                .iter()
                .filter(|other| other.to == notice.to && other.template == notice.template);
            if same.count() > reasons(order, &notice.template) {
                let owed = &notice.template;
                self.accuse(TOLD, format!("{}: {owed:?} is owed more than once", order.id));
            }
        }
    }

    /// No name and no address where they do not belong.
    fn quiet(&mut self, state: &State) {
        let personal = |text: &str| text.contains("@example.com") || text.contains("Jo Doe");
        let sessions = state.stripe.sessions.iter().map(|session| &session.metadata);
        let intents = state.stripe.intents.iter().map(|intent| &intent.metadata);
        let refunds = state.stripe.refunds.iter().map(|refund| &refund.metadata);
        let metadata = sessions.chain(intents).chain(refunds);
        if metadata
            .flat_map(|metadata| metadata.values())
            .any(|value| personal(value))
        {
            self.accuse(QUIET_DATA, "Stripe's metadata names the buyer".to_owned());
        }
        let alerts = state.told.iter().filter(|told| told.to == Audience::Ops);
        for alert in alerts {
            if personal(&format!("{:?}", alert.message)) {
                self.accuse(
                    QUIET_DATA,
                    format!("an alert names the buyer: {}", alert.message.subject),
                );
            }
        }
    }
}

/// Within the hour before, or soon after, operations got an alert about its class, whatever order's; or the next look at
/// the cases says it.
fn is_covered(state: &State, order: &Order, notice: &Notice) -> bool {
    let (Told::Covered(at), Some(class)) = (&notice.told, notice.alert_class(order)) else {
        return false;
    };
    let at = *at;
    if state.control::<Alerts>().is_owed(class) {
        return true;
    }
    let near = |said: Timestamp| at.since(said) <= COVERED && said.since(at) <= SAID_AGAIN;
    let of_orders = state.told.iter().filter(|told| {
        let (theirs, _) = state.stored_order(&told.order).expect("its order");
        told.notice.alert_class(theirs) == Some(class)
    });
    let first_level = |told: &&ClassTold| told.class == class && told.say != Say::Escalated;
    let mut of_classes = state.class_alerts.iter().filter(first_level);
    of_orders.map(|told| told.at).any(near) || of_classes.any(|told| near(told.at))
}

/// How often there was a reason to say this: each return that came back may be told of again when it goes again, and so
/// may each case in which a person has tried in vain.
fn reasons(order: &Order, template: &Template) -> usize {
    match template {
        Template::Ready
        | Template::WithPerson { .. }
        | Template::NotPaid
        | Template::NothingDelivered
        | Template::Outage { .. }
        | Template::OutageOver { .. } => 1,
        // Said again on purpose, at its own times.
        Template::Reminder { .. } | Template::Announce(_) => usize::MAX,
        Template::ReturnFailed { payment } => {
            let about = Some(Subject::Return(payment.clone()));
            let cases = order.cases.iter().filter(|case| case.class == Class::ReturnStuck);
            cases.filter(|case| case.subject == about).count()
        }
        Template::Returned { payment } => {
            let record = order.payments.iter().find(|known| known.id == *payment);
            let refunds = record.map_or(&[][..], |known| &known.refunds);
            1 + refunds.iter().filter(|refund| !refund.status.holds()).count()
        }
    }
}

/// Who must be told of a case: its row's own list or the usual one, and its row's owner.
fn declared(order: &Order, case: &CaseRef, usual: &[Audience]) -> Vec<Audience> {
    let row = case.subject.as_ref().and_then(policy::matter);
    let row = row.and_then(|matter| order.policy.row(matter));
    let mut to = match row {
        Some(row) if !row.told.is_empty() => row.told.clone(),
        Some(_) | None => usual.to_vec(),
    };
    to.retain(|to| case.class.is_the_customers() || *to != Audience::Customer);
    to.extend(row.and_then(|row| row.owner).map(Owner::audience));
    to
}
