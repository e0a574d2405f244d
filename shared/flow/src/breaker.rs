//! The breaker around an attempt at a step.

use domain::breaker::{Breaker, Leave};
use domain::event::Event;
use domain::failure::FailureClass;
use domain::order::Order;
use domain::receipt::Step;
use domain::work::{Intent, Subject};

use crate::advance::{CONFLICTS_MAX, advance, too_many};
use crate::ports::{Breakers, Clock, Store, Trouble};

/// Acts if the step's breaker lets it, and tells the breaker what came of it. Only who tries again asks and counts: one
/// failure alone says nothing about everybody. What the breaker's store does not answer keeps nobody from acting.
pub async fn guarded(
    store: &(impl Store + Breakers),
    order: &Order,
    intent: &Intent,
    step: Step,
    act: impl AsyncFnOnce(bool) -> Event,
) -> Event {
    let tries = order.work.tries(&Subject::Step(step));
    let again = tries.is_some_and(|tries| tries.count > 1);
    let known = if again { store.breaker(step).await.ok() } else { None };
    let Some(known) = known else { return act(false).await };
    let held = |wait| Event::StepHeld {
        attempt: intent.attempt,
        step,
        wait,
    };
    let (outcome, next) = match known.ask(store.now()) {
        Leave::Wait(wait) => return held(wait),
        Leave::Given => {
            let outcome = act(false).await;
            let next = provider_fails(&outcome).then(|| known.failed(&order.id, store.now()));
            (outcome, next)
        }
        Leave::Probe { write, else_wait } => {
            if !matches!(store.set_breaker(step, &write).await, Ok(true)) {
                return held(else_wait);
            }
            let outcome = act(true).await;
            // After a probe in vain the next one is put off already.
            let next = (!provider_fails(&outcome)).then(|| write.closed());
            (outcome, next)
        }
    };
    if let Some(next) = next
        && matches!(store.set_breaker(step, &next).await, Ok(true))
        && let Some(turned) = turned(step, &known, &next)
    {
        // Should this be lost, the console shows the breaker all the same, and its end is told.
        let _untold = advance(store, &order.id, &turned).await;
    }
    outcome
}

/// Whoever opened or closed it tells people, once for all orders.
fn turned(step: Step, before: &Breaker, after: &Breaker) -> Option<Event> {
    let (since, over) = match (before.open_since(), after.open_since()) {
        (None, Some(since)) => (since, false),
        (Some(since), None) => (since, true),
        (None, None) | (Some(_), Some(_)) => return None,
    };
    Some(Event::OutageSeen { step, since, over })
}

/// Not for what was asked, but because nothing can be asked. A refusal is an answer.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other outcome is an answer")]
fn provider_fails(outcome: &Event) -> bool {
    match outcome {
        Event::StepFailed { failure, .. } | Event::AskFailed { failure, .. } => failure.class != FailureClass::Rejected,
        _ => false,
    }
}

/// A person holds the step back, or lets everybody try again; tells whether that changed anything.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn turn(store: &(impl Breakers + Clock), step: Step, hold: bool) -> Result<bool, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let breaker = store.breaker(step).await?;
        if breaker.open_since().is_some() == hold {
            return Ok(false);
        }
        let next = if hold {
            breaker.held(store.now())
        } else {
            breaker.closed()
        };
        if store.set_breaker(step, &next).await? {
            return Ok(true);
        }
    }
    Err(too_many("write a breaker"))
}
