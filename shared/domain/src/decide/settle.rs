//! State and notices follow the facts, whoever wrote them down.

use crate::because::Because;
use crate::case::{CaseRef, Class};
use crate::effect::Effect;
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::money::Money;
use crate::notice::{Notice, Template, Told};
use crate::order::{ClosedWhy, Order, State};
use crate::owed::Which;
use crate::payment::{Payment, Return, Role};
use crate::time::Timestamp;
use crate::work::{Subject, Tries};

use super::draft::Draft;
use super::{notices, stands, told, words};

/// Moves the order to where its facts say. Each part may open the way for another, so it is done until nothing moves.
pub(super) fn settle(draft: &mut Draft) {
    const ROUNDS_MAX: usize = 8;
    for _ in 0..ROUNDS_MAX {
        let before = Progress::of(&draft.order);
        money_gone(draft);
        own_return(draft);
        frozen(draft);
        heal(draft);
        words::ask(draft);
        forward(draft);
        back(draft);
        answered(draft);
        stands::too_long(draft);
        notices::follow(draft);
        if Progress::of(&draft.order) == before {
            return;
        }
    }
}

/// Everything that settling can move, without a copy of the order: it is looked at in every decision.
#[derive(PartialEq)]
struct Progress {
    state: State,
    undone: bool,
    returns_explained: usize,
    notices: usize,
    notices_owed: usize,
    cases: usize,
    cases_open: usize,
    working: bool,
}

impl Progress {
    fn of(order: &Order) -> Self {
        let owed = |notice: &&Notice| notice.told == Told::Owed;
        Self {
            state: order.state.clone(),
            undone: order.undo.is_some(),
            returns_explained: order.payments.iter().filter(|payment| payment.owed.is_some()).count(),
            notices: order.notices.len(),
            notices_owed: order.notices.iter().filter(owed).count(),
            cases: order.cases.len(),
            cases_open: order.cases.iter().filter(|case| case.resolved.is_none()).count(),
            working: order.work.intent.is_some(),
        }
    }
}

/// A question to Stripe about a payment page that has been answered otherwise is over.
fn answered(draft: &mut Draft) {
    if !draft.order.state.awaits_payment()
        && draft
            .order
            .work
            .intent
            .as_ref()
            .is_some_and(|intent| intent.effect == Effect::AskSession)
    {
        draft.order.work.intent = None;
        draft.order.work.forget(&Subject::Session);
    }
}

/// The first write that records a return owes its notice and its because, whoever made it.
fn money_gone(draft: &mut Draft) {
    let gone: Vec<PaymentId> = draft
        .order
        .payments
        .iter()
        .filter(|payment| payment.gone())
        .map(|payment| payment.id.clone())
        .collect();
    for id in gone {
        explain_return(draft, &id);
        if !notices::told_of_return(&draft.order, &id) {
            let to = draft.order.policy.tell.returned.clone();
            draft.owe_notices(&to, &Template::Returned { payment: id.clone() });
        }
        if draft.order.own_payment().is_some_and(|own| own.id == id) {
            own_payment_gone(draft);
        }
    }
}

/// Why money is gone that we did not send back: the bank took it, its hold ended, or somebody returned it by hand.
fn explain_return(draft: &mut Draft, id: &PaymentId) {
    let (now, policy, currency) = (
        draft.now(),
        draft.order.policy.version,
        draft.order.product.price.currency,
    );
    let Some(payment) = draft.payment(id).filter(|payment| payment.owed.is_none()) else {
        return;
    };
    let minor = |minor| Money::new(minor, currency);
    let (amount, because) = match (payment.captured, &payment.hold, payment.canceled) {
        (None, Some(hold), Some(canceled)) => {
            let because = Because::hold_ended(hold.amount, canceled.lapsed, policy, now);
            (hold.amount, because)
        }
        _ if payment.lost_minor() > 0 => {
            let amount = minor(payment.lost_minor());
            let by_hand = minor(payment.refunded_minor());
            (amount, Because::dispute_lost(amount, by_hand, policy, now))
        }
        _ if let Some(words) = explained(payment) => (minor(payment.returned_minor()), words),
        _ => {
            let amount = minor(payment.returned_minor());
            (amount, Because::external_dashboard(amount, policy, now))
        }
    };
    payment.owed = Some(Return::new(because, amount));
}

/// What was said of all of it, by whoever made its last refund.
fn explained(payment: &Payment) -> Option<Because> {
    let last = payment.refunds.iter().rfind(|refund| refund.status.holds())?;
    let words = last.words.as_ref().filter(|_| payment.unexplained().next().is_none());
    words.map(|words| words.because.clone())
}

