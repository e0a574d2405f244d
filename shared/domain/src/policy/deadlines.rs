//! How long an order may stand where it stands before a person knows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Matter, Policy};
use crate::order::State;
use crate::time::DAY;

/// One for each state that is no end and has no word of its own: a refund that is not final is a case after
/// `refund_final_within`, and what a person holds is said again after `remind_after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deadlines {
    pub payment_pending_seconds: u64,
    pub delivering_seconds: u64,
    pub capturing_seconds: u64,
    pub undoing_seconds: u64,
}

/// Never to be changed: an order that carries no deadlines was placed under these.
impl Default for Deadlines {
    fn default() -> Self {
        let days = |days: u32| (DAY * days).as_secs();
        Self {
            payment_pending_seconds: days(14),
            delivering_seconds: days(2),
            capturing_seconds: days(5),
            undoing_seconds: days(2),
        }
    }
}

impl Deadlines {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// None: the state is an end, or has a word of its own.
    pub fn of(&self, state: &State) -> Option<Duration> {
        let seconds = match state {
            State::PaymentPending { .. } => self.payment_pending_seconds,
            State::Delivering { .. } => self.delivering_seconds,
            State::Capturing { .. } => self.capturing_seconds,
            State::Undoing { .. } => self.undoing_seconds,
            State::AwaitingPayment
            | State::Delivered { .. }
            | State::Returning { .. }
            | State::Undone { .. }
            | State::WithPerson { .. }
            | State::Closed { .. } => return None,
        };
        Some(Duration::from_secs(seconds))
    }
}

/// A deadline that comes before its own chains are through: it would call a person to what goes on as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TooEarly {
    pub(super) key: &'static str,
    pub(super) matter: Matter,
    /// So long the chain may go on without anybody's knowing.
    pub(super) silent: Duration,
}

impl Policy {
    /// The first deadline that contradicts a chain.
    pub(super) fn too_early(&self) -> Option<TooEarly> {
        let Deadlines {
            delivering_seconds,
            capturing_seconds,
            undoing_seconds,
            ..
        } = self.limits.deadlines;
        let steps = self.steps().into_iter().map(Matter::Step);
        let forward = steps.map(|step| ("delivering", delivering_seconds, step));
        let forward = forward.chain([("capturing", capturing_seconds, Matter::Capture)]);
        let back = [Matter::Revoke, Matter::ReturnMoney].map(|matter| ("undoing", undoing_seconds, matter));
        forward.chain(back).find_map(|(key, seconds, matter)| {
            let silent = self.row(matter)?.silent() + self.late_by();
            (Duration::from_secs(seconds) < silent).then_some(TooEarly { key, matter, silent })
        })
    }
}
