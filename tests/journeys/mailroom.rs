//! Stripe's events on their way to the webhook: lost, doubled, late, in another order, and tried again until they are
//! taken.

use std::sync::Arc;
use std::time::Duration;

use adapters::lambda::http::Request;
use domain::Timestamp;
use serde_json::Value;
use testkit::stripe::sign;

use crate::journey::{Journey, MINUTE, Post, SECRET};
use crate::workers::{Errand, Work};

/// One event on its way.
#[derive(Clone)]
pub(crate) struct Parcel {
    /// Its place among all of Stripe's events.
    pub(crate) number: usize,
    pub(crate) event: Arc<Value>,
    pub(crate) at: Timestamp,
    pub(crate) tries: u32,
    /// Not before this other event has arrived.
    after: Option<usize>,
}

/// What happens to the event with this number, counted from zero.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Travel {
    Dropped(usize),
    Doubled(usize),
    Late(usize, Duration),
    /// The first arrives after the second.
    After(usize, usize),
}

/// Stripe tries for three days; the waits grow.
const TRIES_MAX: u32 = 12;
/// An event that waits for another goes after so long without it.
const PATIENCE: Duration = Duration::from_secs(6 * 3_600);

impl Journey {
    /// Stripe's new events go out; tells whether any arrived.
    pub(crate) fn posts(&mut self) -> bool {
        self.collects();
        let now = self.world.state().now;
        let (ready, later) = std::mem::take(&mut self.parcels)
            .into_iter()
            .partition::<Vec<_>, _>(|parcel| parcel.at <= now);
        self.parcels = later;
        let any = !ready.is_empty();
        for parcel in ready {
            self.delivers(parcel);
        }
        any
    }

    fn collects(&mut self) {
        let (mut fresh, now) = {
            let state = self.world.state();
            let fresh = state.stripe.events.iter().enumerate().skip(self.sent);
            let parcel = |(number, event): (usize, &testkit::stripe::Event)| Parcel {
                number,
                event: event.body.clone(),
                at: state.now,
                tries: 0,
                after: None,
            };
            (fresh.map(parcel).collect::<Vec<_>>(), state.now)
        };
        self.sent += fresh.len();
        match self.post {
            Post::Arrives => {}
            Post::Lost => fresh.clear(),
            Post::DoubledAndReversed => {
                fresh.reverse();
                fresh = fresh.into_iter().flat_map(|parcel| [parcel.clone(), parcel]).collect();
            }
        }
        for mut parcel in fresh {
            match self.travel {
                // A return that comes back is told of by this one event alone: that it never arrives is a known limit.
                Some(Travel::Dropped(number)) if number == parcel.number && parcel.event["type"] != "refund.failed" => {
                    continue;
                }
                Some(Travel::Doubled(number)) if number == parcel.number => self.parcels.push(parcel.clone()),
                Some(Travel::Late(number, by)) if number == parcel.number => parcel.at = now.plus(by),
                Some(Travel::After(number, other)) if number == parcel.number => {
                    parcel.after = Some(other);
                    parcel.at = now.plus(PATIENCE);
                }
                Some(_) | None => {}
            }
            self.parcels.push(parcel);
        }
    }

    fn delivers(&mut self, parcel: Parcel) {
        let body = serde_json::to_vec(&parcel.event).expect("an event");
        let signature = sign(&body, SECRET, self.world.state().now.seconds());
        let request = Request {
            method: "POST".to_owned(),
            headers: [("stripe-signature".to_owned(), signature)].into(),
            body,
            ..Request::default()
        };
        let (world, house) = (self.world.clone(), self.house.clone());
        let work: Work = Box::pin(async move {
            let answer = stripe_webhook::handle(&world, &house.trust, &house.stripe, &request).await;
            answer.status == 200
        });
        self.starts(work, Errand::Parcel(parcel));
    }

    /// What Stripe makes of the answer: taken, or tried again later.
    pub(crate) fn signed_for(&mut self, mut parcel: Parcel, ok: bool) {
        if !(ok || self.broken.always_ok) {
            parcel.tries += 1;
            if parcel.tries < TRIES_MAX {
                let wait = MINUTE * 2_u32.saturating_pow(parcel.tries);
                parcel.at = self.world.state().now.plus(wait);
                self.parcels.push(parcel);
            }
            return;
        }
        let now = {
            let mut state = self.world.state();
            if let Some(event) = state.stripe.events.get_mut(parcel.number) {
                event.delivered |= ok;
            }
            state.now
        };
        for waiting in self
            .parcels
            .iter_mut()
            .filter(|known| known.after == Some(parcel.number))
        {
            waiting.at = now;
        }
        self.oracle.acknowledged(&self.world.state(), &parcel.event);
    }
}