/// The money that the order stands on is back with the customer: so is the order.
fn own_payment_gone(draft: &mut Draft) {
    if draft.order.undo.is_some() {
        return;
    }
    let own = draft.order.own_payment();
    let lapsed = own.and_then(|own| own.canceled).is_some_and(|canceled| canceled.lapsed);
    let because = own.and_then(|own| own.owed.as_ref()).map(|owed| owed.because.clone());
    let Some(because) = because else { return };
    match draft.order.state {
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::WithPerson { .. } => draft.decide_undo(because),
        State::Delivered { .. } => {
            draft.decide_undo(because);
            draft.open_case(Class::ReturnedAfterDelivery, None, None);
        }
        // A person had settled it, knowing that the hold would end.
        State::Closed { .. } if lapsed => {}
        // A person had settled it, perhaps by hand: now the money is gone, and what stands must be looked at.
        State::Closed { .. } => {
            draft.order.state = State::Undoing { since: draft.now() };
            draft.decide_undo(because);
            draft.open_case(Class::ReturnedAfterDelivery, None, None);
        }
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => {}
    }
}

/// An undo owes the whole payment back.
fn own_return(draft: &mut Draft) {
    let Some(because) = draft.order.undo.as_ref().map(|undo| undo.because.clone()) else {
        return;
    };
    let own = draft
        .order
        .own_payment()
        .filter(|own| own.stake().is_some() && own.owed.is_none());
    if let Some(id) = own.map(|own| own.id.clone()) {
        draft.owe_return(&id, &because);
    }
}

/// Money that is owed back and contested waits for the bank: as long as it does, a person knows.
fn frozen(draft: &mut Draft) {
    let waits = |payment: &&Payment| payment.disputed() && payment.return_outstanding().is_some();
    let waiting: Vec<PaymentId> = draft
        .order
        .payments
        .iter()
        .filter(waits)
        .map(|payment| payment.id.clone())
        .collect();
    for id in waiting {
        draft.open_case(Class::Disputed, Some(Subject::Payment(id)), None);
    }
}

/// A case whose matter has settled by itself closes, and says so.
fn heal(draft: &mut Draft) {
    let healed: Vec<CaseId> = draft
        .order
        .cases
        .iter()
        .filter(|case| case.resolved.is_none() && settled(&draft.order, case))
        .map(|case| case.id.clone())
        .collect();
    for case in healed {
        draft.heal(&case);
    }
}

fn settled(order: &Order, case: &CaseRef) -> bool {
    let payment = |id: &PaymentId| order.payments.iter().find(|payment| payment.id == *id);
    match &case.subject {
        // It heals when it is no more on its way: at its end, or back with us, where another case begins.
        Some(Subject::Return(id)) if case.class == Class::RefundWaits => {
            payment(id).is_none_or(|payment| !payment.gone() || payment.gone_for_good())
        }
        Some(Subject::Return(id)) if case.class == Class::BecauseMissing => {
            payment(id).is_none_or(|payment| payment.unexplained().next().is_none())
        }
        Some(Subject::Return(id)) if case.class == Class::ReturnedTwice => {
            payment(id).is_none_or(|payment| !payment.overreturned())
        }
        None if case.class == Class::PartlyReturned => {
            let part = order
                .own_payment()
                .is_some_and(|own| own.returned_minor() > 0 && !own.gone());
            order.undo.is_some() || !part
        }
        None if case.class == Class::NotTold => told::untold(order, order.written_at).next().is_none(),
        None if case.class == Class::TakesTooLong => {
            let until = order.allowed_until();
            until.is_none_or(|until| order.written_at < until)
        }
        Some(Subject::Payment(id)) if case.class == Class::Inquiry => {
            payment(id).is_none_or(|payment| payment.disputed() || !payment.contested())
        }
        Some(Subject::Payment(id)) => payment(id).is_none_or(|payment| !payment.disputed()),
        Some(Subject::Step(step)) if order.undo.is_some() => order.uncertain(*step).is_none(),
        Some(Subject::Step(step)) => order.winner(*step).is_some() && order.uncertain(*step).is_none(),
        Some(Subject::Undo) => !order.at_the_brake(),
        Some(Subject::Revoke(step)) => order.to_revoke(*step).is_empty(),
        Some(Subject::Return(id)) => payment(id).is_none_or(|payment| payment.return_outstanding().is_none()),
        Some(Subject::Capture(id)) => {
            order.undo.is_some() || payment(id).is_none_or(|payment| payment.captured.is_some())
        }
        // The next audit says so.
        Some(Subject::Annotate(_) | Subject::Session | Subject::Notice(_) | Subject::Audit(_)) | None => false,
    }
}

