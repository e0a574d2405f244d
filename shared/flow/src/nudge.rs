//! Who is told to look, and when. A nudge may be lost: the order's `due` makes good for it.

use std::time::Duration;

use domain::Timestamp;
use domain::effect::{Effect, Performer};
use domain::order::Order;
use domain::owed::Which;
use domain::work::Subject;

use crate::ports::{Store, When};

/// The longest delay that a queue grants; longer waits are the sweeper's.
const DELAY_MAX: Duration = Duration::from_secs(900);

/// After so many attempts in a row the sweeper takes over: a queue and a function that feed each other for longer are
/// taken for a loop, and cut.
const CHAIN_MAX: u32 = 3;

/// Nudges whoever has something new to do because of this write, and nobody else.
pub(crate) async fn nudge(store: &impl Store, before: &Order, after: &Order) {
    let now = store.now();
    for (performer, delay) in wanted(before, after, now) {
        let when = if delay.is_zero() { When::Now } else { When::Later(delay) };
        // The courier logs what it could not send; the sweeper repairs it.
        let _lost = store.nudge(performer, &after.id, when).await;
    }
}

fn wanted(before: &Order, after: &Order, now: Timestamp) -> Vec<(Performer, Duration)> {
    Which::ALL
        .into_iter()
        .filter_map(|which| wanted_in(which, before, after, now))
        .collect()
}

fn wanted_in(which: Which, before: &Order, after: &Order, now: Timestamp) -> Option<(Performer, Duration)> {
    if after.lane(which).intent.is_some() {
        return None;
    }
    let next = after.next(which, now)?;
    if before.lane(which).intent.is_none() && before.next(which, now).as_ref() == Some(&next) {
        return None;
    }
    let delay = next.at.since(now);
    let tries = after.lane(which).tries(&Subject::of(&next.effect));
    let chained = tries.is_some_and(|tries| tries.count > CHAIN_MAX || tries.outage);
    let sweepers = delay > DELAY_MAX || (!delay.is_zero() && chained) || next.effect == Effect::AskSession;
    (!sweepers).then(|| (next.effect.performer(), delay))
}
