//! State and notices follow the facts, whoever wrote them down.

use crate::because::Because;
use crate::case::{CaseRef, Class, Resolved};
use crate::catalogue::Settlement;
use crate::effect::Effect;
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::notice::Template;
use crate::order::{ClosedWhy, Order, State};
use crate::owed::Which;
use crate::payment::Role;
use crate::time::Timestamp;
use crate::work::Subject;

use super::draft::Draft;

/// Moves the order to where its facts say. Each part may open the way for another, so it is done until nothing moves.
pub(super) fn settle(draft: &mut Draft) {
    const ROUNDS_MAX: usize = 8;
    for _ in 0..ROUNDS_MAX {
        let before = draft.order.clone();
        money_gone(draft);
        own_return(draft);
        heal(draft);
        forward(draft);
        back(draft);
        answered(draft);
        if draft.order == before {
            return;
        }
    }
}

/// A question to Stripe about a payment page that has been answered otherwise is over.
fn answered(draft: &mut Draft) {
    let waits = matches!(draft.order.state, State::AwaitingPayment | State::PaymentPending { .. });
    if !waits
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
        if !told_of_return(&draft.order, &id) {
            let to = draft.order.policy.tell.returned.clone();
            draft.owe_notices(&to, &Template::Returned { payment: id.clone() });
        }
        if draft.order.own_payment().is_some_and(|own| own.id == id) {
            own_payment_gone(draft);
        }
    }
}

fn explain_return(draft: &mut Draft, id: &PaymentId) {
    let (now, policy, currency) = (
        draft.now(),
        draft.order.policy.version,
        draft.order.product.price.currency,
    );
    let Some(payment) = draft.payment(id) else { return };
    if payment.owed.is_none() {
        let amount = crate::money::Money::new(payment.returned_minor(), currency);
        let because = Because::external_dashboard(amount, policy, now);
        payment.owed = Some(crate::payment::Return::new(because, amount));
    }
}

fn told_of_return(order: &Order, id: &PaymentId) -> bool {
    let about = |template: &Template| match template {
        Template::Returned { payment } if payment == id => Some(true),
        Template::ReturnFailed { payment } if payment == id => Some(false),
        Template::Returned { .. } | Template::ReturnFailed { .. } | Template::Ready | Template::WithPerson { .. } => {
            None
        }
    };
    order
        .notices
        .iter()
        .rev()
        .find_map(|notice| about(&notice.template))
        .unwrap_or(false)
}

/// The money that the order stands on is back with the customer: so is the order.
fn own_payment_gone(draft: &mut Draft) {
    if draft.order.undo.is_some() {
        return;
    }
    let because = draft
        .order
        .own_payment()
        .and_then(|own| own.owed.as_ref())
        .map(|owed| owed.because.clone());
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
        .filter(|own| own.captured.is_some() && own.owed.is_none());
    if let Some(id) = own.map(|own| own.id.clone()) {
        draft.owe_return(&id, &because);
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
        let at = draft.now();
        draft.note(What::CaseHealed(case.clone()));
        draft.resolve(&case, &Resolved::Healed { at });
    }
}

fn settled(order: &Order, case: &CaseRef) -> bool {
    match &case.subject {
        Some(Subject::Step(step)) if order.undo.is_some() => order.uncertain(*step).is_none(),
        Some(Subject::Step(step)) => order.winner(*step).is_some() && order.uncertain(*step).is_none(),
        Some(Subject::Revoke(step)) => order.to_revoke(*step).is_empty(),
        Some(Subject::Return(id)) => !order
            .payments
            .iter()
            .any(|payment| payment.id == *id && payment.return_outstanding().is_some()),
        Some(Subject::Capture(_)) => order.undo.is_some(),
        Some(Subject::Session | Subject::Notice(_)) | None => false,
    }
}

/// Delivering ends when every step has its object; a person's hold ends with its case.
fn forward(draft: &mut Draft) {
    let now = draft.now();
    if draft.order.undo.is_some() {
        return;
    }
    if let State::WithPerson { case, .. } = &draft.order.state
        && draft.order.open_case(case).is_none()
    {
        let held = draft
            .order
            .work
            .tries
            .iter()
            .find_map(|tries| match (&tries.of, &tries.held_by) {
                (Subject::Step(_), Some(case)) => Some(case.clone()),
                _ => None,
            });
        draft.order.state = match held {
            Some(case) => State::WithPerson { since: now, case },
            None => State::Delivering { since: now },
        };
    }
    let all_there = draft
        .order
        .product
        .steps
        .iter()
        .all(|step| draft.order.winner(*step).is_some());
    if let (State::Delivering { .. }, true) = (&draft.order.state, all_there) {
        match draft.order.product.settlement {
            Settlement::ChargeFirst => {
                draft.order.state = State::Delivered { at: now };
                draft.note(What::Delivered);
                let to = draft.order.policy.tell.delivered.clone();
                draft.owe_notices(&to, &Template::Ready);
            }
            Settlement::AuthoriseFirst => draft.order.state = State::Capturing { since: now },
        }
    }
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
    } else if own.is_none_or(|own| own.captured.is_none() || own.gone_for_good()) {
        State::Undone { at: now }
    } else if own.is_some_and(crate::payment::Payment::gone) {
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
        Effect::Revoke { .. } | Effect::LookFor(_) => true,
        Effect::ReturnMoney(id) | Effect::AskReturn(id) => !surplus(id) && free(&owed.effect),
        Effect::Deliver(_) | Effect::Capture(_) | Effect::AskSession | Effect::Tell(_) => false,
    });
    let acting = order.work.intent.as_ref().is_some_and(|intent| free(&intent.effect));
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
