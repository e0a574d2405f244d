//! What failed in a run over many, for the log.

use std::fmt::Display;

use crate::ports::Trouble;

/// A few say what is wrong with all.
const NAMED_MAX: usize = 5;

/// What failed, and why: the first few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(Vec<(String, String)>);

impl Failures {
    pub(crate) fn add(&mut self, of: &impl Display, trouble: &Trouble) {
        if self.0.len() < NAMED_MAX {
            self.0.push((of.to_string(), trouble.to_string()));
        }
    }

    /// Of what, and why.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(of, why)| (of.as_str(), why.as_str()))
    }
}
