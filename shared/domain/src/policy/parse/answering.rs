//! The same table with another answer, for whoever wants to see what it would come to. What the file may not say may not
//! be tried either.

use std::sync::Arc;

use super::{check, usual};
use crate::failure::FailureClass;
use crate::policy::{Chain, Matter, Policy};

impl Policy {
    /// The table in which `chain` answers this failure.
    ///
    /// # Errors
    /// As the file's own refusal: what is wrong, and what to write instead.
    pub fn answering(&self, matter: Matter, class: FailureClass, chain: &str) -> Result<Self, String> {
        let read = Chain::try_from(chain.to_owned()).map_err(|no| no.to_string())?;
        check(matter, class, &read)?;
        let row = self
            .row(matter)
            .ok_or_else(|| format!("nothing is said about \"{}\"", matter.name()))?;
        let mut row = row.clone();
        match class {
            FailureClass::Transient => row.transient = read,
            FailureClass::Throttled => row.throttled = read,
            FailureClass::Rejected => row.rejected = read,
            FailureClass::Unknown => row.unknown = read,
        }
        let mut policy = self.clone();
        policy.rows.insert(matter, Arc::new(row));
        Ok(policy)
    }
}

/// The chain that tries for a day, as the file's refusals advise it.
pub fn for_a_day(matter: Matter, class: FailureClass) -> &'static str {
    usual(matter, class)
}
