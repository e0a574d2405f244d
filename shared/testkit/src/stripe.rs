//! Stripe as a model: Sessions, PaymentIntents, refunds, disputes, idempotency keys, events. Stateful, and able to fail.

mod answer;
mod disputes;
mod form;
mod intents;
mod keys;
mod objects;
mod refunds;
mod routes;
mod sessions;
mod signature;
#[cfg(test)]
mod tests;
mod truth;

use std::collections::BTreeMap;
use std::iter::repeat_n;

use serde_json::Value;

use crate::queues::Millis;
pub use answer::{Fate, Reply};
pub use form::Form;
#[cfg(feature = "world")]
pub(crate) use keys::KEY_LIFE_MS;
use keys::Saved;
pub use keys::{Done, Misfire};
pub use objects::{Canceled, Dispute, Event, Intent, Means, Refund, Session};
pub use refunds::Pending;
pub use signature::sign;
pub use truth::Truth;

/// What goes wrong on demand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub refuse_refunds: bool,
    /// New refunds are made, and not done.
    pub refunds_pend: Option<Pending>,
    /// What happens to the next POST whose path ends so. Each entry happens once, the first that fits before the others.
    pub next: Vec<(String, Misfire)>,
    /// Each change is told by two events with different ids.
    pub twin_events: bool,
    /// Events are never generated: neither sent, nor in the list later.
    pub mute: bool,
}

/// One account in test mode.
#[derive(Default)]
pub struct Stripe {
    pub sessions: Vec<Session>,
    pub intents: Vec<Intent>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    pub events: Vec<Event>,
    pub faults: Faults,
    pub calls: u64,
    /// Where payment pages live.
    pub pages: String,
    saved: BTreeMap<String, Saved>,
    counter: u64,
}

/// One call of the API.
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub form: Form,
    pub key: Option<&'a str>,
    pub now: Millis,
}

impl Stripe {
    /// What nobody paid in time is over, and so is a hold that nobody captured; Stripe says so.
    pub fn expire_overdue(&mut self, now: Millis) {
        self.expire_unpaid(now);
        self.lapse_overdue(now);
    }

    fn emit(&mut self, kind: &str, object: Value, now: Millis) {
        if self.faults.mute {
            return;
        }
        let times = if self.faults.twin_events { 2 } else { 1 };
        for object in repeat_n(object, times) {
            let id = self.id("evt_");
            self.events.push(Event::of(id, kind, object, now));
        }
    }

    fn id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{:014}", self.counter)
    }
}
