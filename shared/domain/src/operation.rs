//! One word of a person about many cases of a class: one after the other is decided, with progress, until all are done or
//! somebody stops it. One item beside the orders.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::because::Code;
use crate::case::{Choice, Class, Word};
use crate::control::Item;
use crate::id::{CaseId, DecisionId, OrderId};
use crate::time::Timestamp;

/// So many cases at most: the item stays small, and a person can read the list.
pub const CASES_MAX: usize = 100;

/// A case as the person saw it: its order at that version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub case: CaseId,
    pub order: OrderId,
    pub seen: u64,
}

/// What became of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Decided,
    /// It had changed since, or could not be chosen any more: it stays with people.
    Left,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The name of the decision: that of each case is made of it.
    pub id: DecisionId,
    pub choice: Choice,
    pub by: String,
    /// In which they said it, by its name.
    pub role: Cow<'static, str>,
    pub reason: String,
    pub code: Code,
    pub began_at: Timestamp,
    /// Still to be decided.
    pub waiting: Vec<Target>,
    #[serde(default)]
    pub decided: usize,
    /// Those that were left as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<CaseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// When the last of them was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub at: Timestamp,
    pub by: String,
}

/// The latest operation of each class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    pub version: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    latest: BTreeMap<Class, Operation>,
}

impl Item for Operations {
    const NAME: &'static str = "operations";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Operation {
    pub fn runs(&self) -> bool {
        self.stopped.is_none() && !self.waiting.is_empty()
    }

    /// All that it was begun for.
    pub fn cases(&self) -> usize {
        self.decided + self.left.len() + self.waiting.len()
    }

    /// What is said about one of its cases. The same case twice is one decision.
    pub fn word(&self, case: &CaseId) -> Word {
        Word {
            by: self.by.clone(),
            role: self.role.clone(),
            reason: self.reason.clone(),
            code: self.code,
            decision: DecisionId::new(format!("{}_{case}", self.id)),
        }
    }
}

impl Operations {
    pub fn of(&self, class: Class) -> Option<&Operation> {
        self.latest.get(&class)
    }

    /// The same page sent twice begins once.
    ///
    /// # Errors
    /// In words, when one of this class is at work.
    pub fn begun(&self, class: Class, operation: Operation) -> Result<Option<Self>, &'static str> {
        match self.latest.get(&class) {
            Some(known) if known.id == operation.id => return Ok(None),
            Some(known) if known.runs() => return Err("somebody's word about this class is still being carried out"),
            Some(_) | None => {}
        }
        let mut next = self.clone();
        next.version += 1;
        next.latest.insert(class, operation);
        Ok(Some(next))
    }

    /// The next case of any operation that runs, but for these.
    pub fn next(&self, but: &BTreeSet<CaseId>) -> Option<(Class, &Operation, &Target)> {
        let runs = self.latest.iter().filter(|(_, operation)| operation.runs());
        let mut next = runs.filter_map(|(class, operation)| {
            let mut waiting = operation.waiting.iter();
            let target = waiting.find(|target| !but.contains(&target.case))?;
            Some((*class, operation, target))
        });
        next.next()
    }

    /// This case of this operation is done. None: somebody else said so already.
    pub fn done(&self, class: Class, id: &DecisionId, case: &CaseId, became: Became, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.version += 1;
        let operation = next.latest.get_mut(&class).filter(|known| known.id == *id)?;
        let at = operation.waiting.iter().position(|target| target.case == *case)?;
        operation.waiting.remove(at);
        match became {
            Became::Decided => operation.decided += 1,
            Became::Left => operation.left.push(case.clone()),
        }
        if operation.waiting.is_empty() {
            operation.ended_at = Some(now);
        }
        Some(next)
    }

    /// What is not decided yet stays as it is. None: nothing runs.
    pub fn stopped(&self, class: Class, by: &str, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        next.version += 1;
        let operation = next.latest.get_mut(&class).filter(|known| known.runs())?;
        operation.stopped = Some(Stopped {
            at: now,
            by: by.to_owned(),
        });
        Some(next)
    }
}
