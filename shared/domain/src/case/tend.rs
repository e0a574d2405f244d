//! What people do about a case without deciding it: who has it, what they noted, until when it is held, and by when it
//! must be done.

use serde::{Deserialize, Serialize};

use crate::id::DecisionId;
use crate::time::Timestamp;

/// So many notes a case takes.
pub const NOTES_MAX: usize = 20;
/// Characters of a note.
pub const NOTE_CHARACTERS_MAX: usize = 300;
/// Characters of the name of whoever has it.
pub const NAME_CHARACTERS_MAX: usize = 60;

/// What a person does about a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tend {
    /// Somebody has it: whoever says so, or another by name.
    Assigned {
        to: String,
        /// Whoever had it till then, where it is taken from somebody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// Something that others should know.
    Noted { text: String },
    /// Nothing is to be done about it before that moment, so operations is not reminded.
    Held { until: Timestamp, reason: String },
    /// It is held no more.
    Released,
    /// It must be done by then.
    Due { at: Timestamp },
}

impl Tend {
    pub fn is_note(&self) -> bool {
        match self {
            Self::Noted { .. } => true,
            Self::Assigned { .. } | Self::Held { .. } | Self::Released | Self::Due { .. } => false,
        }
    }
}

/// Who did what about a case, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tending {
    pub at: Timestamp,
    pub by: String,
    pub tend: Tend,
    /// The page's own name for it: the same page twice is one.
    pub decision: DecisionId,
}

/// All that was done about a case, oldest first. Nothing is rewritten: what stands is what was said last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Care {
    log: Vec<Tending>,
}

/// A case that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold<'a> {
    pub until: Timestamp,
    pub reason: &'a str,
    pub by: &'a str,
}

impl Care {
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    pub fn log(&self) -> &[Tending] {
        &self.log
    }

    pub fn notes(&self) -> impl Iterator<Item = &Tending> {
        self.log.iter().filter(|done| done.tend.is_note())
    }

    /// Who has it.
    pub fn owner(&self) -> Option<&str> {
        self.last(|done| match &done.tend {
            Tend::Assigned { to, .. } => Some(to.as_str()),
            Tend::Noted { .. } | Tend::Held { .. } | Tend::Released | Tend::Due { .. } => None,
        })
    }

    /// The last hold that nobody let go, over or not.
    pub fn last_hold(&self) -> Option<Hold<'_>> {
        self.last(|done| match &done.tend {
            Tend::Held { until, reason } => Some(Some(Hold {
                until: *until,
                reason,
                by: &done.by,
            })),
            Tend::Released => Some(None),
            Tend::Assigned { .. } | Tend::Noted { .. } | Tend::Due { .. } => None,
        })
        .flatten()
    }

    /// It is held at this moment.
    pub fn hold(&self, now: Timestamp) -> Option<Hold<'_>> {
        self.last_hold().filter(|hold| hold.until > now)
    }

    /// By when it must be done, and who says so.
    pub fn due(&self) -> Option<(Timestamp, &str)> {
        self.last(|done| match &done.tend {
            Tend::Due { at } => Some((*at, done.by.as_str())),
            Tend::Assigned { .. } | Tend::Noted { .. } | Tend::Held { .. } | Tend::Released => None,
        })
    }

    /// The last moment up to now at which a hold ended or the time for it was up.
    pub fn fell_due(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.last_hold().map(|hold| hold.until);
        let due = self.due().map(|(at, _)| at);
        hold.into_iter().chain(due).filter(|at| *at <= now).max()
    }

    pub(crate) fn and(&self, done: Tending) -> Self {
        let mut next = self.clone();
        next.log.push(done);
        next
    }

    fn last<'a, T>(&'a self, said: impl Fn(&'a Tending) -> Option<T>) -> Option<T> {
        self.log.iter().rev().find_map(said)
    }
}

/// A moment at which an open case becomes worse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub at: Timestamp,
    pub then: Then,
}

/// What happens at a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Held money lapses and cannot be taken any more.
    HoldLapses,
    /// The customer was promised a word.
    CustomerHears,
    /// A person said that it must be done.
    Late { says: String },
}
