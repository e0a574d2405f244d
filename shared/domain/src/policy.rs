//! The declared table: step x failure class -> chain of recourses. Code, pages, alarms and drill read this one.

mod deadlines;
mod owner;
mod parse;
mod refusal;
mod rules;
mod sold;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::failure::FailureClass;
use crate::notice::Audience;
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Subject;

pub use deadlines::Deadlines;
pub use owner::Owner;
pub use parse::{for_a_day, parse};
pub use refusal::Refusal;

/// What a row of the table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Matter {
    Step(Step),
    Capture,
    ReturnMoney,
    Revoke,
    /// A mail to customer, Finance or Customer Service.
    Tell,
    /// An alert to ops.
    Alert,
    /// An announcement to other systems.
    Announce,
}

impl Matter {
    /// The row that answers for a message to them that could not be sent.
    pub fn of_notice(to: Audience) -> Self {
        match to {
            Audience::Ops => Self::Alert,
            Audience::Systems => Self::Announce,
            Audience::Customer | Audience::Finance | Audience::CustomerService => Self::Tell,
        }
    }

    /// What every policy answers; a signed step's row stands beside them.
    pub const ALWAYS: [Self; 9] = [
        Self::Step(Step::Account),
        Self::Step(Step::Team),
        Self::Step(Step::Membership),
        Self::Capture,
        Self::ReturnMoney,
        Self::Revoke,
        Self::Tell,
        Self::Alert,
        Self::Announce,
    ];

    pub fn name(&self) -> &str {
        match self {
            Self::Step(step) => step.name(),
            Self::Capture => "capture",
            Self::ReturnMoney => "return_money",
            Self::Revoke => "revoke",
            Self::Tell => "tell",
            Self::Alert => "alert",
            Self::Announce => "announce",
        }
    }
}

impl From<Matter> for String {
    fn from(matter: Matter) -> Self {
        matter.name().to_owned()
    }
}

impl TryFrom<String> for Matter {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let known = Self::ALWAYS.into_iter().find(|matter| matter.name() == word);
        known.map_or_else(|| Step::parse(&word).map(Self::Step), Ok)
    }
}

/// One answer in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Try again until the subject is this old; from `case_after` on with a case, so that a person knows.
    Retry {
        age_max: Duration,
        case_after: Option<Duration>,
    },
    /// Ask what there is, then go on; until the subject is this old.
    ReadBack {
        age_max: Duration,
        case_after: Option<Duration>,
    },
    Ignore,
    Undo,
    Coordinate,
    /// Enter the undo, with a case from the start.
    UndoAndCoordinate,
    /// Only for notices: written down as unknown, since telling twice is worse.
    Record,
}

/// Tried from left to right; the last one cannot fail silently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chain(Vec<Link>);

impl Chain {
    pub fn links(&self) -> &[Link] {
        &self.0
    }

    /// The ages at which another answer than before is due.
    pub fn turns(&self) -> impl Iterator<Item = Duration> {
        self.0.iter().flat_map(|link| match link {
            Link::Retry { age_max, case_after } | Link::ReadBack { age_max, case_after } => {
                [*case_after, Some(*age_max)].into_iter().flatten().collect()
            }
            Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => Vec::new(),
        })
    }

    /// The answer for a subject that was first tried `age` ago.
    pub fn answer(&self, age: Duration) -> Link {
        let alive = |link: &&Link| match link {
            Link::Retry { age_max, .. } | Link::ReadBack { age_max, .. } => age < *age_max,
            Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => true,
        };
        self.0.iter().find(alive).copied().unwrap_or(Link::Coordinate)
    }

    /// How long it goes on before anybody knows.
    fn silent(&self) -> Duration {
        let cases = self.0.iter().find_map(|link| match link {
            Link::Retry { case_after, .. } | Link::ReadBack { case_after, .. } => *case_after,
            Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => None,
        });
        cases.unwrap_or(self.end().0)
    }

    /// The times for which it is tried or asked.
    fn times(&self) -> impl Iterator<Item = Duration> {
        self.0.iter().filter_map(|link| match link {
            Link::Retry { age_max, .. } | Link::ReadBack { age_max, .. } => Some(*age_max),
            Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => None,
        })
    }

