//! The heartbeat of the alert path: once a day a test alert goes where every alert goes, and whoever is on call says that
//! it came. One item beside the orders; it stops nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Class};
use crate::control::Item;
use crate::id::CaseId;
use crate::time::Timestamp;
use crate::wording;

/// A day, less what a run may come early: else the test alert would come an hour later on some days, and some day at night.
const EVERY: Duration = Duration::from_secs(86_400 - 1_800);

/// So many cases close with the next answer: a month of days that nobody answered.
const CASES_MAX: usize = 31;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    pub version: u64,
    /// When the last test alert was to go out, whether or not it did at once. None: a new table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// It is published, or may be.
    #[serde(default)]
    published: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged: Option<Acknowledged>,
    /// Cases of test alerts that nobody answered, the latest last; the next answer closes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unheard: Vec<CaseId>,
}

/// Who said that the test alert came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub at: Timestamp,
    pub by: String,
}

impl Item for Heartbeat {
    const NAME: &'static str = "heartbeat";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Heartbeat {
    pub fn sent_at(&self) -> Option<Timestamp> {
        self.sent_at
    }

    pub fn published(&self) -> bool {
        self.published
    }

    pub fn acknowledgement(&self) -> Option<&Acknowledged> {
        self.acknowledged.as_ref()
    }

    /// Nobody has answered since a test alert's day was over.
    pub fn is_unheard(&self) -> bool {
        !self.unheard.is_empty()
    }

    /// Cases that end when the test alert is acknowledged. That of the last one is among them, which may be open though
    /// nothing of it is recorded.
    pub fn cases(&self) -> Vec<CaseId> {
        let last = self.sent_at.map(case_id);
        let last = last.filter(|last| !self.unheard.contains(last));
        self.unheard.iter().cloned().chain(last).collect()
    }

    /// A new test alert is to go out.
    pub fn due(&self, now: Timestamp) -> bool {
        self.sent_at.is_none_or(|at| now.since(at) >= EVERY)
    }

    /// To be written before a test alert is published: a new one, or again the one whose publishing failed. None: there is
    /// nothing to publish. A test alert that comes twice does no harm.
    pub fn sent(&self, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.version += 1;
        if !self.due(now) {
            let waits = !self.published && self.acknowledged.is_none();
            return waits.then_some(next);
        }
        next.sent_at = Some(now);
        next.published = false;
        next.acknowledged = None;
        if let Some(case) = self.unheard(now) {
            next.unheard.push(case.id);
            let too_many = next.unheard.len().saturating_sub(CASES_MAX);
            next.unheard.drain(..too_many);
        }
        Some(next)
    }

    /// The test alert that was begun at `sent_at` is out. None: that is known, or another one was begun since.
    pub fn out(&self, sent_at: Option<Timestamp>) -> Option<Self> {
        let news = self.sent_at == sent_at && !self.published;
        news.then(|| Self {
            version: self.version + 1,
            published: true,
            ..self.clone()
        })
    }

    /// Somebody on call got the test alert that was begun at `sent_at`. None: that is known, or it is not the last one.
    pub fn acknowledged(&self, sent_at: Timestamp, by: &str, now: Timestamp) -> Option<Self> {
        let news = self.sent_at == Some(sent_at) && self.acknowledged.is_none();
        news.then(|| Self {
            version: self.version + 1,
            acknowledged: Some(Acknowledged {
                at: now,
                by: by.to_owned(),
            }),
            unheard: Vec::new(),
            ..self.clone()
        })
    }

    /// The next test alert is due and nobody has answered the last one. The case bears the day of that one, and so is
    /// opened once.
    pub fn unheard(&self, now: Timestamp) -> Option<Case> {
        let sent_at = self.sent_at.filter(|_| self.due(now) && self.acknowledged.is_none())?;
        let consequence = wording::alerts_unheard(sent_at);
        let id = case_id(sent_at).to_string();
        Some(Case::without_order(id, Class::AlertsUnheard, now, consequence, None))
    }
}

