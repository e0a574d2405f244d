//! The brake on undoing. Many undos in a short time have one cause, and most often it is ours: a person looks before
//! more money moves. One item beside the orders, never frozen into any of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::id::OrderId;
use crate::time::Timestamp;

/// How many orders automation may undo by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub undos_max: usize,
    pub within: Duration,
    /// Nothing is undone by automation at all.
    pub off: bool,
}

/// What is recorded is so old that it does not mend itself: nothing is undone on it without a person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated(pub bool);

/// An order that may be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub order: OrderId,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brake {
    pub version: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<Place>,
    /// On since then: everybody waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_since: Option<Timestamp>,
    /// Whose case last asked a person, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Place>,
    /// A person let it go: until then nobody is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free_until: Option<Timestamp>,
    /// Switched off by hand: as with the limit of that name, and until somebody switches it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    off: Option<Off>,
}

/// A person has switched undoing off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    pub since: Timestamp,
    pub by: String,
    pub reason: String,
}

/// The answer to an order that wants to be undone. With a brake: that must be written first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    Passes(Option<Brake>),
    Waits {
        write: Option<Brake>,
        /// This order's case asks a person for all of them.
        asks: bool,
    },
}

/// A brake that is on and that nobody has let go is said again after this.
const ASK_AGAIN: Duration = Duration::from_secs(3_600);

/// For so long a person's word holds.
const FREE_FOR: Duration = Duration::from_secs(3_600);

impl Item for Brake {
    const NAME: &'static str = "brake";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Brake {
    /// Whether this order may begin its undo.
    pub fn claim(&self, order: &OrderId, limits: Limits, outdated: Outdated, now: Timestamp) -> Claim {
        let switched_off = limits.off || self.off.is_some();
        if !switched_off && self.free_until.is_some_and(|until| now < until) {
            return Claim::Passes(None);
        }
        let stopped = switched_off || outdated.0;
        let mut next = self.clone();
        next.version += 1;
        next.places.retain(|place| now.since(place.at) < limits.within);
        if self.on_since.is_none() && !stopped {
            if next.places.iter().any(|place| place.order == *order) {
                return Claim::Passes(None);
            }
            if next.places.len() < limits.undos_max {
                let order = order.clone();
                next.places.push(Place { order, at: now });
                return Claim::Passes(Some(next));
            }
        }
        let holds = stopped || self.on_since.is_some();
        let asked = self.asked.as_ref().filter(|asked| now.since(asked.at) < ASK_AGAIN);
        if let Some(asked) = asked.filter(|_| holds) {
            // It may have died before its case was written.
            let asks = asked.order == *order;
            return Claim::Waits { write: None, asks };
        }
        if !stopped {
            next.on_since.get_or_insert(now);
        }
        next.asked = Some(Place {
            order: order.clone(),
            at: now,
        });
        Claim::Waits {
            write: Some(next),
            asks: true,
        }
    }