    fn undoes(&self) -> bool {
        self.0.iter().any(|link| match link {
            Link::Undo | Link::UndoAndCoordinate => true,
            Link::Retry { .. } | Link::ReadBack { .. } | Link::Ignore | Link::Coordinate | Link::Record => false,
        })
    }

    /// From which age on nothing is tried any more, and what is done then.
    pub fn end(&self) -> (Duration, Link) {
        let mut until = Duration::ZERO;
        for link in &self.0 {
            match link {
                Link::Retry { age_max, .. } | Link::ReadBack { age_max, .. } => until = until.max(*age_max),
                Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => {
                    return (until, *link);
                }
            }
        }
        (until, Link::Coordinate)
    }
}

/// The answers of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub transient: Chain,
    pub throttled: Chain,
    pub rejected: Chain,
    pub unknown: Chain,
    /// Who decides its cases; none: operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Who is told of its cases, in place of whoever is told of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Audience>,
    /// What this step makes cannot be taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_good: bool,
    /// So many orders in a day may have messages left unsent before a person knows; none: [`IGNORED_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored_max: Option<u32>,
    /// So soon whoever must be told of its cases and its money has been; none: [`Limits::told_within_seconds`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_within_seconds: Option<u64>,
}

/// Orders whose messages may be left unsent in a day, where nothing else is declared.
const IGNORED_MAX: u32 = 20;

impl Row {
    pub fn chain(&self, class: FailureClass) -> &Chain {
        match class {
            FailureClass::Transient => &self.transient,
            FailureClass::Throttled => &self.throttled,
            FailureClass::Rejected => &self.rejected,
            FailureClass::Unknown => &self.unknown,
        }
    }

    /// How long any of its chains goes on before anybody knows.
    fn silent(&self) -> Duration {
        let chains = FailureClass::ALL.into_iter().map(|class| self.chain(class).silent());
        chains.max().unwrap_or_default()
    }

    fn turns(&self) -> impl Iterator<Item = Duration> {
        let chains = FailureClass::ALL.into_iter().map(|class| self.chain(class));
        chains.flat_map(Chain::turns)
    }
}

/// How long to wait, and for how long to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds before the second, third, ... attempt; the last one repeats.
    pub waits_seconds: Vec<u64>,
    /// Waits are lengthened by up to this much, so that orders do not knock together.
    pub jitter_percent: u16,
    /// H: how long after its intent a create may still land (a frozen caller plus the provider's own late effects).
    pub look_for_seconds: u64,
    /// Money goes back by then although what was made could not be taken back yet.
    pub money_back_after_seconds: u64,
    /// A Session nobody spoke of is asked about after this, and again each time.
    pub ask_session_after_seconds: u64,
    /// A refund that Stripe has, and that is not final, is asked about this often.
    pub ask_return_every_seconds: u64,
    /// A refund that is not final by then is a person's to look at.
    pub refund_final_within_seconds: u64,
    /// A case that nobody has decided is said again after this, and each time after twice as long.
    pub remind_after_seconds: u64,
    /// How long an order may stand where it stands.
    #[serde(default, skip_serializing_if = "Deadlines::is_usual")]
    pub deadlines: Deadlines,
    /// So soon a message about money or a case has reached whom it is for, or a person sees to it.
    #[serde(default = "owner::told_within", skip_serializing_if = "owner::is_told_within")]
    pub told_within_seconds: u64,
}

/// Who is told at each end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellWhom {
    pub delivered: Vec<Audience>,
    pub returned: Vec<Audience>,
    pub return_failed: Vec<Audience>,
    pub with_person: Vec<Audience>,
}

/// The table, as a whole or as frozen into an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub version: u32,
    pub limits: Limits,
    pub tell: TellWhom,
    rows: BTreeMap<Matter, Arc<Row>>,
}

impl Policy {
    pub fn row(&self, matter: Matter) -> Option<&Row> {
        self.rows.get(&matter).map(Arc::as_ref)
    }

    pub fn rows(&self) -> impl Iterator<Item = (Matter, &Row)> {
        self.rows.iter().map(|(matter, row)| (*matter, row.as_ref()))
    }

    /// So many orders in a day may have messages of this kind left unsent before a person knows.
    pub fn ignored_max(&self, matter: Matter) -> usize {
        let declared = self.row(matter).and_then(|row| row.ignored_max);
        usize::try_from(declared.unwrap_or(IGNORED_MAX)).unwrap_or(usize::MAX)
    }

