//! The customer's bank contests a payment: until it has decided, no money of that payment is moved by us.

use std::time::Duration;

use crate::case::Class;
use crate::history::What;
use crate::id::{DisputeId, PaymentId};
use crate::payment::{Dispute, DisputeStatus};
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::money;

/// A dispute as Stripe states it: id, amount in minor units, status.
type Stated = (DisputeId, i64, DisputeStatus);

/// A dispute takes weeks. Its end may never be sent to us, so it is asked about once a day.
const ASK_EVERY: Duration = Duration::from_secs(86_400);

pub(super) fn seen(draft: &mut Draft, payment: &PaymentId, stated: Stated) -> Learned {
    if state(draft, payment, stated) {
        Learned::Something
    } else {
        Learned::Nothing("the dispute is recorded already")
    }
}

pub(super) fn listed(draft: &mut Draft, attempt: Attempt, id: &PaymentId, disputes: &[Stated]) -> Learned {
    let mine = draft.end(attempt).is_some();
    let mut new = false;
    for stated in disputes {
        new |= state(draft, id, stated.clone());
    }
    if mine {
        ask_later(draft, id);
    }
    if mine || new {
        Learned::Something
    } else {
        Learned::Nothing("the attempt is no longer ours")
    }
}

fn ask_later(draft: &mut Draft, id: &PaymentId) {
    let (now, subject) = (draft.now(), Subject::Payment(id.clone()));
    if draft.payment(id).is_some_and(|payment| payment.contested()) {
        draft.order.work.tries_mut(subject, now).not_before = now.plus(ASK_EVERY);
    } else {
        draft.order.work.forget(&subject);
    }
}

/// Records what Stripe states of one dispute; tells whether that was new. A late word never takes back a newer one; a
/// dispute that was won may still be lost, since a bank may overturn it.
fn state(draft: &mut Draft, id: &PaymentId, (dispute, amount_minor, status): Stated) -> bool {
    let at = draft.now();
    let payment = draft.payment_or_new(id);
    let returned = payment.returned_minor();
    match payment.disputes.iter_mut().find(|known| known.id == dispute) {
        Some(known) if rank(status) <= rank(known.status) => return false,
        Some(known) => {
            // Who delivers in spite of a question does not yet deliver in spite of the money's being away.
            known.accepted &= status != DisputeStatus::Open;
            known.status = status;
            known.amount_minor = amount_minor;
            known.at = at;
        }
        None => payment.disputes.push(Dispute {
            id: dispute,
            amount_minor,
            status,
            at,
            accepted: false,
        }),
    }
    draft.note(What::Disputed {
        payment: id.clone(),
        status,
    });
    let class = match status {
        DisputeStatus::Inquiry => Some(Class::Inquiry),
        DisputeStatus::Open => Some(Class::Disputed),
        DisputeStatus::Dropped | DisputeStatus::Won | DisputeStatus::Lost => None,
    };
    if let Some(class) = class {
        draft.open_case(class, Some(Subject::Payment(id.clone())), None);
    }
    // The bank may take less than all, or what was refunded already.
    money::weigh(draft, id, returned);
    ask_later(draft, id);
    true
}

fn rank(status: DisputeStatus) -> u8 {
    match status {
        DisputeStatus::Inquiry => 0,
        DisputeStatus::Dropped => 1,
        DisputeStatus::Open => 2,
        DisputeStatus::Won => 3,
        DisputeStatus::Lost => 4,
    }
}
