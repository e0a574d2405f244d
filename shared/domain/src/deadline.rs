//! How long an order has stood where it stands, and whether a person should know.

use crate::case::{CaseRef, Resolved};
use crate::order::Order;
use crate::time::Timestamp;

impl Order {
    /// From then on it has stood for longer than its policy allows. None: it is at an end, or a person knows of it
    /// already. What waits for the brake is asked about there, once for all.
    pub fn stands_until(&self) -> Option<Timestamp> {
        let mut open = self.cases.iter().filter(|case| case.resolved.is_none());
        let known = open.any(|case| !case.class.is_about_words()) || self.waits_at_the_brake();
        if known { None } else { self.allowed_until() }
    }

    /// The same, whoever knows of it.
    pub(crate) fn allowed_until(&self) -> Option<Timestamp> {
        let allowed = self.policy.limits.deadlines.of(&self.state)?;
        let since = self.state.since()?;
        // Whoever decided something knew of it: it has its time afresh.
        let cases = self.cases.iter().filter(|case| !case.class.is_about_words());
        let decided = cases.filter_map(decided_at).max();
        Some(decided.map_or(since, |at| at.max(since)).plus(allowed))
    }

    pub fn stands_too_long(&self, now: Timestamp) -> bool {
        self.stands_until().is_some_and(|until| now >= until)
    }
}

fn decided_at(case: &CaseRef) -> Option<Timestamp> {
    match case.resolved.as_ref()? {
        Resolved::Decided { at, .. } => Some(*at),
        Resolved::Healed { .. } => None,
    }
}
