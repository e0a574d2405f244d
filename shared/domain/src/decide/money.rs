//! Money as Stripe tells of it, in any order and from any mouth.

use std::time::Duration;

use crate::because::Because;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::{PaymentId, RefundId};
use crate::money::Money;
use crate::order::State;
use crate::payment::{Payment, Refund, RefundStatus, Role};
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::recourse;

/// Stripe promises an idempotency key for 24 hours; a key this old is not leaned on any more.
const KEY_GOOD_FOR: Duration = Duration::from_secs(23 * 3_600);

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

/// The charge says how much is back in all. What no known refund explains stands for itself until its refund is seen.
pub(super) fn total_seen(draft: &mut Draft, id: &PaymentId, total_minor: i64) -> Learned {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    let unexplained = total_minor.saturating_sub(payment.returned_minor());
    if unexplained <= 0 {
        return Learned::Nothing("the refunds are recorded already");
    }
    let status = RefundStatus::Succeeded;
    payment.refunds.push(Refund {
        id: None,
        amount_minor: unexplained,
        status,
        at: now,
    });
    draft.note(What::Refund {
        payment: id.clone(),
        amount_minor: unexplained,
        status,
    });
    Learned::Something
}

pub(super) fn returned(draft: &mut Draft, attempt: Attempt, id: &PaymentId, stated: Stated) -> Learned {
    let mine = draft.end(attempt).is_some();
    let new = state(draft, id, stated);
    if let Some(owed) = draft.payment(id).and_then(|payment| payment.owed.as_mut()) {
        owed.doubt = None;
    }
    if draft.payment(id).is_some_and(|payment| payment.gone()) {
        draft.order.work.forget(&Subject::Return(id.clone()));
    }
    if mine || new {
        Learned::Something
    } else {
        Learned::Nothing("the refund is recorded already")
    }
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
    if !mine {
        return if new {
            Learned::Something
        } else {
            Learned::Nothing("the attempt is no longer ours")
        };
    }
    let (now, subject) = (draft.now(), Subject::Return(id.clone()));
    let every = Duration::from_secs(draft.order.policy.limits.ask_return_every_seconds);
    let Some(payment) = draft.payment(id) else {
        return Learned::Impossible("there is no such payment");
    };
    if payment.return_outstanding().is_none() {
        let final_now = payment.gone_for_good();
        draft.order.work.forget(&subject);
        if !final_now {
            draft.order.work.tries_mut(subject, now).not_before = now.plus(every);
        }
        return Learned::Something;
    }
    let Some(owed) = payment.owed.as_mut() else {
        return Learned::Something;
    };
    let Some(doubt) = owed.doubt.take() else {
        return Learned::Something;
    };
    let worn = owed.key_used_at.is_some_and(|used| now.since(used) >= KEY_GOOD_FOR);
    if doubt.reason == Reason::ServerError || doubt.class == FailureClass::Rejected || worn {
        owed.generation += 1;
        owed.key_used_at = None;
    }
    recourse::answer(draft, subject, doubt);
    Learned::Something
}

/// Records what Stripe states of one refund; tells whether that was new. An older statement never replaces a newer one.
fn state(draft: &mut Draft, id: &PaymentId, (refund, amount_minor, status): Stated) -> bool {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    let was_gone = payment.gone();
    let known = payment
        .refunds
        .iter_mut()
        .find(|known| known.id.as_ref() == Some(&refund));
    match known {
        Some(known) if rank(status) <= rank(known.status) => return false,
        Some(known) => {
            known.status = status;
            known.at = now;
        }
        None => {
            explain(payment, amount_minor);
            payment.refunds.push(Refund {
                id: Some(refund),
                amount_minor,
                status,
                at: now,
            });
        }
    }
    draft.note(What::Refund {
        payment: id.clone(),
        amount_minor,
        status,
    });
    if !status.holds() && was_gone {
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

/// A refund that now has a name explains that much of the charge's total.
fn explain(payment: &mut Payment, amount_minor: i64) {
    if let Some(nameless) = payment.refunds.iter_mut().find(|known| known.id.is_none()) {
        nameless.amount_minor = nameless.amount_minor.saturating_sub(amount_minor);
    }
    payment
        .refunds
        .retain(|known| known.id.is_some() || known.amount_minor > 0);
}

/// What had been announced did not arrive: the money is with us again, and people must know.
fn fell_through(draft: &mut Draft, id: &PaymentId) {
    let Some(payment) = draft.payment(id) else { return };
    if payment.gone() {
        return;
    }
    if let Some(owed) = payment.owed.as_mut() {
        owed.generation += 1;
        owed.key_used_at = None;
        owed.doubt = None;
    }
    recourse::answer(
        draft,
        Subject::Return(id.clone()),
        Failure::new(FailureClass::Rejected, Reason::Refused),
    );
}
