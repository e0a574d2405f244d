//! Alerts that stand: one for each class of cases, however many orders it has. It is raised when the first comes, said
//! again while it goes on, taken to the next level when nobody answers, and over when the last case is closed. One item
//! beside the orders.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Class};
use crate::control::Item;
use crate::heartbeat::Acknowledged;
use crate::money::Money;
use crate::time::{HOUR, Timestamp};

/// For so long after an alert another case of its class is covered by it.
const COVERS: Duration = HOUR;

/// So long the publishing of an alert may take; after it, whoever began it is believed to have died.
const BEING_SAID: Duration = Duration::from_secs(60);

/// A case that is younger has its own alert on its way, and one that was closed may still be listed.
const SETTLED: Duration = Duration::from_secs(600);

/// With so many times the cases that it was said of, it is said again.
const GROWTH: usize = 4;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    pub version: u64,
    #[serde(default)]
    standing: BTreeMap<Class, Standing>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub since: Timestamp,
    /// To the first level.
    said: Said,
    /// To the next level: it covers nothing of what the first has to hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    escalated: Option<Said>,
    /// Of so many cases.
    #[serde(default)]
    cases: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Of so many open cases.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    acknowledged_of: usize,
    /// It has outgrown its acknowledgement since, and somebody has to answer anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anew: Option<Timestamp>,
    /// All its cases are closed, and the word of it is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Said>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_none_of_them(cases: &usize) -> bool {
    *cases == 0
}

/// When it was last said, and how far that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    at: Timestamp,
    stands: Stands,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stands {
    /// Whoever says it is at it, or has died.
    Begun,
    Out,
    /// It is not out, or nobody knows: one alert too many is better than none.
    Failed,
}

/// Open cases of a class, as an alert speaks of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub count: usize,
    pub oldest: Timestamp,
    /// The sentence of the oldest.
    pub consequence: String,
    /// What is at stake, in each currency.
    pub money: Vec<Money>,
    /// None of them belongs to an order, which would raise its own.
    without_order: bool,
    /// Somebody holds every one of them: nobody is to be woken for them.
    held: bool,
    /// Of those of no order: when a hold or the time for one was last over. An order's own reminder says it.
    fell_due: Option<Timestamp>,
}

/// What is to be said of a class now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// For the first time.
    Raised,
    /// Still, or of many more.
    Again,
    /// To the next level: nobody has answered.
    Escalated,
    Over,
}

/// The open cases by their class; `cases` are the oldest first. Nobody is woken to say why money went back.
pub fn open(cases: &[Case], now: Timestamp) -> BTreeMap<Class, Open> {
    let mut classes: BTreeMap<Class, Open> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.class != Class::BecauseMissing) {
        let open = classes.entry(case.class).or_insert_with(|| Open {
            count: 0,
            oldest: case.opened_at,
            consequence: case.consequence.clone(),
            money: Vec::new(),
            without_order: true,
            held: true,
            fell_due: None,
        });
        open.count += 1;
        open.without_order &= case.order.is_none();
        open.held &= case.care.hold(now).is_some();
        if case.order.is_none() {
            open.fell_due = open.fell_due.max(case.care.fell_due(now));
        }
        let Some(more) = case.money else { continue };
        match open.money.iter_mut().find(|money| money.currency == more.currency) {
            Some(money) => money.minor = money.minor.saturating_add(more.minor),
            None => open.money.push(more),
        }
    }
    classes
}

impl Item for Alerts {
    const NAME: &'static str = "alerts";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Alerts {
    pub fn standing(&self) -> &BTreeMap<Class, Standing> {
        &self.standing
    }

    /// An order has a word for operations about a case of this class. Some: it is to be said, once this is written. None:
    /// what stands covers it.
    pub fn occurs(&self, class: Class, now: Timestamp) -> Option<Self> {
        let covered = self.standing.get(&class).is_some_and(|known| known.covers(now));
        (!covered).then(|| self.said(class, 1, now))
    }

    /// What was begun at that time is out, or not, as far as anybody knows. None: something else was said since.
    pub fn ended(&self, class: Class, say: Say, at: Timestamp, out: bool) -> Option<Self> {
        let stands = if out { Stands::Out } else { Stands::Failed };
        let mut next = self.changed(class, |known| {
            let said = match say {
                Say::Raised | Say::Again => Some(&mut known.said),
                Say::Escalated => known.escalated.as_mut(),
                Say::Over => known.over.as_mut(),
            };
            let mine = said.filter(|said| said.at == at && said.stands == Stands::Begun)?;
            mine.stands = stands;
            Some(())
        })?;
        if say == Say::Over && out {
            next.standing.remove(&class);
        }
        Some(next)
    }

    /// The alert of this class is not out yet, as far as anybody knows: the next look at the cases says it.
    pub fn is_owed(&self, class: Class) -> bool {
        self.standing
            .get(&class)
            .is_some_and(|known| known.said.stands != Stands::Out)
    }

