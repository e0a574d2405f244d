//! Why something did not work, in four classes. Adapters classify once; only the policy answers.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the policy answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Known not done; the cause will pass.
    Transient,
    /// Known not done; we were asked to slow down.
    Throttled,
    /// Known not done; asking again in the same way will not help.
    Rejected,
    /// May have happened: the reply was lost or says nothing.
    Unknown,
}

impl FailureClass {
    pub const ALL: [Self; 4] = [Self::Transient, Self::Throttled, Self::Rejected, Self::Unknown];

    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Throttled => "throttled",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// The code behind a failure: enough to choose words and a case class, never raw text of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Could not be reached; nothing was sent.
    Unreachable,
    /// Answered that it is out of order.
    Unavailable,
    /// Asked us to slow down.
    TooMany,
    /// Understood and refused.
    Refused,
    /// Our key or token was refused.
    NotAllowed,
    /// Says that the name or the object is already taken.
    Taken,
    /// The e-mail address is not accepted.
    BadAddress,
    /// Says that there is no such thing.
    Missing,
    /// Somebody changed the object between our reading it and our changing it.
    Changed,
    /// No answer came.
    NoAnswer,
    /// Answered with an error after which nothing is certain; Stripe replays it under the same key.
    ServerError,
    /// Answered in a way that we do not understand.
    Garbled,
    /// Our own worker stopped before it could write down what came of it.
    Interrupted,
}

/// A failed attempt, as the domain knows it. The text for the log stays at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub class: FailureClass,
    pub reason: Reason,
    /// The other side asked us to stay away for so long. It becomes the earliest next try at once, and is not remembered.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl Failure {
    pub const fn new(class: FailureClass, reason: Reason) -> Self {
        Self {
            class,
            reason,
            retry_after: None,
        }
    }

    pub const fn unknown(reason: Reason) -> Self {
        Self::new(FailureClass::Unknown, reason)
    }

    /// The same attempt, seen as another class.
    #[must_use]
    pub fn seen_as(self, class: FailureClass) -> Self {
        Self { class, ..self }
    }

    /// As history keeps it: equal failures are one line, however long each asked us to wait.
    #[must_use]
    pub fn remembered(self) -> Self {
        Self::new(self.class, self.reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.class.name(), self.reason)
    }
}
