//! The call behind each effect, and the event that its outcome is. One function per performer.

use domain::effect::Effect;
use domain::event::Event;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{ObjectId, PaymentId};
use domain::order::Order;
use domain::receipt::Step;
use domain::work::Intent;

use crate::ports::{Cashier, Identity, SessionFacts, Teller, Treasury};

/// `Deliver` and `LookFor`.
pub async fn provisioning(identity: &impl Identity, order: &Order, intent: &Intent) -> Event {
    let attempt = intent.attempt;
    match &intent.effect {
        Effect::Deliver(step) => match identity.deliver(order, *step).await {
            Ok((object, origin)) => Event::StepDone {
                attempt,
                step: *step,
                object,
                origin,
            },
            Err(failure) => Event::StepFailed {
                attempt,
                step: *step,
                failure,
            },
        },
        Effect::LookFor(step) => match identity.find(order, *step).await {
            Ok(objects) => Event::StepSeen {
                attempt,
                step: *step,
                asked_at: intent.begun_at,
                objects,
            },
            Err(failure) => Event::AskFailed { attempt, failure },
        },
        Effect::Revoke { .. }
        | Effect::ReturnMoney(_)
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskReturn(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

/// `Revoke` and `ReturnMoney`: the undo.
pub async fn refund(identity: &impl Identity, stripe: &impl Treasury, order: &Order, intent: &Intent) -> Event {
    match &intent.effect {
        Effect::Revoke { step, objects } => revoke(identity, intent, *step, objects).await,
        Effect::ReturnMoney(payment) => return_money(stripe, order, intent, payment).await,
        Effect::Deliver(_)
        | Effect::LookFor(_)
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskReturn(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

/// All of them or none is recorded: what is gone already counts as taken back when the rest is tried again.
async fn revoke(identity: &impl Identity, intent: &Intent, step: Step, objects: &[ObjectId]) -> Event {
    let attempt = intent.attempt;
    for object in objects {
        if let Err(failure) = identity.revoke(step, object).await {
            return Event::RevokeFailed { attempt, step, failure };
        }
    }
    Event::StepRevoked {
        attempt,
        step,
        objects: objects.to_vec(),
    }
}

async fn return_money(stripe: &impl Treasury, order: &Order, intent: &Intent, id: &PaymentId) -> Event {
    let attempt = intent.attempt;
    let payment = order.payments.iter().find(|payment| payment.id == *id);
    let Some((payment, owed)) = payment.and_then(|payment| payment.owed.as_ref().map(|owed| (payment, owed))) else {
        return not_mine(intent);
    };
    match stripe.refund(order, payment, owed).await {
        Ok((refund, amount_minor, status)) => Event::MoneyReturned {
            attempt,
            payment: id.clone(),
            refund,
            amount_minor,
            status,
        },
        Err(failure) => Event::ReturnFailed {
            attempt,
            payment: id.clone(),
            failure,
        },
    }
}

/// `AskSession` and `AskReturn`.
pub async fn reconciliation(stripe: &impl Cashier, order: &Order, intent: &Intent) -> Event {
    let attempt = intent.attempt;
    match &intent.effect {
        Effect::AskSession => {
            let Some(session) = &order.checkout.session else {
                return Event::SessionUnknown { attempt };
            };
            match stripe.session(session).await {
                Ok(SessionFacts::Complete {
                    captured: Some((payment, amount)),
                }) => Event::PaymentCaptured { payment, amount },
                Ok(SessionFacts::Expired) => Event::SessionExpired {
                    session: session.id.clone(),
                },
                Ok(SessionFacts::Open | SessionFacts::Complete { captured: None }) => {
                    Event::SessionStillOpen { attempt }
                }
                // Nobody can pay in a Session that Stripe does not know.
                Err(failure) if failure.reason == Reason::Missing => Event::SessionUnknown { attempt },
                Err(failure) => Event::AskFailed { attempt, failure },
            }
        }
        Effect::AskReturn(payment) => match stripe.refunds(payment).await {
            Ok(refunds) => Event::RefundsListed {
                attempt,
                payment: payment.clone(),
                refunds,
            },
            Err(failure) => Event::AskFailed { attempt, failure },
        },
        Effect::Deliver(_)
        | Effect::LookFor(_)
        | Effect::Revoke { .. }
        | Effect::ReturnMoney(_)
        | Effect::Capture(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

/// `Tell`.
pub async fn notification(teller: &impl Teller, order: &Order, intent: &Intent) -> Event {
    let attempt = intent.attempt;
    let Effect::Tell(id) = &intent.effect else {
        return not_mine(intent);
    };
    let Some(notice) = order.notices.iter().find(|notice| notice.id == *id) else {
        return not_mine(intent);
    };
    match teller.tell(order, notice).await {
        Ok(()) => Event::NoticeAccepted { attempt, notice: *id },
        Err(failure) => Event::NoticeFailed {
            attempt,
            notice: *id,
            failure,
        },
    }
}

/// `Capture`: nothing on sale holds money before it takes it, so nobody owes this yet.
pub fn capture(intent: &Intent) -> Event {
    not_mine(intent)
}

/// An effect that this performer cannot do: asked about again, and in the end a person's.
fn not_mine(intent: &Intent) -> Event {
    Event::AskFailed {
        attempt: intent.attempt,
        failure: Failure::new(FailureClass::Rejected, Reason::Missing),
    }
}
