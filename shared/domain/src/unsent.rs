//! What the policy let be left unsent: counted for a week, and told once a week. One item beside the orders.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::failure::Reason;
use crate::finance::Period;
use crate::history::What;
use crate::notice::{Audience, Told};
use crate::order::Order;
use crate::time::{DAY, HOUR, Timestamp};
use crate::turns::{InTurn, Turns};

/// What was left unsent in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    pub period: Period,
    /// To whom, why, and how many messages.
    pub counts: BTreeMap<(Audience, Option<Reason>), u32>,
    /// References of the orders that they were about.
    pub orders: BTreeSet<String>,
    /// Everything that it is about was read.
    pub whole: bool,
}

impl Unsent {
    pub fn of(period: Period) -> Self {
        Self {
            period,
            counts: BTreeMap::new(),
            orders: BTreeSet::new(),
            whole: true,
        }
    }

    pub fn add(&mut self, order: &Order) {
        // By the history: what a person had sent again, or said need not be, was left unsent all the same.
        for entry in order.history.iter().filter(|entry| self.period.has(entry.at)) {
            let What::Notice {
                to,
                told: Told::GivenUp(at),
            } = &entry.what
            else {
                continue;
            };
            let why = why(order, *to, *at);
            *self.counts.entry((*to, why)).or_default() += 1;
            self.orders.insert(order.reference());
        }
    }

    pub fn messages(&self) -> u32 {
        self.counts.values().sum()
    }
}

/// What came back last before it was given up.
fn why(order: &Order, to: Audience, at: Timestamp) -> Option<Reason> {
    let mut before = order.history.iter().rev().filter(|entry| entry.at <= at);
    before.find_map(|entry| {
        if let What::NoticeFailed { to: whom, failure } = &entry.what
            && *whom == to
        {
            return Some(failure.reason);
        }
        None
    })
}

/// A week is told from this hour of its Monday on (UTC).
const FROM: Duration = Duration::from_secs(6 * HOUR.as_secs());
const WEEK: Duration = Duration::from_secs(7 * DAY.as_secs());

/// What could not be told for longer stands on the orders' pages.
const WEEKS_MAX: u32 = 4;

/// How far it has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekly(Turns);

impl Item for Weekly {
    const NAME: &'static str = "weekly";

    fn version(&self) -> u64 {
        self.0.version
    }
}

impl Weekly {
    /// What is to be told now: the week before, and the weeks that could not be told. None: nothing, until next Monday.
    pub fn due(&self, now: Timestamp) -> Option<Period> {
        self.0.due(monday(now.minus(FROM)), WEEK, WEEKS_MAX)
    }
}

impl InTurn for Weekly {
    fn begun(&self, now: Timestamp) -> Option<(Self, Period)> {
        let period = self.due(now)?;
        Some((Self(self.0.begun(now)?), period))
    }

    fn told(&self, period: Period) -> Option<Self> {
        self.0.told(period).map(Self)
    }
}

/// The midnight with which the week began, by UTC.
fn monday(at: Timestamp) -> Timestamp {
    // The first of January 1970 was a Thursday.
    let days = at.seconds().div_euclid(86_400) + 3;
    let into = u32::try_from(days.rem_euclid(7)).unwrap_or_default();
    at.midnight().minus(DAY * into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::LEASE;

    /// Thursday, 26 November 2026, 12:00 UTC.
    const THURSDAY: Timestamp = Timestamp(1_795_694_400_000);

    #[test]
    fn a_week_ends_on_monday_and_is_told_from_six_on() {
        let due = Weekly::default()
            .due(THURSDAY)
            .expect("a new table tells of the week before");
        assert_eq!(due.until.to_string(), "23 November 2026, 00:00 UTC");
        assert_eq!(due.until.since(due.from), WEEK);
        let told = Weekly::default().told(due).expect("news");
        assert_eq!(told.told(due), None, "that is known");
        let next = due.until.plus(WEEK);
        for (hours, is_due) in [(-1, false), (5, false), (6, true), (100, true)] {
            let now = Timestamp(next.0 + hours * 3_600_000);
            assert_eq!(told.due(now).is_some(), is_due, "{hours} hours after Monday");
        }
        let late = told.due(next.plus(WEEK * 9)).expect("due");
        assert_eq!(late.until.since(late.from), WEEK * WEEKS_MAX, "not for ever");
    }

    #[test]
    fn of_two_runs_at_once_one_sends_and_a_dead_one_is_made_good() {
        let (begun, _) = Weekly::default().begun(THURSDAY).expect("due");
        assert_eq!(begun.begun(THURSDAY), None);
        assert!(begun.begun(THURSDAY.plus(LEASE)).is_some());
    }
}