    /// Somebody has it, with `cases` open; `from`: they take it over from whoever had it. None: nothing stands, or it is
    /// somebody else's.
    pub fn acknowledged(
        &self,
        class: Class,
        cases: usize,
        (by, from): (&str, Option<&str>),
        now: Timestamp,
    ) -> Option<Self> {
        self.changed(class, |known| {
            let by = by.to_owned();
            let theirs = known.acknowledged.as_ref().map(|answer| answer.by.as_str());
            let free = theirs.is_none_or(|theirs| from == Some(theirs) && theirs != by);
            free.then(|| {
                known.acknowledged = Some(Acknowledged { at: now, by });
                known.acknowledged_of = cases.max(known.cases);
            })
        })
    }

    /// What is to be said of one class, once this is written. `all`: the open cases are all there are; `within`: so soon
    /// somebody has to answer. None: all is said.
    pub fn looked(
        &self,
        open: &BTreeMap<Class, Open>,
        all: bool,
        within: Duration,
        now: Timestamp,
    ) -> Option<(Self, Class, Say)> {
        let stands = |class: &Class| self.standing.get(class).is_some_and(|known| known.over.is_none());
        let raised = open.iter().filter(|(class, _)| !stands(class));
        let raised = raised.filter(|(_, open)| open.without_order || now.since(open.oldest) >= SETTLED);
        let raised = raised.map(|(class, open)| (self.said(*class, open.count, now), *class, Say::Raised));
        let standing = self.standing.iter().filter_map(|(class, known)| match open.get(class) {
            Some(_) if known.over.is_some() => None,
            Some(open) => {
                let say = known.looked(open, within, now)?;
                Some((self.goes_on(*class, open.count, say, now)?, *class, say))
            }
            None => {
                let said = known.over.unwrap_or(known.said);
                let over = all && now.since(said.at) >= SETTLED;
                over.then(|| self.over(*class, now))?
                    .map(|next| (next, *class, Say::Over))
            }
        });
        raised.chain(standing).next()
    }

    /// What is over is another alert when it comes again.
    fn said(&self, class: Class, cases: usize, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.version += 1;
        let known = next.standing.remove(&class).filter(|known| known.over.is_none());
        let mut known = known.unwrap_or_else(|| Standing::new(cases, now));
        known.said = Said::begun(now);
        known.cases = known.cases.max(cases);
        next.standing.insert(class, known);
        next
    }

    fn goes_on(&self, class: Class, cases: usize, say: Say, now: Timestamp) -> Option<Self> {
        match say {
            Say::Escalated => self.changed(class, |known| {
                known.escalated = Some(Said::begun(now));
                Some(())
            }),
            Say::Raised | Say::Again | Say::Over => {
                let mut next = self.said(class, cases, now);
                let known = next.standing.get_mut(&class)?;
                if known.outgrown(cases) {
                    (known.acknowledged, known.escalated, known.anew) = (None, None, Some(now));
                }
                Some(next)
            }
        }
    }

    fn over(&self, class: Class, now: Timestamp) -> Option<Self> {
        self.changed(class, |known| {
            known.over = Some(Said::begun(now));
            Some(())
        })
    }

    fn changed(&self, class: Class, change: impl FnOnce(&mut Standing) -> Option<()>) -> Option<Self> {
        let mut next = self.clone();
        change(next.standing.get_mut(&class)?)?;
        next.version = self.version + 1;
        Some(next)
    }
}

impl Standing {
    fn new(cases: usize, now: Timestamp) -> Self {
        Self {
            since: now,
            said: Said::begun(now),
            escalated: None,
            cases,
            acknowledged: None,
            acknowledged_of: 0,
            anew: None,
            over: None,
        }
    }

    /// When the next level was told.
    pub fn escalated_at(&self) -> Option<Timestamp> {
        self.escalated.map(|said| said.at)
    }

    /// Since when somebody is asked to answer.
    pub fn asked_since(&self) -> Timestamp {
        self.anew.unwrap_or(self.since)
    }

    /// All its cases are closed.
    pub fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// There are so many more than were acknowledged that it is another matter.
    fn outgrown(&self, cases: usize) -> bool {
        self.acknowledged.is_some() && cases >= self.acknowledged_of.max(1).saturating_mul(GROWTH)
    }

    /// What is to be said of it while it has open cases.
    fn looked(&self, open: &Open, within: Duration, now: Timestamp) -> Option<Say> {
        let settled = |said: Said| now.since(said.at) >= SETTLED;
        let escalates = match self.escalated {
            None => self.acknowledged.is_none() && now.since(self.asked_since()) >= within && !open.held,
            Some(said) => said.stands != Stands::Out && settled(said),
        };
        if escalates {
            return Some(Say::Escalated);
        }
        if !settled(self.said) {
            return None;
        }
        let grown = open.count >= self.cases.max(1).saturating_mul(GROWTH) && !open.held;
        let fell_due = open.fell_due.is_some_and(|at| at > self.said.at);
        (self.said.stands != Stands::Out || grown || fell_due).then_some(Say::Again)
    }

    fn covers(&self, now: Timestamp) -> bool {
        if self.over.is_some() {
            return false;
        }
        let lasts = match self.said.stands {
            Stands::Begun => BEING_SAID,
            Stands::Out => COVERS,
            Stands::Failed => Duration::ZERO,
        };
        now.since(self.said.at) < lasts
    }
}

impl Said {
    fn begun(at: Timestamp) -> Self {
        Self {
            at,
            stands: Stands::Begun,
        }
    }
}
