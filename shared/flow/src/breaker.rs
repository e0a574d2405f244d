//! The breaker around an attempt at a step.

use domain::breaker::{Breaker, Leave};
use domain::event::Event;
use domain::failure::{Failure, FailureClass};
use domain::order::Order;
use domain::receipt::Step;
use domain::work::{Intent, Subject};

use crate::ports::{Breakers, Clock};

/// Acts if the step's breaker lets it, and tells the breaker what came of it. What the breaker's store does not answer
/// keeps nobody from acting.
pub async fn guarded(
    store: &(impl Breakers + Clock),
    order: &Order,
    intent: &Intent,
    step: Step,
    act: impl AsyncFnOnce() -> Event,
) -> Event {
    let tries = order.work.tries(&Subject::Step(step));
    let again = tries.is_some_and(|tries| tries.count > 1);
    let known = if again { store.breaker(step).await.ok() } else { None };
    let leave = known.as_ref().map_or(Leave::Given, |known| known.ask(store.now()));
    let held = |wait| Event::StepHeld {
        attempt: intent.attempt,
        step,
        wait,
    };
    let probe = match leave {
        Leave::Given => None,
        Leave::Wait(wait) => return held(wait),
        Leave::Probe { write, else_wait } => match store.set_breaker(step, &write).await {
            Ok(true) => Some(write),
            Ok(false) | Err(_) => return held(else_wait),
        },
    };
    let outcome = act().await;
    let fails = provider_fails(&outcome);
    let next = match (fails, probe) {
        (true, None) => failed(store, order, step, known).await,
        (false, Some(probe)) => Some(probe.closed()),
        // The next probe was put off when this one began.
        (true, Some(_)) | (false, None) => None,
    };
    if let Some(next) = next {
        let _lost = store.set_breaker(step, &next).await;
    }
    outcome
}

async fn failed(store: &(impl Breakers + Clock), order: &Order, step: Step, known: Option<Breaker>) -> Option<Breaker> {
    let known = match known {
        Some(known) => known,
        None => store.breaker(step).await.ok()?,
    };
    known.failed(&order.id, store.now())
}

/// Not for what was asked, but because nothing can be asked. A refusal is an answer.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other outcome is an answer")]
fn provider_fails(outcome: &Event) -> bool {
    match outcome {
        Event::StepFailed { failure, .. } | Event::AskFailed { failure, .. } => !matches!(
            failure,
            Failure {
                class: FailureClass::Rejected,
                ..
            }
        ),
        _ => false,
    }
}
