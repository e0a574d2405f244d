//! What comes of a play.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::case::Class;
use crate::notice::Audience;
use crate::policy::Owner;

/// Where the order's money is, as Stripe will say, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    pub captured: i64,
    pub returned: i64,
    /// The bank gave it back to the customer.
    pub lost: i64,
    pub held: i64,
    /// The bank has it until it decides.
    pub disputed: i64,
}

/// A message that somebody gets, so long after the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub to: Audience,
    pub after: Duration,
    pub subject: String,
}

/// What comes of a play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub money: Stand,
    /// Money is owed back, and nobody has sent it.
    pub owed: bool,
    /// Why money goes back.
    pub because: Option<String>,
    /// And it was this system that sent it.
    pub is_ours: bool,
    pub said: Vec<Said>,
    pub cases: Vec<(Class, Duration)>,
    /// Who decides them.
    pub decides: BTreeMap<Class, Owner>,
    /// The headline of the customer's page while it is tried, where that takes longer than usual.
    pub meanwhile: Option<String>,
    /// The same when it has come about.
    pub reads: String,
    /// Steps that are there then.
    pub there: usize,
    /// All this comes at its time or so much later: at the next try.
    pub late_by: Duration,
}

impl Outcome {
    /// The money that the order stood on has gone back, or is no more held.
    pub fn is_undone(&self) -> bool {
        let Stand {
            captured,
            returned,
            held,
            ..
        } = self.money;
        self.because.is_some() && held == 0 && captured == returned
    }

    /// What it adds to another: a reader of the one knows the other.
    #[must_use]
    pub fn beyond(&self, known: &Self) -> Self {
        let new = |said: &&Said| {
            !known
                .said
                .iter()
                .any(|known| (known.to, &known.subject) == (said.to, &said.subject))
        };
        Self {
            said: self.said.iter().filter(new).cloned().collect(),
            cases: self
                .cases
                .iter()
                .filter(|(class, _)| !known.cases.iter().any(|known| known.0 == *class))
                .copied()
                .collect(),
            ..self.clone()
        }
    }
}
