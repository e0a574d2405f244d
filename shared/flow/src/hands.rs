//! The call behind each effect, and the event that its outcome is. One function per performer.

use domain::brake::Limits;
use domain::effect::Effect;
use domain::event::Event;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{ObjectId, PaymentId, RefundId};
use domain::order::Order;
use domain::payment::Standing;
use domain::receipt::Step;
use domain::work::{Attempt, Intent};

use crate::ports::{Books, Breakers, Clock, Control, Provider, SessionFacts, Store, Teller, Till, Treasury};
use crate::{alerts, brake, breaker};

/// `Deliver` and `LookFor`.
pub async fn provisioning(
    store: &(impl Store + Breakers),
    provider: &impl Provider,
    order: &Order,
    intent: &Intent,
) -> Event {
    match &intent.effect {
        Effect::Deliver(step) | Effect::LookFor(step) => {
            breaker::guarded(store, order, intent, *step, async |outage| {
                if matches!(intent.effect, Effect::LookFor(_)) {
                    look_for(provider, order, intent, *step).await
                } else {
                    deliver(provider, order, intent, *step, outage).await
                }
            })
            .await
        }
        Effect::PassBrake
        | Effect::Revoke { .. }
        | Effect::ReturnMoney(_)
        | Effect::Annotate { .. }
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskPayment(_)
        | Effect::AskReturn(_)
        | Effect::AskDisputes(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

/// `outage`: the step's breaker is open, and this is its probe.
async fn deliver(provider: &impl Provider, order: &Order, intent: &Intent, step: Step, outage: bool) -> Event {
    let attempt = intent.attempt;
    if step.can_stand_twice() && order.may_be_restored(intent.begun_at) {
        match provider.find(order, step, intent.begun_at).await {
            // What the order knows of already is its own matter: surplus, or on its way back.
            Ok(mut objects) => {
                objects.retain(|(object, _)| !order.knows(step, object));
                if !objects.is_empty() {
                    return Event::StepSeen {
                        attempt,
                        step,
                        asked_at: intent.begun_at,
                        objects,
                    };
                }
            }
            // A question makes nothing and refuses nobody, however it is answered.
            Err(failure) => {
                let class = FailureClass::Transient;
                return Event::StepFailed {
                    attempt,
                    step,
                    failure: Failure { class, ..failure },
                    outage,
                };
            }
        }
    }
    match provider.deliver(order, step, intent.begun_at).await {
        Ok((object, origin)) => Event::StepDone {
            attempt,
            step,
            object,
            origin,
        },
        Err(failure) => Event::StepFailed {
            attempt,
            step,
            failure,
            outage,
        },
    }
}

async fn look_for(provider: &impl Provider, order: &Order, intent: &Intent, step: Step) -> Event {
    let attempt = intent.attempt;
    match provider.find(order, step, intent.begun_at).await {
        Ok(objects) => Event::StepSeen {
            attempt,
            step,
            asked_at: intent.begun_at,
            objects,
        },
        Err(failure) => Event::AskFailed { attempt, failure },
    }
}

/// `PassBrake`, `Revoke` and `ReturnMoney`: the undo. And `Annotate`: why others gave money back.
pub async fn refund(
    (store, limits): (&impl Store, Limits),
    provider: &impl Provider,
    stripe: &impl Treasury,
    order: &Order,
    intent: &Intent,
) -> Event {
    match &intent.effect {
        Effect::PassBrake => {
            let claimed = brake::claim(store, limits, order, intent.attempt).await;
            // The store did not answer: asked again later, like everything else.
            claimed.unwrap_or_else(|_trouble| Event::AskFailed {
                attempt: intent.attempt,
                failure: Failure::new(FailureClass::Transient, Reason::Unavailable),
            })
        }
        Effect::Revoke { step, objects } => revoke(provider, order, intent, (*step, objects)).await,
        Effect::ReturnMoney(payment) => return_money(stripe, order, intent, payment).await,
        Effect::Annotate { payment, refund } => annotate(stripe, order, intent, (payment, refund)).await,
        Effect::Deliver(_)
        | Effect::LookFor(_)
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskPayment(_)
        | Effect::AskReturn(_)
        | Effect::AskDisputes(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

/// All of them or none is recorded: what is gone already counts as taken back when the rest is tried again.
async fn revoke(
    provider: &impl Provider,
    order: &Order,
    intent: &Intent,
    (step, objects): (Step, &[ObjectId]),
) -> Event {
    let attempt = intent.attempt;
    for object in objects {
        if let Err(failure) = provider.revoke(order, step, object, intent.begun_at).await {
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
    if payment.captured.is_none() {
        return match stripe.void(order, payment, owed).await {
            Ok(standing) => seen(Some(attempt), id, standing),
            Err(failure) => Event::ReturnFailed {
                attempt,
                payment: id.clone(),
                failure,
            },
        };
    }
    match stripe.refund(order, payment, owed).await {
        Ok((refund, amount_minor, status, told)) => Event::MoneyReturned {
            attempt,
            payment: id.clone(),
            refund,
            amount_minor,
            status,
            told,
        },
        Err(failure) => Event::ReturnFailed {
            attempt,
            payment: id.clone(),
            failure,
        },
    }
}

/// The words for a refund that somebody made by hand.
async fn annotate(
    stripe: &impl Treasury,
    order: &Order,
    intent: &Intent,
    (payment, refund): (&PaymentId, &RefundId),
) -> Event {
    let attempt = intent.attempt;
    let known = order.payments.iter().find(|known| known.id == *payment);
    let made = known.and_then(|known| Some((known, known.refunds.iter().find(|made| made.id == *refund)?)));
    let Some((known, made)) = made else {
        return not_mine(intent);
    };
    let (payment, refund) = (payment.clone(), refund.clone());
    match stripe.annotate(order, known, made).await {
        Ok(()) => Event::Annotated {
            attempt,
            payment,
            refund,
        },
        Err(failure) => Event::AnnotateFailed {
            attempt,
            payment,
            refund,
            failure,
        },
    }
}

/// The questions to Stripe.
pub async fn reconciliation(stripe: &impl Books, order: &Order, intent: &Intent) -> Event {
    let attempt = intent.attempt;
    let failed = |failure| Event::AskFailed { attempt, failure };
    match &intent.effect {
        Effect::AskSession => ask_session(stripe, order, attempt).await,
        Effect::AskPayment(payment) => ask_payment(stripe, attempt, payment).await,
        Effect::AskReturn(id) => {
            let payment = order.payments.iter().find(|known| known.id == *id);
            // A hold shows in the payment itself, everything else in its refunds.
            if payment.is_some_and(|known| known.captured.is_none() && known.unexplained_minor.is_none()) {
                return ask_payment(stripe, attempt, id).await;
            }
            let refunds = stripe.refunds(id).await;
            refunds.map_or_else(failed, |refunds| Event::RefundsListed {
                attempt,
                payment: id.clone(),
                refunds,
            })
        }
        Effect::AskDisputes(payment) => {
            let disputes = stripe.disputes(payment).await;
            disputes.map_or_else(failed, |disputes| Event::DisputesListed {
                attempt,
                payment: payment.clone(),
                disputes,
            })
        }
        Effect::Deliver(_)
        | Effect::LookFor(_)
        | Effect::PassBrake
        | Effect::Revoke { .. }
        | Effect::ReturnMoney(_)
        | Effect::Annotate { .. }
        | Effect::Capture(_)
        | Effect::Tell(_) => not_mine(intent),
    }
}

async fn ask_session(stripe: &impl Books, order: &Order, attempt: Attempt) -> Event {
    let Some(session) = &order.checkout.session else {
        return Event::SessionUnknown { attempt };
    };
    let id = session.id.clone();
    match stripe.session(session).await {
        Ok(SessionFacts::Paid(payment, amount)) => Event::PaymentCaptured { payment, amount },
        Ok(SessionFacts::Finished(payment)) => ask_payment(stripe, attempt, &payment).await,
        Ok(SessionFacts::Free) => Event::NothingToPay { session: id },
        Ok(SessionFacts::Expired) => Event::SessionExpired { session: id },
        Ok(SessionFacts::Open) => Event::SessionStillOpen { attempt },
        // Nobody can pay in a Session that Stripe does not know.
        Err(failure) if failure.reason == Reason::Missing => Event::SessionUnknown { attempt },
        Err(failure) => Event::AskFailed { attempt, failure },
    }
}

async fn ask_payment(stripe: &impl Books, attempt: Attempt, payment: &PaymentId) -> Event {
    let read = read_payment(stripe, Some(attempt), payment).await;
    read.unwrap_or_else(|failure| Event::AskFailed { attempt, failure })
}

/// Where the payment stands, as an event; of an attempt, or because something hinted at it.
///
/// # Errors
/// When Stripe cannot be asked.
pub async fn read_payment(
    stripe: &impl Books,
    attempt: Option<Attempt>,
    payment: &PaymentId,
) -> Result<Event, Failure> {
    let standing = stripe.payment(payment).await?;
    Ok(seen(attempt, payment, standing))
}

fn seen(attempt: Option<Attempt>, payment: &PaymentId, standing: Standing) -> Event {
    let payment = payment.clone();
    Event::PaymentSeen {
        attempt,
        payment,
        standing,
    }
}

/// `Tell`.
pub async fn notification(
    store: &(impl Control + Clock),
    teller: &impl Teller,
    order: &Order,
    intent: &Intent,
) -> Event {
    let attempt = intent.attempt;
    let Effect::Tell(id) = &intent.effect else {
        return not_mine(intent);
    };
    let Some(notice) = order.notices.iter().find(|notice| notice.id == *id) else {
        return not_mine(intent);
    };
    match alerts::tell(store, teller, order, notice).await {
        Ok(covered) => Event::NoticeAccepted {
            attempt,
            notice: *id,
            covered,
        },
        Err(failure) => Event::NoticeFailed {
            attempt,
            notice: *id,
            failure,
        },
    }
}

/// `Capture`: Stripe is read first, since somebody may have taken the money, or the hold may be gone.
pub async fn capture(stripe: &(impl Books + Till), order: &Order, intent: &Intent) -> Event {
    let attempt = intent.attempt;
    let Effect::Capture(id) = &intent.effect else {
        return not_mine(intent);
    };
    let Some(payment) = order.payments.iter().find(|payment| payment.id == *id) else {
        return not_mine(intent);
    };
    // A question without an answer says nothing about the money.
    let read = async || {
        let read = stripe.payment(id).await;
        read.map_err(|failure| Failure::unknown(failure.reason))
    };
    let standing = match read().await {
        Ok(Standing::Held { .. }) => match stripe.capture(order, payment, attempt).await {
            // It may speak of a capture of ours that landed late, or of somebody's hand.
            Err(refused) if refused.class == FailureClass::Rejected => match read().await {
                Ok(Standing::Held { .. }) => Err(refused),
                other => other,
            },
            taken => taken,
        },
        other => other,
    };
    match standing {
        Ok(standing) => seen(Some(attempt), id, standing),
        Err(failure) => Event::CaptureFailed {
            attempt,
            payment: id.clone(),
            failure,
        },
    }
}

/// An effect that this performer cannot do: asked about again, and in the end a person's.
fn not_mine(intent: &Intent) -> Event {
    Event::AskFailed {
        attempt: intent.attempt,
        failure: Failure::new(FailureClass::Rejected, Reason::Missing),
    }
}
