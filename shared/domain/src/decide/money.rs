//! Money on its way back, as Stripe tells of it, in any order and from any mouth.

use crate::case::Class;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::{PaymentId, RefundId};
use crate::payment::{Payment, Refund, RefundStatus, Role, Stated};
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::{recourse, words};

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
    if total_minor <= payment.refunded_minor() || payment.unexplained_minor.is_some() {
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
        failure: failure.remembered(),
    });
    let subject = Subject::Return(id.clone());
    let Some(payment) = draft.payment(id) else {
        return Learned::Impossible("there is no such payment");
    };
    if payment.return_outstanding().is_none() {
        return Learned::Something;
    }
    match failure.class {
        FailureClass::Rejected | FailureClass::Unknown => doubt(draft, id, failure),
        FailureClass::Transient | FailureClass::Throttled => recourse::answer(draft, subject, failure),
    }
    Learned::Something
}

/// Stripe is asked before anything else is done about this return.
pub(super) fn doubt(draft: &mut Draft, id: &PaymentId, failure: Failure) {
    let now = draft.now();
    if let Some(owed) = draft.payment(id).and_then(|payment| payment.owed.as_mut()) {
        owed.doubt = Some(failure);
    }
    draft.order.work.tries_mut(Subject::Return(id.clone()), now).not_before = now;
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
    if mine {
        let now = draft.now();
        if let Some(payment) = draft.payment(id) {
            payment.listed_at = Some(now);
            payment.unexplained_minor = None;
        }
        read_back(draft, id);
    }
    Learned::Something
}

/// Stripe has said what there is of a return: what is still owed is asked for again, with its own key where the last one
/// is worn or replays an error.
pub(super) fn read_back(draft: &mut Draft, id: &PaymentId) {
    let (now, subject) = (draft.now(), Subject::Return(id.clone()));
    let Some(payment) = draft.payment(id) else { return };
    if payment.return_outstanding().is_none() {
        if let Some(owed) = payment.owed.as_mut() {
            owed.doubt = None;
        }
        draft.order.work.forget(&subject);
        slow(draft, id);
        return;
    }
    let Some(owed) = payment.owed.as_mut() else { return };
    let (worn, doubt, asked) = (owed.worn(now), owed.doubt.take(), owed.amount);
    let replays =
        doubt.is_some_and(|doubt| doubt.reason == Reason::ServerError || doubt.class == FailureClass::Rejected);
    // What is held is let go by another call than what was captured meanwhile.
    let captured = payment.captured_at > owed.key_used_at;
    if worn || replays {
        owed.anew();
    }
    // Where a part has gone back meanwhile, the refusal was of the amount; and an old key alone is no failure.
    let explained = captured || payment.remaining() != Some(asked);
    if let Some(doubt) = doubt.filter(|_| !explained) {
        recourse::answer(draft, subject, doubt);
    }
}

/// Stripe has the refund and does not bring it to an end: a person must know.
fn slow(draft: &mut Draft, id: &PaymentId) {
    let (now, patience) = (draft.now(), draft.order.policy.refund_final_within());
    let Some(payment) = draft.payment(id).filter(|payment| payment.gone()) else {
        return;
    };
    let stuck = payment.refunds.iter().any(|refund| match refund.status {
        RefundStatus::RequiresAction => true,
        RefundStatus::Pending => now.since(refund.since) >= patience,
        RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Canceled => false,
    });
    if stuck {
        draft.open_case(Class::RefundWaits, Some(Subject::Return(id.clone())), None);
    }
}

/// Records what Stripe states of one refund; tells whether that was new. An older statement never replaces a newer one.
fn state(draft: &mut Draft, id: &PaymentId, (refund, amount_minor, status, told): Stated) -> bool {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    let (was_gone, returned) = (payment.gone(), payment.returned_minor());
    let unsaid = |known: &Refund| known.id == refund && known.words.is_none() && payment.made_by_hand(known);
    let unsaid = told.said.is_some() && payment.refunds.iter().any(unsaid);
    let known = payment.refunds.iter_mut().find(|known| known.id == refund);
    match known {
        // The words may come after the refund.
        Some(known) if status == known.status && unsaid => {
            known.told.said = told.said;
            return words::read(draft, id, &refund);
        }
        Some(known) if status == known.status || rank(status) < rank(known.status) => return false,
        Some(known) => {
            known.status = status;
            known.at = now;
            known.told = told;
        }
        None => payment.refunds.push(Refund {
            id: refund.clone(),
            amount_minor,
            status,
            at: now,
            since: now,
            told,
            words: None,
        }),
    }
    keep_of_hand_made(payment, &refund);
    let refunded = payment.refunded_minor();
    payment.unexplained_minor.take_if(|total| *total <= refunded);
    let gone = payment.gone();
    // The refunds alone explain it: there is nothing to ask any more.
    if gone
        && payment.lost_minor() == 0
        && let Some(owed) = payment.owed.as_mut()
    {
        owed.doubt = None;
    }
    draft.note(What::Refund {
        payment: id.clone(),
        amount_minor,
        status,
    });
    words::read(draft, id, &refund);
    if status == RefundStatus::RequiresAction {
        slow(draft, id);
    }
    weigh(draft, id, returned);
    if gone {
        // A success ends its counter, whoever learned of it.
        draft.order.work.forget(&Subject::Return(id.clone()));
    }
    if was_gone && !gone {
        fell_through(draft, id);
    }
    true
}

/// Of a refund that we asked for, the order knows why.
fn keep_of_hand_made(payment: &mut Payment, id: &RefundId) {
    let by_hand = payment
        .refunds
        .iter()
        .any(|known| known.id == *id && payment.made_by_hand(known));
    for known in payment.refunds.iter_mut().filter(|known| known.id == *id && !by_hand) {
        (known.told.said, known.told.note) = (None, None);
    }
}

/// More is back than a moment `before`, by hand or by the bank. A part of it: what is delivered stays, and a person says
/// what it was for. More than was paid: a person gets it back from somebody.
pub(super) fn weigh(draft: &mut Draft, id: &PaymentId, before: i64) {
    let forward = draft.order.undo.is_none();
    let Some(payment) = draft.payment(id) else { return };
    if payment.captured.is_none() || payment.returned_minor() <= before {
        return;
    }
    let own = payment.role == Role::Own;
    if payment.overreturned() && payment.refunded_minor() > 0 {
        draft.open_case(Class::ReturnedTwice, Some(Subject::Return(id.clone())), None);
    } else if own && forward && !payment.gone() {
        draft.open_case(Class::PartlyReturned, None, None);
    }
}

/// An end is never taken back by a late word; what waits may wait for the bank and for the customer in turn.
fn rank(status: RefundStatus) -> u8 {
    match status {
        RefundStatus::Pending | RefundStatus::RequiresAction => 0,
        RefundStatus::Succeeded => 1,
        RefundStatus::Failed | RefundStatus::Canceled => 2,
    }
}

/// What Stripe has did not bring the money back: it is with us, and people must know.
fn fell_through(draft: &mut Draft, id: &PaymentId) {
    if let Some(owed) = draft.payment(id).and_then(|payment| payment.owed.as_mut()) {
        owed.anew();
        // What a person settled was settled by this very refund.
        owed.waived = false;
    }
    let refused = Failure::new(FailureClass::Rejected, Reason::Refused);
    recourse::answer(draft, Subject::Return(id.clone()), refused);
}
