//! Stripe tells the shop: signed, at least once, again after a failure, and on demand twice or never.

use std::iter::repeat_n;
use std::sync::Arc;
use std::time::Duration;

use testkit::stripe::sign;

use super::{World, lock};
use crate::client::Client;

/// What happens to events on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Deliver,
    /// Never sent, as if Stripe had not generated them.
    Drop,
    Double,
    /// Ten minutes later.
    Late,
    /// What comes at once comes in reverse order.
    Reverse,
}

#[derive(Default)]
pub struct Deliveries {
    pub mode: Mode,
    /// Where to, and the secret to sign with.
    pub target: Option<(String, String)>,
    /// Events looked at so far.
    seen: usize,
    waiting: Vec<Waiting>,
}

#[derive(Clone)]
struct Waiting {
    event: usize,
    attempts: usize,
    next_at: i64,
}

const LATE_MS: i64 = 600_000;

/// After a failure, in seconds; then it is given up.
const AGAIN_SECONDS: [i64; 6] = [5, 60, 300, 3_600, 21_600, 86_400];

impl World {
    /// Events that wait to be sent now.
    pub(crate) fn webhooks_due(&self) -> usize {
        let (now, events) = (self.clock.now_ms(), self.stripe().events.len());
        let deliveries = lock(&self.deliveries);
        deliveries
            .waiting
            .iter()
            .filter(|waiting| waiting.next_at <= now)
            .count()
            + events
            - deliveries.seen.min(events)
    }

    fn take_due(&self) -> Vec<Waiting> {
        let (now, events) = (self.clock.now_ms(), self.stripe().events.len());
        let mut deliveries = lock(&self.deliveries);
        let fresh = deliveries.seen..events;
        deliveries.seen = events;
        let (copies, next_at) = match deliveries.mode {
            Mode::Deliver | Mode::Reverse => (1, now),
            Mode::Drop => (0, now),
            Mode::Double => (2, now),
            Mode::Late => (1, now + LATE_MS),
        };
        let mut fresh: Vec<Waiting> = fresh
            .flat_map(|event| repeat_n(event, copies))
            .map(|event| Waiting {
                event,
                attempts: 0,
                next_at,
            })
            .collect();
        if deliveries.mode == Mode::Reverse {
            fresh.reverse();
        }
        deliveries.waiting.extend(fresh);
        let (due, later) = std::mem::take(&mut deliveries.waiting)
            .into_iter()
            .partition(|waiting| waiting.next_at <= now);
        deliveries.waiting = later;
        due
    }

    fn again(&self, mut waiting: Waiting) {
        if let Some(seconds) = AGAIN_SECONDS.get(waiting.attempts) {
            waiting.next_at = self.clock.now_ms() + seconds * 1000;
            waiting.attempts += 1;
            lock(&self.deliveries).waiting.push(waiting);
        }
    }
}

/// Sends for as long as the process lives.
pub async fn run(world: Arc<World>) {
    let client = Client::new(Duration::from_secs(20));
    let (mut changed, mut moved) = (world.stripe_changed.subscribe(), world.clock.moved());
    loop {
        let guard = world.busy.begin();
        let due = world.take_due();
        if due.is_empty() {
            drop(guard);
            tokio::select! {
                _ = changed.changed() => {}
                _ = moved.changed() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            continue;
        }
        for waiting in due {
            if !send(&world, &client, waiting.event).await {
                world.again(waiting);
            }
        }
        drop(guard);
    }
}

async fn send(world: &World, client: &Client, event: usize) -> bool {
    let Some((url, secret)) = lock(&world.deliveries).target.clone() else {
        return false;
    };
    let Some(body) = world.stripe().events.get(event).map(|event| event.body.to_string()) else {
        return true;
    };
    let signature = sign(body.as_bytes(), &secret, world.clock.now_ms().div_euclid(1000));
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("stripe-signature", signature),
    ];
    let answered = client.post(&url, &headers, body.into_bytes()).await;
    let delivered = answered.is_ok_and(|answer| (200..300).contains(&answer.status));
    if let Some(event) = world.stripe().events.get_mut(event) {
        event.delivered |= delivered;
    }
    delivered
}