    /// The steps that it answers for.
    pub fn steps(&self) -> Vec<Step> {
        let step = |matter: &Matter| match matter {
            Matter::Step(step) => Some(*step),
            Matter::Capture
            | Matter::ReturnMoney
            | Matter::Revoke
            | Matter::Tell
            | Matter::Alert
            | Matter::Announce => None,
        };
        self.rows.keys().filter_map(step).collect()
    }

    /// Only what an order with these steps can meet: what it carries is what it started under.
    #[must_use]
    pub fn frozen_for(&self, steps: &[Step]) -> Self {
        let of_other_step = |matter: Matter| match matter {
            Matter::Step(step) => !steps.contains(&step),
            Matter::Capture
            | Matter::ReturnMoney
            | Matter::Revoke
            | Matter::Tell
            | Matter::Alert
            | Matter::Announce => false,
        };
        let rows = self.rows.iter().filter(|(matter, _)| !of_other_step(**matter));
        Self {
            version: self.version,
            limits: self.limits.clone(),
            tell: self.tell.clone(),
            rows: rows.map(|(matter, row)| (*matter, row.clone())).collect(),
        }
    }

    /// The answer to a failure of `class` after `age`. A matter that the table does not know goes to a person; that an
    /// order from before there were announcements could not be announced is nobody's case.
    pub fn answer(&self, matter: Matter, class: FailureClass, age: Duration) -> Link {
        match (self.row(matter), matter) {
            (Some(row), _) => row.chain(class).answer(age),
            (None, Matter::Announce) => Link::Ignore,
            (
                None,
                Matter::Step(_) | Matter::Capture | Matter::ReturnMoney | Matter::Revoke | Matter::Tell | Matter::Alert,
            ) => Link::Coordinate,
        }
    }

    /// When the subject may be tried again after its `count`-th attempt failed now.
    pub fn next_at(&self, count: u32, now: Timestamp, jitter: u16) -> Timestamp {
        let waits = &self.limits.waits_seconds;
        let at = usize::try_from(count.saturating_sub(1))
            .unwrap_or(usize::MAX)
            .min(waits.len().saturating_sub(1));
        let wait = Duration::from_secs(waits.get(at).copied().unwrap_or(60));
        now.plus(self.lengthened(wait, jitter))
    }

    /// So that orders do not knock together.
    pub(crate) fn lengthened(&self, wait: Duration, jitter: u16) -> Duration {
        let spread = u32::from(self.limits.jitter_percent) * u32::from(jitter.min(999)) / 1_000;
        wait.saturating_mul(100 + spread) / 100
    }

    pub fn look_for(&self) -> Duration {
        Duration::from_secs(self.limits.look_for_seconds)
    }

    pub fn refund_final_within(&self) -> Duration {
        Duration::from_secs(self.limits.refund_final_within_seconds)
    }

    /// The longest that anything may be tried or looked for before another answer is due.
    pub fn longest(&self) -> Duration {
        self.rows.values().flat_map(|row| row.turns()).max().unwrap_or_default()
    }

    /// An answer that is due is given at the next try, so much later at most.
    pub fn late_by(&self) -> Duration {
        let longest = self.limits.waits_seconds.iter().max().copied().unwrap_or_default();
        self.lengthened(Duration::from_secs(longest), 999)
    }

    pub fn remind_after(&self) -> Duration {
        Duration::from_secs(self.limits.remind_after_seconds)
    }

    pub fn money_back_after(&self) -> Duration {
        Duration::from_secs(self.limits.money_back_after_seconds)
    }
}

/// The row that answers for a subject.
pub fn matter(subject: &Subject) -> Option<Matter> {
    match subject {
        Subject::Step(step) => Some(Matter::Step(*step)),
        Subject::Revoke(_) => Some(Matter::Revoke),
        Subject::Return(_) | Subject::Annotate(_) => Some(Matter::ReturnMoney),
        Subject::Capture(_) => Some(Matter::Capture),
        Subject::Undo | Subject::Payment(_) | Subject::Session | Subject::Audit(_) => None,
        Subject::Notice(_) => Some(Matter::Tell),
    }
}

#[cfg(test)]
mod tests;
