//! The first-time rule: when the policy answers something for the first time, or for the first time in a new version, whoever
//! owns the row is told that this is new and intended. One item beside the orders; it stops nothing.

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::failure::FailureClass;
use crate::id::OrderId;
use crate::order::Order;
use crate::policy::{Link, Matter, Owner, Row};
use crate::time::Timestamp;
use crate::work::LEASE;

/// What the policy's answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Retry,
    ReadBack,
    Ignore,
    Undo,
    Coordinate,
    UndoAndCoordinate,
    Record,
}

/// A branch of the policy: a row, how it failed, and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub matter: Matter,
    pub class: FailureClass,
    pub answer: Answer,
}

impl Branch {
    pub(crate) fn of(matter: Matter, class: FailureClass, link: Link) -> Self {
        let answer = match link {
            Link::Retry { .. } => Answer::Retry,
            Link::ReadBack { .. } => Answer::ReadBack,
            Link::Ignore => Answer::Ignore,
            Link::Undo => Answer::Undo,
            Link::Coordinate => Answer::Coordinate,
            Link::UndoAndCoordinate => Answer::UndoAndCoordinate,
            Link::Record => Answer::Record,
        };
        Self { matter, class, answer }
    }
}

/// When a branch fired first under its latest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    pub branch: Branch,
    /// The version of the policy.
    pub policy: u32,
    #[serde(default, skip_serializing_if = "Owner::is_usual")]
    pub owner: Owner,
    pub order: OrderId,
    pub at: Timestamp,
    /// When a run began to say so; a run that died is made good by a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun_at: Option<Timestamp>,
    /// It was said, or may have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Timestamp>,
}

/// Every branch that ever fired, once: so many at most as the policy has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firsts {
    pub version: u64,
    firsts: Vec<First>,
}

impl Item for Firsts {
    const NAME: &'static str = "firsts";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Firsts {
    /// In the order in which they fired.
    pub fn all(&self) -> &[First] {
        &self.firsts
    }

    /// The order's policy answered so. None: that is known of its version, or of a later one.
    pub fn fired(&self, branch: Branch, order: &Order, now: Timestamp) -> Option<Self> {
        let policy = order.policy.version;
        let known = self.firsts.iter().find(|first| first.branch == branch);
        if known.is_some_and(|first| first.policy >= policy) {
            return None;
        }
        let mut next = self.anew();
        next.firsts.retain(|first| first.branch != branch);
        next.firsts.push(First {
            branch,
            policy,
            owner: order.policy.row(branch.matter).map(Row::owner).unwrap_or_default(),
            order: order.id.clone(),
            at: now,
            begun_at: None,
            told: None,
        });
        Some(next)
    }

    /// What is to be said to one of the owners now. To be written before it is said, so that of two runs at once one says
    /// it. None: nothing, or somebody is at it.
    pub fn begun(&self, now: Timestamp) -> Option<(Self, Owner, Vec<First>)> {
        let free = |first: &First| {
            let at_work = first.begun_at.is_some_and(|begun| now.since(begun) < LEASE);
            first.told.is_none() && !at_work
        };
        let owner = self.firsts.iter().find(|first| free(first))?.owner;
        let mut next = self.anew();
        let mine = next
            .firsts
            .iter_mut()
            .filter(|first| first.owner == owner && free(first));
        let said = mine.map(|first| {
            first.begun_at = Some(now);
            first.clone()
        });
        let said = said.collect();
        Some((next, owner, said))
    }

    /// These were said, or may have been: they are not said again. None: that is known.
    pub fn told(&self, said: &[First], now: Timestamp) -> Option<Self> {
        let mut next = self.anew();
        let mut news = false;
        for first in next.firsts.iter_mut().filter(|first| said.contains(first)) {
            first.begun_at = None;
            first.told = Some(now);
            news = true;
        }
        news.then_some(next)
    }

    fn anew(&self) -> Self {
        Self {
            version: self.version + 1,
            firsts: self.firsts.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::story::Story;

    const UNDO: Branch = Branch {
        matter: Matter::Capture,
        class: FailureClass::Rejected,
        answer: Answer::Undo,
    };

    fn under(version: u32) -> Order {
        let mut order = Story::paid().order;
        let mut policy = (*order.policy).clone();
        policy.version = version;
        order.policy = policy.into();
        order
    }

    #[test]
    fn a_branch_fires_first_once_in_each_version() {
        let (now, later) = (Timestamp(1_000), Timestamp(2_000));
        let firsts = Firsts::default().fired(UNDO, &under(2), now).expect("the first");
        assert_eq!(firsts.fired(UNDO, &under(2), later), None);
        assert_eq!(firsts.fired(UNDO, &under(1), later), None, "an older order");
        let retry = Branch {
            answer: Answer::Retry,
            ..UNDO
        };
        assert!(firsts.fired(retry, &under(2), later).is_some());
        let firsts = firsts.fired(UNDO, &under(3), later).expect("a new version");
        assert_eq!(firsts.all().len(), 1, "it does not grow with versions");
        assert_eq!(firsts.fired(UNDO, &under(2), later), None);
    }

    #[test]
    fn of_two_runs_at_once_one_says_it_and_a_dead_one_is_made_good() {
        let now = Timestamp(1_000);
        let firsts = Firsts::default().fired(UNDO, &under(1), now).expect("the first");
        let (begun, owner, said) = firsts.begun(now).expect("due");
        assert_eq!((owner, said.len()), (Owner::Operations, 1));
        assert_eq!(begun.begun(now), None);
        let (again, _, said) = begun.begun(now.plus(LEASE)).expect("the first run died");
        let told = again.told(&said, now).expect("news");
        assert_eq!(told.begun(now.plus(LEASE * 9)), None);
        assert_eq!(told.told(&said, now), None, "that is known");
    }

    #[test]
    fn what_fires_under_a_new_version_while_the_old_is_said_is_said_too() {
        let now = Timestamp(1_000);
        let firsts = Firsts::default().fired(UNDO, &under(1), now).expect("the first");
        let (begun, _, said) = firsts.begun(now).expect("due");
        let anew = begun.fired(UNDO, &under(2), now).expect("a new version");
        assert_eq!(anew.told(&said, now), None);
        assert!(anew.begun(now).is_some());
    }
}
