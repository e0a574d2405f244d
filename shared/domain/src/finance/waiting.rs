//! Money of customers that is neither delivered for nor returned.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::because::Because;
use crate::case::Class;
use crate::failure::{FailureClass, Reason};
use crate::id::{OrderId, PaymentId};
use crate::money::Money;
use crate::notice::{Audience, Template, Told};
use crate::order::{ClosedWhy, Order, State};
use crate::payment::{Payment, RefundStatus, Role};
use crate::policy::{Link, Matter};
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Subject;

/// Why a charge waits, and so what its end will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The customer's bank has the money, or asks about it.
    Contested,
    /// The next step is being made.
    BeingSetUp(Option<Step>),
    /// Everything is there; the held money is being taken.
    BeingTaken,
    /// An undo that waits for a person's word.
    AtTheBrake,
    /// It is owed back, and nobody at Stripe has it yet.
    OwedBack(Because),
    /// Stripe has the refund, and it is not final.
    OnItsWayBack(Because),
    /// Stripe has it, and asks the customer where to send it.
    AsksCustomer(Because),
    /// Nothing is done about it before a person decides.
    WithPerson,
}

/// One charge, or one hold, that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub order: OrderId,
    pub reference: String,
    pub payment: PaymentId,
    pub amount: Money,
    /// Merely held, and not taken.
    pub held: bool,
    pub since: Timestamp,
    pub why: Why,
    /// What came back last, where it did not work so far.
    pub failure: Option<Reason>,
    /// The oldest open case of the order: a person knows.
    pub case: Option<Class>,
    /// By then it is delivered, returned, or a person's, by the policy that the order started under. None: it is a person's
    /// or the bank's already, and no date is promised.
    pub promised: Option<Timestamp>,
    /// What the customer was last told, and when.
    pub told: Option<(Template, Timestamp)>,
}

/// What waits of the order: most have nothing, and few more than one charge.
pub fn waiting(order: &Order) -> Vec<Waiting> {
    let payments = order.payments.iter();
    payments.filter_map(|payment| of_payment(order, payment)).collect()
}

fn of_payment(order: &Order, payment: &Payment) -> Option<Waiting> {
    let amount = amount(payment)?;
    let settled = payment.owed.as_ref().is_some_and(|owed| owed.waived);
    if amount.minor <= 0 || settled || (payment.role == Role::Own && is_done(order)) {
        return None;
    }
    let hold = payment.hold.as_ref().map(|hold| hold.since);
    let why = why(order, payment);
    let case = order.cases.iter().find(|case| case.resolved.is_none());
    Some(Waiting {
        order: order.id.clone(),
        reference: order.reference(),
        payment: payment.id.clone(),
        amount,
        held: payment.held().is_some(),
        since: payment.captured_at.or(hold).unwrap_or(order.created_at),
        promised: promised(order, payment, &why),
        failure: failure(order, payment, &why),
        why,
        case: case.map(|case| case.class),
        told: last_told(order),
    })
}

/// What is still with us, and what is on its way back and not there.
fn amount(payment: &Payment) -> Option<Money> {
    let rest = payment.remaining()?;
    let refunds = payment.refunds.iter();
    let on_its_way = refunds.filter(|refund| on_its_way(refund.status));
    let on_its_way: i64 = on_its_way.map(|refund| refund.amount_minor).sum();
    Some(Money::new(rest.minor.max(0) + on_its_way, rest.currency))
}

fn on_its_way(status: RefundStatus) -> bool {
    status.holds() && status != RefundStatus::Succeeded
}

/// The customer has what was paid for, or a person has settled it with them.
fn is_done(order: &Order) -> bool {
    let all_there = order.product.steps.iter().all(|step| order.winner(*step).is_some());
    let taken = order.own_payment().is_some_and(|own| own.captured.is_some());
    match &order.state {
        State::Delivered { .. } => true,
        State::Closed { why, .. } => *why == ClosedWhy::SettledByPerson,
        // Whatever the case is about, the customer is served.
        State::WithPerson { .. } => order.undo.is_none() && all_there && taken,
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Undoing { .. }
        | State::Returning { .. }
        | State::Undone { .. } => false,
    }
}

