//! Whose a row is: who decides its cases, who is told of them, and by when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Policy, Row, matter};
use crate::case::{CaseRef, Class};
use crate::notice::Audience;
use crate::time::HOUR;
use crate::work::Subject;

/// Who decides the cases of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Where nothing else is declared.
    #[default]
    Operations,
    Finance,
    CustomerService,
}

impl Owner {
    pub const ALL: [Self; 3] = [Self::Operations, Self::Finance, Self::CustomerService];

    /// By what it is told.
    pub fn audience(self) -> Audience {
        match self {
            Self::Operations => Audience::Ops,
            Self::Finance => Audience::Finance,
            Self::CustomerService => Audience::CustomerService,
        }
    }

    /// Nothing needs to be stored or said of it.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Never to be changed: an order that carries no such time was placed under this.
pub(super) fn told_within() -> u64 {
    HOUR.as_secs()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
pub(super) fn is_told_within(seconds: &u64) -> bool {
    *seconds == told_within()
}

impl Row {
    /// Who decides its cases.
    pub fn owner(&self) -> Owner {
        self.owner.unwrap_or_default()
    }
}

impl Policy {
    /// So soon a message that is about this has reached whom it is for, or a person sees to it.
    pub fn told_within(&self, about: Option<&Subject>) -> Duration {
        let row = about.and_then(matter).and_then(|matter| self.row(matter));
        let own = row.and_then(|row| row.told_within_seconds);
        Duration::from_secs(own.unwrap_or(self.limits.told_within_seconds))
    }

    /// Who decides a case about this.
    pub fn owner(&self, about: Option<&Subject>) -> Owner {
        self.declared_owner(about).unwrap_or_default()
    }

    fn declared_owner(&self, about: Option<&Subject>) -> Option<Owner> {
        self.row(matter(about?)?)?.owner
    }

    /// Who is told of a case when it is opened. A declared owner is told first, whoever else is. The customer is told
    /// where they wait for its end.
    pub fn told_of(&self, case: &CaseRef) -> Vec<Audience> {
        // It only asks for words, which are Finance's, and wakes nobody.
        if case.class == Class::BecauseMissing {
            return vec![Audience::Finance];
        }
        let about = case.subject.as_ref();
        let row = about.and_then(matter).and_then(|matter| self.row(matter));
        let returns = case.class == Class::ReturnStuck && matches!(about, Some(Subject::Return(_)));
        let usual = if returns {
            &self.tell.return_failed
        } else {
            &self.tell.with_person
        };
        let declared = row.map(|row| &row.told).filter(|told| !told.is_empty());
        let customers = case.class.is_the_customers();
        let others = declared.unwrap_or(usual).iter().copied();
        let others = others.filter(|to| customers || *to != Audience::Customer);
        let first = self.declared_owner(about).map(Owner::audience);
        let rest = others.filter(|to| Some(*to) != first);
        first.into_iter().chain(rest).collect()
    }

    /// Who hears again of a case that nobody decides, the customer aside: its owner, where its owner is told at all.
    pub(crate) fn reminded_of(&self, case: &CaseRef) -> Vec<Audience> {
        let owner = self.owner(case.subject.as_ref()).audience();
        let is_declared = self.declared_owner(case.subject.as_ref()).is_some();
        let told = self.told_of(case);
        if case.class == Class::BecauseMissing {
            return told;
        }
        if is_declared || told.contains(&owner) {
            return vec![owner];
        }
        told.into_iter().filter(|to| *to != Audience::Customer).collect()
    }
}
