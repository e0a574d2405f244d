//! Where a payment stands, as Stripe says: held, taken, let go, or not yet anything.

use crate::because::Because;
use crate::case::Class;
use crate::effect::Effect;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::{PaymentId, SessionId};
use crate::money::Money;
use crate::notice::{Audience, Template};
use crate::order::{ClosedWhy, State};
use crate::payment::{Canceled, Hold, Role, Standing};
use crate::time::Timestamp;
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::{money, recourse, session};

pub(super) fn seen(draft: &mut Draft, attempt: Option<Attempt>, id: &PaymentId, standing: Standing) -> Learned {
    let asked = attempt.and_then(|attempt| draft.end(attempt));
    let new = match standing {
        Standing::Processing => processing(draft, id),
        Standing::NotPaid => not_paid(draft, asked.as_ref()),
        Standing::Held { amount, capture_before } => held(draft, id, amount, capture_before),
        Standing::Captured { amount } => captured(draft, id, amount),
        Standing::Canceled { lapsed } => canceled(draft, id, lapsed),
    };
    match asked {
        Some(effect) => answered(draft, &effect, id),
        None if new => {}
        None => return Learned::Nothing("that is known of the payment"),
    }
    Learned::Something
}

/// What the answer means for the question, or for the call, that it came from.
fn answered(draft: &mut Draft, effect: &Effect, id: &PaymentId) {
    match effect {
        Effect::AskReturn(_) => money::read_back(draft, id),
        Effect::ReturnMoney(_) => {
            let outstanding = draft
                .payment(id)
                .is_some_and(|payment| payment.return_outstanding().is_some());
            if outstanding {
                money::doubt(draft, id, Failure::new(FailureClass::Rejected, Reason::Refused));
            }
        }
        Effect::AskSession => session::ask_later(draft),
        Effect::AskPayment(_) | Effect::Capture(_) => {
            if draft.payment(id).is_some_and(|payment| payment.held().is_some()) {
                recourse::again_later(draft, &Subject::of(effect));
            }
        }
        Effect::Deliver(_)
        | Effect::Annotate { .. }
        | Effect::LookFor(_)
        | Effect::PassBrake
        | Effect::Revoke { .. }
        | Effect::AskDisputes(_)
        | Effect::Tell(_) => {}
    }
}

/// The buyer has done everything; the bank's word is still to come. No access before it.
fn processing(draft: &mut Draft, id: &PaymentId) -> bool {
    let State::AwaitingPayment = draft.order.state else {
        return false;
    };
    draft.payment_or_new(id);
    draft.order.state = State::PaymentPending { since: draft.now() };
    draft.note(What::PaymentPending);
    true
}

/// One attempt that failed says nothing while the payment page is open. It ends the order when the page is finished.
fn not_paid(draft: &mut Draft, asked: Option<&Effect>) -> bool {
    let pending = matches!(draft.order.state, State::PaymentPending { .. });
    let finished = draft.order.state.awaits_payment() && asked == Some(&Effect::AskSession);
    if !(pending || finished) {
        return false;
    }
    not_confirmed(draft);
    true
}

fn not_confirmed(draft: &mut Draft) {
    session::close_unpaid(draft, ClosedWhy::NotConfirmed);
    draft.owe_notices(&[Audience::Customer], &Template::NotPaid);
}

/// The payment page was finished and nothing was to be paid.
pub(super) fn nothing_to_pay(draft: &mut Draft, session: &SessionId) -> Learned {
    let known = draft.order.checkout.session.as_ref();
    if known.is_some_and(|known| known.id != *session) {
        return Learned::Nothing("that is not the session of this order");
    }
    if !draft.order.state.awaits_payment() {
        return Learned::Nothing("the order does not wait for its payment page");
    }
    if draft.order.product.price.minor != 0 {
        return Learned::Impossible("this order costs something, and nothing was paid");
    }
    draft.order.work.forget(&Subject::Session);
    draft.note(What::NothingToPay);
    draft.order.state = State::Delivering { since: draft.now() };
    Learned::Something
}