/// Delivering ends when every step has its object and the money is ours; a person's hold ends with its case.
fn forward(draft: &mut Draft) {
    if draft.order.undo.is_some() {
        return;
    }
    leave_person(draft);
    let now = draft.now();
    let under_way = matches!(draft.order.state, State::Delivering { .. } | State::Capturing { .. });
    if !under_way {
        return;
    }
    if let Some(case) = contested(&draft.order) {
        draft.order.state = State::WithPerson { since: now, case };
        return;
    }
    let order = &draft.order;
    if !order.product.steps.iter().all(|step| order.winner(*step).is_some()) {
        return;
    }
    let own = order.own_payment();
    let ours = own.map_or(order.product.price.minor == 0, |own| own.captured.is_some());
    let held = own.is_some_and(|own| own.held().is_some());
    if ours {
        draft.order.state = State::Delivered { at: now };
        draft.note(What::Delivered);
        let to = draft.order.policy.tell.delivered.clone();
        draft.owe_notices(&to, &Template::Ready);
    } else if held && !matches!(draft.order.state, State::Capturing { .. }) {
        draft.order.state = State::Capturing { since: now };
    }
}

/// The case is closed: what another case still holds stays with a person, everything else goes on.
fn leave_person(draft: &mut Draft) {
    let State::WithPerson { case, .. } = &draft.order.state else {
        return;
    };
    if draft.order.open_case(case).is_some() {
        return;
    }
    let forward = |tries: &&Tries| tries.of.leads_to_delivery();
    let held = draft.order.work.tries.iter().filter(forward);
    let held = held.filter_map(|tries| tries.held_by.clone()).next();
    let since = draft.now();
    draft.order.state = match held {
        Some(case) => State::WithPerson { since, case },
        None => State::Delivering { since },
    };
}

/// The case of a dispute that keeps the delivery back.
fn contested(order: &Order) -> Option<CaseId> {
    let own = order.own_payment().filter(|own| own.keeps_delivery_back())?;
    let about = Subject::Payment(own.id.clone());
    let case = order
        .cases
        .iter()
        .find(|case| case.resolved.is_none() && case.subject.as_ref() == Some(&about))?;
    Some(case.id.clone())
}

/// The way back: taking back and giving back end independently.
fn back(draft: &mut Draft) {
    let Some(undo) = draft.order.undo.clone() else { return };
    let now = draft.now();
    let order = &draft.order;
    let own = order.own_payment();
    let money_outstanding = own.is_some_and(|own| own.return_outstanding().is_some());
    // An ending is left only if the money is with us again; what else turns up is taken back without a word.
    if matches!(order.state, State::Undone { .. } | State::Closed { .. }) && !money_outstanding {
        return;
    }
    let state = if money_outstanding || order.still_to_take_back() {
        match held_by(order, now) {
            Some(case) => State::WithPerson { since: now, case },
            None => State::Undoing { since: undo.decided_at },
        }
    } else if own.is_none_or(|own| own.stake().is_none() || own.gone_for_good()) {
        State::Undone { at: now }
    } else if own.is_some_and(Payment::gone) {
        State::Returning { since: now }
    } else {
        State::Closed {
            at: now,
            why: ClosedWhy::SettledByPerson,
        }
    };
    if same_place(&draft.order.state, &state) {
        return;
    }
    if matches!(state, State::Undone { .. }) {
        draft.note(What::Undone);
        // No return tells of it where nothing was to be paid.
        if draft.order.payments.is_empty() {
            let to = draft.order.policy.tell.returned.clone();
            draft.owe_notices(&to, &Template::NothingDelivered);
        }
    }
    draft.order.state = state;
}

/// The case in whose hands the way back is: only when automation has nothing left to do on it.
fn held_by(order: &Order, now: Timestamp) -> Option<CaseId> {
    let surplus = |id: &PaymentId| {
        order
            .payments
            .iter()
            .any(|known| known.id == *id && known.role == Role::Surplus)
    };
    // A question about what a person holds is no way on.
    let free = |effect: &Effect| order.work.free_at(&Subject::of(effect)).is_some();
    let on_the_way_back = order.owed(Which::Work, now).iter().any(|owed| match &owed.effect {
        Effect::PassBrake | Effect::Revoke { .. } | Effect::LookFor(_) => true,
        Effect::ReturnMoney(id) | Effect::AskReturn(id) => !surplus(id) && free(&owed.effect),
        Effect::Deliver(_)
        | Effect::Annotate { .. }
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskPayment(_)
        | Effect::AskDisputes(_)
        | Effect::Tell(_) => false,
    });
    // Nor are words for Stripe.
    let leads = |effect: &Effect| !matches!(effect, Effect::Annotate { .. }) && free(effect);
    let acting = order.work.intent.as_ref().is_some_and(|intent| leads(&intent.effect));
    if on_the_way_back || acting {
        return None;
    }
    order.work.tries.iter().find_map(|tries| tries.held_by.clone())
}

fn same_place(now: &State, then: &State) -> bool {
    match (now, then) {
        (State::WithPerson { case: now, .. }, State::WithPerson { case: then, .. }) => now == then,
        _ => now.name() == then.name(),
    }
}