fn why(order: &Order, payment: &Payment) -> Why {
    let own = payment.role == Role::Own;
    if payment.contested() {
        return Why::Contested;
    }
    if own && order.waits_at_the_brake() {
        return Why::AtTheBrake;
    }
    if let Some(owed) = payment.return_outstanding() {
        let held = order.work.tries(&Subject::Return(payment.id.clone()));
        return match held.and_then(|tries| tries.held_by.as_ref()) {
            Some(_case) => Why::WithPerson,
            None => Why::OwedBack(owed.because.clone()),
        };
    }
    if let (true, Some(owed)) = (payment.gone(), &payment.owed) {
        let because = owed.because.clone();
        return if payment.asks_customer() {
            Why::AsksCustomer(because)
        } else {
            Why::OnItsWayBack(because)
        };
    }
    match &order.state {
        State::Capturing { .. } => Why::BeingTaken,
        State::WithPerson { .. } => Why::WithPerson,
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Delivered { .. }
        | State::Undoing { .. }
        | State::Returning { .. }
        | State::Undone { .. }
        | State::Closed { .. } => Why::BeingSetUp(missing(order)),
    }
}

fn missing(order: &Order) -> Option<Step> {
    let mut steps = order.product.steps.iter();
    steps.find(|step| order.winner(**step).is_none()).copied()
}

/// What the order does about it by itself, and since when.
fn work(order: &Order, payment: &Payment, why: &Why) -> Option<(Matter, Subject, Timestamp)> {
    let began = order.state.since().unwrap_or(order.created_at);
    match why {
        Why::BeingSetUp(step) => step.map(|step| (Matter::Step(step), Subject::Step(step), began)),
        Why::BeingTaken => Some((Matter::Capture, Subject::Capture(payment.id.clone()), began)),
        Why::OwedBack(because) => Some((Matter::ReturnMoney, Subject::Return(payment.id.clone()), because.at())),
        Why::Contested | Why::AtTheBrake | Why::WithPerson | Why::OnItsWayBack(_) | Why::AsksCustomer(_) => None,
    }
}

/// Until when the order's own policy goes on by itself.
fn promised(order: &Order, payment: &Payment, why: &Why) -> Option<Timestamp> {
    if let Why::OnItsWayBack(_) = why {
        let refunds = payment.refunds.iter().filter(|refund| on_its_way(refund.status));
        let first = refunds.map(|refund| refund.since).min();
        return first.map(|since| since.plus(order.policy.refund_final_within()));
    }
    let (matter, subject, began) = work(order, payment, why)?;
    let tries = order.work.tries(&subject);
    let class = tries.and_then(|tries| tries.last).map(|failure| failure.class);
    let began = tries.map_or(began, |tries| tries.first_at);
    let end = began.plus(patience(order, matter, class));
    // Money that is held is a person's before the bank lets it go.
    Some(payment.held().map_or(end, |hold| hold.try_until().min(end)))
}

/// For how long a matter is tried: by the answer to what failed last, else by the longest.
fn patience(order: &Order, matter: Matter, class: Option<FailureClass>) -> Duration {
    let Some(row) = order.policy.row(matter) else {
        return Duration::ZERO;
    };
    let classes = FailureClass::ALL.into_iter();
    let ages = classes
        .filter(|known| class.is_none_or(|class| class == *known))
        .flat_map(|class| row.chain(class).links())
        .filter_map(|link| match link {
            Link::Retry { age_max, .. } | Link::ReadBack { age_max, .. } => Some(*age_max),
            Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => None,
        });
    ages.max().unwrap_or_default()
}

fn failure(order: &Order, payment: &Payment, why: &Why) -> Option<Reason> {
    let (_, subject, _) = work(order, payment, why)?;
    let last = order.work.tries(&subject)?.last;
    last.map(|failure| failure.reason)
}

fn last_told(order: &Order) -> Option<(Template, Timestamp)> {
    let told = order.notices.iter().filter(|notice| notice.to == Audience::Customer);
    let told = told.filter_map(|notice| match notice.told {
        Told::Accepted(at) | Told::Unknown(at) | Told::Acknowledged { at, .. } => Some((notice.template.clone(), at)),
        Told::Owed
        | Told::Covered(_)
        | Told::Overtaken(_)
        | Told::GivenUp(_)
        | Told::Bounced(_)
        | Told::Waived { .. } => None,
    });
    told.max_by_key(|(_, at)| *at)
}