fn held(draft: &mut Draft, id: &PaymentId, amount: Money, capture_before: Option<Timestamp>) -> bool {
    let since = draft.now();
    let payment = draft.payment_or_new(id);
    if payment.captured.is_some() || payment.canceled.is_some() || payment.hold.is_some() {
        return false;
    }
    payment.hold = Some(Hold {
        amount,
        since,
        capture_before,
    });
    draft.note(What::Held {
        payment: id.clone(),
        amount,
    });
    arrived(draft, id, amount);
    true
}

fn captured(draft: &mut Draft, id: &PaymentId, amount: Money) -> bool {
    let now = draft.now();
    let payment = draft.payment_or_new(id);
    if payment.captured.is_some() {
        return false;
    }
    payment.captured = Some(amount);
    payment.captured_at = Some(now);
    draft.note(What::Paid {
        payment: id.clone(),
        amount,
    });
    for subject in [Subject::Capture(id.clone()), Subject::Payment(id.clone())] {
        draft.order.work.forget(&subject);
    }
    arrived(draft, id, amount);
    // A part of it may have gone back before we knew of it.
    money::weigh(draft, id, 0);
    true
}

/// There is money, taken or held: it is delivered for, or goes back.
fn arrived(draft: &mut Draft, id: &PaymentId, amount: Money) {
    let now = draft.now();
    draft.order.work.forget(&Subject::Session);
    let (asked, policy) = (draft.order.product.price, draft.order.policy.version);
    let Some((role, is_held)) = draft
        .payment(id)
        .map(|payment| (payment.role, payment.captured.is_none()))
    else {
        return;
    };
    match role {
        Role::Own if amount == asked => {
            if draft.order.state.awaits_payment() {
                draft.order.state = State::Delivering { since: now };
            }
        }
        // Taken by hand, and another amount: what is delivered stays, and a person looks at the difference.
        Role::Own if matches!(draft.order.state, State::Capturing { .. } | State::Delivered { .. }) => {
            draft.open_case(Class::OtherAmountTaken, None, None);
        }
        Role::Own => draft.decide_undo(Because::amount_mismatch(asked, amount, is_held, policy, now)),
        Role::Surplus => {
            let late = draft.order.own_payment().is_none();
            let because = if late {
                Because::paid_too_late
            } else {
                Because::duplicate_purchase
            };
            draft.owe_return(id, &because(amount, is_held, policy, now));
        }
    }
}

/// The hold was let go, by us, by hand or by time. Whoever learns of it first records it.
fn canceled(draft: &mut Draft, id: &PaymentId, lapsed: bool) -> bool {
    let at = draft.now();
    let payment = draft.payment_or_new(id);
    if payment.captured.is_some() || payment.canceled.is_some() {
        return false;
    }
    payment.canceled = Some(Canceled { at, lapsed });
    let never_held = payment.hold.is_none();
    draft.note(What::HoldEnded {
        payment: id.clone(),
        lapsed,
    });
    for subject in [
        Subject::Return(id.clone()),
        Subject::Capture(id.clone()),
        Subject::Payment(id.clone()),
    ] {
        draft.order.work.forget(&subject);
    }
    if never_held && matches!(draft.order.state, State::PaymentPending { .. }) {
        not_confirmed(draft);
    } else if never_held && draft.order.state.awaits_payment() {
        session::close_unpaid(draft, ClosedWhy::NotConfirmed);
    }
    true
}

/// The outcome of a capture that did not work, or of which nobody knows: the next attempt reads before it takes.
pub(super) fn capture_failed(draft: &mut Draft, attempt: Attempt, id: &PaymentId, failure: Failure) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    draft.note(What::CaptureFailed {
        payment: id.clone(),
        failure: failure.remembered(),
    });
    let held = draft.payment(id).is_some_and(|payment| payment.held().is_some());
    if held && draft.order.undo.is_none() {
        recourse::answer(draft, Subject::Capture(id.clone()), failure);
    }
    Learned::Something
}