fn case_id(sent_at: Timestamp) -> CaseId {
    let day = sent_at.seconds().div_euclid(86_400);
    CaseId::new(format!("case_alerts_unheard_{day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const HOUR: Duration = Duration::from_secs(3_600);
    const START: Timestamp = Timestamp(1_795_460_700_000);

    /// Sent and published.
    fn beat(heartbeat: &Heartbeat, now: Timestamp) -> Heartbeat {
        let sent = heartbeat.sent(now).expect("it is due");
        sent.out(Some(now)).expect("it is news")
    }

    #[test]
    fn once_a_day_at_the_same_hour() {
        let heartbeat = beat(&Heartbeat::default(), START);
        for hour in 1..24 {
            assert_eq!(heartbeat.sent(START.plus(HOUR * hour)), None, "{hour}");
        }
        // A run that comes a little early is that day's all the same.
        let early = START.plus(DAY).minus(Duration::from_secs(60));
        assert!(heartbeat.due(early) && heartbeat.sent(early).is_some());
    }

    #[test]
    fn what_was_not_published_comes_again_and_is_still_that_days() {
        let sent = Heartbeat::default().sent(START).expect("it is due");
        let again = sent.sent(START.plus(HOUR)).expect("it was not published");
        assert_eq!((again.sent_at(), again.version), (Some(START), 2));
        let out = again.out(Some(START)).expect("it is news");
        assert_eq!(out.sent(START.plus(HOUR * 2)), None);
        assert_eq!(out.out(Some(START)), None, "that is known");
        assert_eq!(again.out(Some(START.plus(HOUR))), None, "another one");
        let answered = again.acknowledged(START, "operator", START.plus(HOUR));
        let answered = answered.expect("its answer was lost, and it came");
        assert_eq!(answered.sent(START.plus(HOUR * 2)), None);
    }

    #[test]
    fn what_nobody_answers_is_one_case_a_day_until_somebody_does() {
        let mut heartbeat = beat(&Heartbeat::default(), START);
        assert_eq!(heartbeat.unheard(START.plus(HOUR * 20)), None, "there is time");
        assert!(!heartbeat.is_unheard());
        let mut opened = Vec::new();
        for day in 1..=3 {
            let now = START.plus(DAY * day);
            let case = heartbeat.unheard(now).expect("nobody answered");
            assert_eq!(case.order, None);
            assert_eq!(heartbeat.unheard(now.plus(HOUR)).expect("the same").id, case.id);
            assert!(!opened.contains(&case.id));
            opened.push(case.id);
            heartbeat = beat(&heartbeat, now);
            assert!(heartbeat.is_unheard());
        }
        let now = START.plus(DAY * 3);
        assert_eq!(heartbeat.acknowledged(START, "operator", now), None, "an old page");
        assert_eq!(heartbeat.cases()[..3], opened);
        let heard = heartbeat.acknowledged(now, "operator", now.plus(HOUR));
        let heard = heard.expect("it is news");
        assert_eq!(heard.acknowledgement().expect("an answer").by, "operator");
        assert!(!heard.is_unheard());
        assert_eq!(heard.acknowledged(now, "another", now), None, "the first answer stands");
        assert_eq!(heard.unheard(START.plus(DAY * 4)), None);
    }

    #[test]
    fn silence_for_a_year_does_not_grow() {
        let mut heartbeat = Heartbeat::default();
        for day in 0..365 {
            heartbeat = beat(&heartbeat, START.plus(DAY * day));
        }
        assert_eq!(heartbeat.unheard.len(), CASES_MAX);
    }

    #[test]
    fn an_item_is_read_as_it_was_written() {
        let heartbeat = beat(&beat(&Heartbeat::default(), START), START.plus(DAY));
        let written = serde_json::to_string(&heartbeat).expect("JSON");
        assert_eq!(serde_json::from_str::<Heartbeat>(&written).expect("JSON"), heartbeat);
        let first = serde_json::from_str::<Heartbeat>("{\"version\":1}").expect("JSON");
        assert!(first.due(START));
    }
}
