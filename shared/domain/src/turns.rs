//! A mail that goes in turns, a day's or a week's: how far it has been told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::finance::Period;
use crate::time::Timestamp;
use crate::work::LEASE;

/// Who has such turns: one item beside the orders.
pub trait InTurn: Item {
    /// To be written before it is sent, so that of two runs at once one sends. A run that died is made good by a later one.
    /// None: nothing is due, or somebody is at it.
    fn begun(&self, now: Timestamp) -> Option<(Self, Period)>;

    /// It went out, or may have: it is not sent again. None: that is known.
    fn told(&self, period: Period) -> Option<Self>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    pub version: u64,
    /// The moment until which the last one went. None: a new table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told_until: Option<Timestamp>,
    /// When a run last began to send the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun_at: Option<Timestamp>,
}

impl Turns {
    /// The turn that ended at `until`, and those before it that could not be told, so many at most. None: all is told.
    pub(crate) fn due(&self, until: Timestamp, turn: Duration, turns_max: u32) -> Option<Period> {
        if self.told_until.is_some_and(|told| told >= until) {
            return None;
        }
        let first = until.minus(turn * turns_max);
        let from = self.told_until.map_or(until.minus(turn), |told| told.max(first));
        Some(Period { from, until })
    }

    /// None: a run is at it.
    pub(crate) fn begun(&self, now: Timestamp) -> Option<Self> {
        let at_work = self.begun_at.is_some_and(|begun| now.since(begun) < LEASE);
        (!at_work).then(|| Self {
            version: self.version + 1,
            begun_at: Some(now),
            ..self.clone()
        })
    }

    pub(crate) fn told(&self, period: Period) -> Option<Self> {
        let news = self.told_until.is_none_or(|told| told < period.until);
        news.then(|| Self {
            version: self.version + 1,
            told_until: Some(period.until),
            begun_at: None,
        })
    }
}