    /// A person has looked: what waits goes on.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            places: Vec::new(),
            on_since: None,
            asked: None,
            free_until: Some(now.plus(FREE_FOR)),
            off: self.off.clone(),
        }
    }

    /// Nothing is undone by automation, or again as usual. What waited is asked about again at its next try.
    #[must_use]
    pub fn switched(&self, off: Option<Off>) -> Self {
        Self {
            version: self.version + 1,
            asked: None,
            off,
            ..self.clone()
        }
    }

    pub fn off(&self) -> Option<&Off> {
        self.off.as_ref()
    }

    /// Since when everybody waits for a person, and whose case asks.
    pub fn waits_since(&self) -> Option<(Timestamp, Option<&OrderId>)> {
        let asked = self.asked.as_ref().map(|place| &place.order);
        self.on_since.map(|since| (since, asked))
    }

    /// Orders that took a place lately.
    pub fn undone_lately(&self, limits: Limits, now: Timestamp) -> usize {
        let recent = |place: &&Place| now.since(place.at) < limits.within;
        self.places.iter().filter(recent).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        undos_max: 2,
        within: Duration::from_secs(600),
        off: false,
    };

    fn order(number: u32) -> OrderId {
        OrderId::new(format!("ord_{number}"))
    }

    fn passes(brake: &mut Brake, number: u32, limits: Limits, now: i64) -> bool {
        match brake.claim(&order(number), limits, Outdated(false), Timestamp(now)) {
            Claim::Passes(next) => {
                *brake = next.unwrap_or(brake.clone());
                true
            }
            Claim::Waits { write, .. } => {
                *brake = write.unwrap_or(brake.clone());
                false
            }
        }
    }

    #[test]
    fn a_few_pass_and_the_next_one_asks_for_all() {
        let mut brake = Brake::default();
        assert!(passes(&mut brake, 1, LIMITS, 0) && passes(&mut brake, 2, LIMITS, 1_000));
        assert!(passes(&mut brake, 1, LIMITS, 2_000), "its place is its own");
        let third = brake.claim(&order(3), LIMITS, Outdated(false), Timestamp(3_000));
        assert!(
            matches!(
                &third,
                Claim::Waits {
                    asks: true,
                    write: Some(_)
                }
            ),
            "{third:?}"
        );
        assert!(!passes(&mut brake, 3, LIMITS, 3_000));
        let waits = |number, asks| {
            let claim = brake.claim(&order(number), LIMITS, Outdated(false), Timestamp(4_000));
            assert_eq!(claim, Claim::Waits { write: None, asks });
        };
        waits(4, false);
        // Its case may not have been written the first time.
        waits(3, true);
        // The window passes; the brake stays on until a person lets it go, and asks again after an hour.
        assert!(!passes(&mut brake, 4, LIMITS, 900_000));
        let later = brake.claim(&order(4), LIMITS, Outdated(false), Timestamp(3_603_000));
        assert!(matches!(later, Claim::Waits { asks: true, .. }), "{later:?}");
        brake = brake.released(Timestamp(4_000_000));
        assert!((5..50).all(|number| passes(&mut brake, number, LIMITS, 4_001_000)));
        assert!(passes(&mut brake, 50, LIMITS, 8_000_000), "afterwards it counts afresh");
    }

    #[test]
    fn few_at_a_time_go_on_for_ever() {
        let mut brake = Brake::default();
        assert!((0..100).all(|number| passes(&mut brake, number, LIMITS, i64::from(number) * 400_000)));
    }

    #[test]
    fn off_is_off_until_it_is_on() {
        let mut brake = Brake::default().released(Timestamp(0));
        let off = Limits { off: true, ..LIMITS };
        assert!(!passes(&mut brake, 1, off, 1));
        let mut soon = Brake::default();
        assert!(!passes(&mut soon, 1, off, 1));
        assert!(passes(&mut soon, 1, LIMITS, 60_000) && passes(&mut soon, 2, LIMITS, 61_000));
        let third = soon.claim(&order(3), LIMITS, Outdated(false), Timestamp(62_000));
        assert!(matches!(third, Claim::Waits { asks: true, .. }), "{third:?}");
        let later = 3_600_001;
        assert!((1..=LIMITS.undos_max).all(|number| {
            let number = u32::try_from(number).unwrap_or_default();
            passes(&mut brake, number, LIMITS, later)
        }));
        assert!(!passes(&mut brake, 9, LIMITS, later), "the limit counts as before");
    }

    #[test]
    fn an_outdated_table_undoes_nothing_without_a_persons_word() {
        let old = Outdated(true);
        let first = Brake::default().claim(&order(1), LIMITS, old, Timestamp(0));
        let Claim::Waits {
            write: Some(brake),
            asks: true,
        } = first
        else {
            panic!("{first:?}");
        };
        assert_eq!(brake.waits_since(), None, "it goes on by itself when Stripe is read");
        let second = brake.claim(&order(2), LIMITS, old, Timestamp(1_000));
        assert_eq!(
            second,
            Claim::Waits {
                write: None,
                asks: false
            },
            "one asks for all"
        );
        let released = brake.released(Timestamp(2_000));
        assert_eq!(
            released.claim(&order(2), LIMITS, old, Timestamp(3_000)),
            Claim::Passes(None)
        );
        assert!(matches!(
            brake.claim(&order(2), LIMITS, Outdated(false), Timestamp(4_000)),
            Claim::Passes(Some(_))
        ));
    }
}
