//! The breaker of a step: while the provider fails for several orders, one of them tries again and the others wait
//! without knocking. One item per step beside the orders, never frozen into any of them. It is a courtesy and no fence:
//! an order's first attempt does not ask it, and who cannot read it goes on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::brake::Place;
use crate::id::OrderId;
use crate::time::Timestamp;

/// So many orders must have failed again lately before it opens.
pub const ORDERS_MIN: usize = 5;
/// What counts as lately.
pub(crate) const WITHIN: Duration = Duration::from_secs(300);
/// Between the probes of an open breaker: at first, and at most; each wait is twice the one before.
const PROBE_FIRST: Duration = Duration::from_secs(30);
const PROBE_MAX: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    pub version: u64,
    /// Orders that failed more than once, while it is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    since: Timestamp,
    /// Nobody tries again before; then one does.
    probe_at: Timestamp,
    probes: u32,
}

/// The answer to an order that wants to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    Given,
    /// To this order alone, once this is written; if somebody else was faster, it waits.
    Probe {
        write: Breaker,
        else_wait: Duration,
    },
    /// Not yet: ask again after this.
    Wait(Duration),
}

impl Breaker {
    pub fn ask(&self, now: Timestamp) -> Leave {
        let Some(open) = self.open else { return Leave::Given };
        if now < open.probe_at {
            return Leave::Wait(open.probe_at.since(now));
        }
        let probes = open.probes.saturating_add(1);
        let probe_at = now.plus(wait(probes));
        let mut next = self.next();
        next.open = Some(Open {
            probe_at,
            probes,
            ..open
        });
        Leave::Probe {
            write: next,
            else_wait: wait(probes),
        }
    }

    /// An attempt that it let pass failed again, for no fault of the order.
    #[must_use]
    pub fn failed(&self, order: &OrderId, now: Timestamp) -> Self {
        let mut next = self.next();
        next.failed
            .retain(|place| place.order != *order && now.since(place.at) < WITHIN);
        next.failed.push(Place {
            order: order.clone(),
            at: now,
        });
        if next.failed.len() >= ORDERS_MIN {
            next.failed.clear();
            next.open = Some(Open {
                since: now,
                probe_at: now.plus(wait(0)),
                probes: 0,
            });
        }
        next
    }

    /// The probe was answered: everybody tries again.
    #[must_use]
    pub fn closed(&self) -> Self {
        Self {
            version: self.version + 1,
            ..Self::default()
        }
    }

    /// A person holds the step back, as if several orders had failed.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Self {
        let mut next = self.next();
        next.failed.clear();
        next.open.get_or_insert(Open {
            since: now,
            probe_at: now.plus(wait(0)),
            probes: 0,
        });
        next
    }

    /// When the next order tries; none while everybody may.
    pub fn probe_at(&self) -> Option<Timestamp> {
        self.open.map(|open| open.probe_at)
    }

    /// Since when the provider fails for everybody.
    pub fn open_since(&self) -> Option<Timestamp> {
        self.open.map(|open| open.since)
    }

    fn next(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// Before the next probe, after so many in vain.
fn wait(probes: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(probes);
    PROBE_FIRST.saturating_mul(doubled).min(PROBE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: usize) -> OrderId {
        OrderId::new(format!("ord_{number}"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000)
    }

    fn opened() -> Breaker {
        let fail = |breaker: Breaker, number| breaker.failed(&order(number), at(0));
        (1..=ORDERS_MIN).fold(Breaker::default(), fail)
    }

    #[test]
    fn one_order_that_fails_often_opens_nothing() {
        let fail = |breaker: Breaker, second| breaker.failed(&order(1), at(second));
        let breaker = (0..50).fold(Breaker::default(), fail);
        assert_eq!(breaker.ask(at(50)), Leave::Given);
    }

    #[test]
    fn failures_far_apart_open_nothing() {
        let fail = |breaker: Breaker, number: i64| {
            let id = order(usize::try_from(number).unwrap_or_default());
            breaker.failed(&id, at(number * 100))
        };
        let breaker = (0..50).fold(Breaker::default(), fail);
        assert_eq!(breaker.ask(at(5_000)), Leave::Given);
    }

    #[test]
    fn several_orders_open_it_and_one_at_a_time_probes() {
        let breaker = opened();
        assert_eq!(breaker.open_since(), Some(at(0)));
        assert_eq!(breaker.ask(at(20)), Leave::Wait(Duration::from_secs(10)));
        let Leave::Probe { write: probed, .. } = breaker.ask(at(30)) else {
            panic!("nobody probes")
        };
        assert_eq!(probed.ask(at(31)), Leave::Wait(Duration::from_secs(59)));
        assert_eq!(probed.closed().ask(at(31)), Leave::Given);
    }

    #[test]
    fn probes_grow_rarer_up_to_a_limit() {
        let (mut breaker, mut now, mut probes) = (opened(), 0, Vec::new());
        while probes.len() < 6 {
            now += 1;
            if let Leave::Probe { write: next, .. } = breaker.ask(at(now)) {
                probes.push(now);
                breaker = next;
            }
        }
        assert_eq!(probes, [30, 90, 210, 450, 750, 1_050]);
    }
}
