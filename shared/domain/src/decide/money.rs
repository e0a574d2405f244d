//! Money as Stripe tells of it, in any order and from any mouth.

use crate::because::Because;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::{PaymentId, RefundId};
use crate::money::Money;
use crate::order::State;
use crate::payment::{Refund, RefundStatus, Role};
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::recourse;

/// A refund as Stripe states it: id, amount in minor units, status.
type Stated = (RefundId, i64, RefundStatus);

pub(super) fn captured(draft: &mut Draft, id: &PaymentId, amount: Money) -> Learned {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    if payment.captured.is_some() {
        return Learned::Nothing("the payment is recorded already");
    }
    payment.captured = Some(amount);
    payment.captured_at = Some(now);
    let role = payment.role;
    draft.note(What::Paid {
        payment: id.clone(),
        amount,
    });
    draft.order.work.forget(&Subject::Session);
    let (asked, policy) = (draft.order.product.price, draft.order.policy.version);
    match role {
        Role::Own if amount != asked => {
            draft.decide_undo(Because::amount_mismatch(asked, amount, policy, now));
        }
        Role::Own => match draft.order.state {
            State::AwaitingPayment | State::PaymentPending { .. } => {
                draft.order.state = State::Delivering { since: now };
            }
            State::Delivering { .. }
            | State::Capturing { .. }
            | State::Delivered { .. }
            | State::Undoing { .. }
            | State::Returning { .. }
            | State::Undone { .. }
            | State::WithPerson { .. }
            | State::Closed { .. } => {}
        },
        Role::Surplus => {
            let late = draft.order.own_payment().is_none();
            let because = if late {
                Because::paid_too_late
            } else {
                Because::duplicate_purchase
            };
            draft.owe_return(id, &because(amount, policy, now));
        }
    }
    Learned::Something
}

pub(super) fn refund_seen(draft: &mut Draft, payment: &PaymentId, stated: Stated) -> Learned {
    if state(draft, payment, stated) {
        Learned::Something
    } else {
        Learned::Nothing("the refund is recorded already")
    }
}

/// The charge says how much is back in all, and not by which refunds, and an old word of it may come after a newer one.
/// What the refunds we know do not explain is only a hint: Stripe is asked.
pub(super) fn total_seen(draft: &mut Draft, id: &PaymentId, total_minor: i64) -> Learned {
    let payment = draft.payment_or_new(id);
    if total_minor <= payment.returned_minor() || payment.unexplained_minor.is_some() {
        return Learned::Nothing("the refunds are recorded already");
    }
    payment.unexplained_minor = Some(total_minor);
    Learned::Something
}

pub(super) fn returned(draft: &mut Draft, attempt: Attempt, id: &PaymentId, stated: Stated) -> Learned {
    let mine = draft.end(attempt).is_some();
    let new = state(draft, id, stated);
    if !(mine || new) {
        return Learned::Nothing("the refund is recorded already");
    }
    let subject = Subject::Return(id.clone());
    let held = draft
        .order
        .work
        .tries(&subject)
        .is_some_and(|tries| tries.held_by.is_some());
    let outstanding = draft
        .payment(id)
        .is_some_and(|payment| payment.return_outstanding().is_some());
    if mine && outstanding && !held {
        // Stripe has a refund of ours that brought nothing back: asked with the same key, it would say the same for ever.
        fell_through(draft, id);
    }
    Learned::Something
}

/// A negative outcome never overrides a recorded return. Refused or unknown, Stripe is asked before it is believed.
pub(super) fn return_failed(draft: &mut Draft, attempt: Attempt, id: &PaymentId, failure: Failure) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    draft.note(What::ReturnFailed {
        payment: id.clone(),
        failure,
    });
    let subject = Subject::Return(id.clone());
    let now = draft.now();
    let Some(payment) = draft.payment(id) else {
        return Learned::Impossible("there is no such payment");
    };
    if payment.return_outstanding().is_none() {
        return Learned::Something;
    }
    match failure.class {
        FailureClass::Rejected | FailureClass::Unknown => {
            if let Some(owed) = payment.owed.as_mut() {
                owed.doubt = Some(failure);
            }
            draft.order.work.tries_mut(subject, now).not_before = now;
        }
        FailureClass::Transient | FailureClass::Throttled => recourse::answer(draft, subject, failure),
    }
    Learned::Something
}

/// Stripe was asked which refunds there are.
pub(super) fn listed(draft: &mut Draft, attempt: Attempt, id: &PaymentId, refunds: &[Stated]) -> Learned {
    let mine = draft.end(attempt).is_some();
    let mut new = false;
    for refund in refunds {
        new |= state(draft, id, refund.clone());
    }
    if !(mine || new) {
        return Learned::Nothing("the attempt is no longer ours");
    }
    let (now, subject) = (draft.now(), Subject::Return(id.clone()));
    let Some(payment) = draft.payment(id).filter(|_| mine) else {
        return Learned::Something;
    };
    payment.listed_at = Some(now);
    payment.unexplained_minor = None;
    if payment.return_outstanding().is_none() {
        draft.order.work.forget(&subject);
        return Learned::Something;
    }
    let Some(owed) = payment.owed.as_mut() else {
        return Learned::Something;
    };
    let (worn, doubt, asked) = (owed.worn(now), owed.doubt.take(), owed.amount);
    let replays =
        doubt.is_some_and(|doubt| doubt.reason == Reason::ServerError || doubt.class == FailureClass::Rejected);
    if worn || replays {
        owed.anew();
    }
    // Where a part has gone back meanwhile, the refusal was of the amount; and an old key alone is no failure.
    let explained = payment.remaining() != Some(asked);
    if let Some(doubt) = doubt.filter(|_| !explained) {
        recourse::answer(draft, subject, doubt);
    }
    Learned::Something
}

/// Records what Stripe states of one refund; tells whether that was new. An older statement never replaces a newer one.
fn state(draft: &mut Draft, id: &PaymentId, (refund, amount_minor, status): Stated) -> bool {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    let was_gone = payment.gone();
    let known = payment.refunds.iter_mut().find(|known| known.id == refund);
    match known {
        Some(known) if rank(status) <= rank(known.status) => return false,
        Some(known) => {
            known.status = status;
            known.at = now;
        }
        None => payment.refunds.push(Refund {
            id: refund,
            amount_minor,
            status,
            at: now,
        }),
    }
    let returned = payment.returned_minor();
    payment.unexplained_minor.take_if(|total| *total <= returned);
    let gone = payment.gone();
    draft.note(What::Refund {
        payment: id.clone(),
        amount_minor,
        status,
    });
    if gone {
        // A success ends its counter, whoever learned of it.
        draft.order.work.forget(&Subject::Return(id.clone()));
    }
    if was_gone && !gone {
        fell_through(draft, id);
    }
    true
}

/// Stripe's refunds only move on: an event that comes late never moves them back.
fn rank(status: RefundStatus) -> u8 {
    match status {
        RefundStatus::Pending => 0,
        RefundStatus::RequiresAction => 1,
        RefundStatus::Succeeded => 2,
        RefundStatus::Failed | RefundStatus::Canceled => 3,
    }
}

/// What Stripe has did not bring the money back: it is with us, and people must know.
fn fell_through(draft: &mut Draft, id: &PaymentId) {
    if let Some(owed) = draft.payment(id).and_then(|payment| payment.owed.as_mut()) {
        owed.anew();
    }
    let refused = Failure::new(FailureClass::Rejected, Reason::Refused);
    recourse::answer(draft, Subject::Return(id.clone()), refused);
}
