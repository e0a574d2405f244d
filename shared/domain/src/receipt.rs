//! What came true in other systems.

mod step;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::id::ObjectId;
use crate::time::Timestamp;
use crate::work::Attempt;

pub use step::{Step, StepName};

/// Did this order make it, or was it there before? Undo takes back only what was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Made,
    Found,
}

/// One object in another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub step: Step,
    pub object: ObjectId,
    pub origin: Origin,
    pub at: Timestamp,
    /// The step already had another object when this one turned up: it is taken back in every state.
    pub surplus: bool,
    /// Taken back then. A revoked object is remembered, so that no stale answer brings it back.
    pub revoked_at: Option<Timestamp>,
    /// A person decided to leave it standing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

impl Receipt {
    pub fn stands(&self) -> bool {
        self.revoked_at.is_none()
    }
}

/// A create without a definite answer: the object may exist, or may still come to exist until `look_until`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncertain {
    pub step: Step,
    /// The create that has no answer.
    pub attempt: Attempt,
    pub since: Timestamp,
    /// Only an answer to a question asked after this moment may say "there is none".
    pub look_until: Timestamp,
    /// The provider refused after an earlier unknown: if there is none, this refusal stands.
    pub refusal: Option<Failure>,
}
