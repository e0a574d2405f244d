//! The payment page, before there is money.

use std::sync::Arc;
use std::time::Duration;

use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::SessionId;
use crate::order::{ClosedWhy, Session, State};
use crate::payment::Role;
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};

/// A bank may take days for a delayed payment, and its word may be lost.
const ASK_AT_LEAST_EVERY: Duration = Duration::from_secs(12 * 3_600);

pub(super) fn opened(draft: &mut Draft, session: &SessionId, url: &Arc<str>) -> Learned {
    if draft.order.checkout.session.is_some() {
        return Learned::Nothing("the session is recorded already");
    }
    draft.order.checkout.session = Some(Session {
        id: session.clone(),
        url: url.clone(),
    });
    draft.note(What::SessionOpened(session.clone()));
    Learned::Something
}

/// The buyer sees a page that says so and may try again: with a fresh key where the old one may replay an error, with
/// the same where the Session may have been opened.
pub(super) fn not_opened(draft: &mut Draft, failure: Failure) -> Learned {
    if draft.order.checkout.session.is_some() {
        return Learned::Nothing("the session is recorded already");
    }
    let replays = failure.reason == Reason::ServerError || failure.class == FailureClass::Rejected;
    if replays {
        draft.order.checkout.generation += 1;
    }
    draft.note(What::SessionNotOpened(failure.remembered()));
    Learned::Something
}

pub(super) fn expired(draft: &mut Draft, session: &SessionId) -> Learned {
    if draft
        .order
        .checkout
        .session
        .as_ref()
        .is_some_and(|known| known.id != *session)
    {
        return Learned::Nothing("that is not the session of this order");
    }
    if matches!(draft.order.state, State::PaymentPending { .. }) {
        return Learned::Nothing("the payment page was finished, so the bank decides");
    }
    close_unpaid(draft, ClosedWhy::Unpaid)
}

/// Nobody can pay any more, and nobody has. What comes all the same is too late, and goes back.
pub(super) fn close_unpaid(draft: &mut Draft, why: ClosedWhy) -> Learned {
    if !draft.order.state.awaits_payment() {
        return Learned::Nothing("the order does not wait for its payment page");
    }
    for payment in &mut draft.order.payments {
        payment.role = Role::Surplus;
    }
    draft.order.state = State::Closed { at: draft.now(), why };
    draft.order.work.forget(&Subject::Session);
    draft.note(match why {
        ClosedWhy::NotConfirmed => What::NotConfirmed,
        ClosedWhy::Unpaid | ClosedWhy::SettledByPerson => What::SessionClosed,
    });
    Learned::Something
}

/// Asked again ever more seldom: most open pages are simply abandoned.
pub(super) fn still_open(draft: &mut Draft, attempt: Attempt) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    ask_later(draft);
    Learned::Something
}

pub(super) fn ask_later(draft: &mut Draft) {
    if !draft.order.state.awaits_payment() {
        return;
    }
    let now = draft.now();
    let pause = now.since(draft.order.created_at).min(ASK_AT_LEAST_EVERY);
    let pause = pause.max(Duration::from_secs(draft.order.policy.limits.ask_session_after_seconds));
    draft.order.work.tries_mut(Subject::Session, now).not_before = now.plus(pause);
}

/// No Session was ever made known to the buyer, so nobody can pay in it. It is over when it would have expired.
pub(super) fn unknown(draft: &mut Draft, attempt: Attempt) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    let (now, expires_at) = (draft.now(), draft.order.checkout.expires_at);
    if now >= expires_at {
        close_unpaid(draft, ClosedWhy::Unpaid);
        return Learned::Something;
    }
    draft.order.work.tries_mut(Subject::Session, now).not_before = expires_at;
    Learned::Something
}
