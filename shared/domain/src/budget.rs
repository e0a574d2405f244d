//! The budget of what may be left unsent without a person's knowing: mails, alerts, and announcements to other systems. One
//! item beside the orders, like the brake; it stops nothing and counts. How much it is, the policy says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::brake::Place;
use crate::case::{Case, Class};
use crate::control::Item;
use crate::id::OrderId;
use crate::notice::Audience;
use crate::policy::Matter;
use crate::time::Timestamp;
use crate::wording;

const WITHIN: Duration = Duration::from_secs(86_400);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub version: u64,
    /// Orders that were not announced lately: one more than the budget at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given_up: Vec<Place>,
    /// The same of mails, and of alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mails: Vec<Place>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alerts: Vec<Place>,
}

/// What an order of which something could not be told makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// To be written; none: this order is counted, or so many are that it makes no difference.
    pub write: Option<Budget>,
    /// To be opened: a day's case has a day's id, and so is opened once.
    pub case: Option<Case>,
}

impl Item for Budget {
    const NAME: &'static str = "budget";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Budget {
    /// Something of this kind about the order was left unsent; of `orders_max` orders in a day it is nobody's case.
    pub fn spend(&self, kind: Ignored, order: &OrderId, orders_max: usize, now: Timestamp) -> Spent {
        let mut next = self.clone();
        next.version += 1;
        let places = match kind {
            Ignored::Mail => &mut next.mails,
            Ignored::Alert => &mut next.alerts,
            Ignored::Announcement => &mut next.given_up,
        };
        places.retain(|place| now.since(place.at) < WITHIN);
        let known = places.iter().any(|place| place.order == *order);
        let counts = !known && places.len() <= orders_max;
        if counts {
            places.push(Place {
                order: order.clone(),
                at: now,
            });
        }
        let orders = places.len();
        Spent {
            case: (orders > orders_max).then(|| case(kind, orders, now)),
            write: counts.then_some(next),
        }
    }
}

/// What can be left unsent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    Mail,
    Alert,
    Announcement,
}

impl Ignored {
    pub fn of(to: Audience) -> Self {
        match to {
            Audience::Customer | Audience::Finance | Audience::CustomerService => Self::Mail,
            Audience::Ops => Self::Alert,
            Audience::Systems => Self::Announcement,
        }
    }

    /// The row that answers for it.
    pub fn matter(self) -> Matter {
        match self {
            Self::Mail => Matter::Tell,
            Self::Alert => Matter::Alert,
            Self::Announcement => Matter::Announce,
        }
    }
}

fn case(kind: Ignored, orders: usize, now: Timestamp) -> Case {
    let (what, class, consequence) = match kind {
        Ignored::Mail => ("mails_unsent", Class::LeftUntold, wording::left_untold(false, orders)),
        Ignored::Alert => ("alerts_unsent", Class::LeftUntold, wording::left_untold(true, orders)),
        Ignored::Announcement => ("not_announced", Class::NotAnnounced, wording::not_announced(orders)),
    };
    let day = now.seconds().div_euclid(86_400);
    Case::without_order(format!("case_{what}_{day}"), class, now, consequence, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(budget: &mut Budget, number: u32, now: i64) -> Option<Case> {
        spend_of(budget, Ignored::Announcement, number, now)
    }

    fn spend_of(budget: &mut Budget, kind: Ignored, number: u32, now: i64) -> Option<Case> {
        let spent = budget.spend(kind, &OrderId::new(format!("ord_{number}")), 3, Timestamp(now));
        *budget = spent.write.unwrap_or(budget.clone());
        spent.case
    }

    #[test]
    fn a_few_are_nobodys_case_and_more_are_one_a_day() {
        let mut budget = Budget::default();
        for number in [1, 2, 3, 3, 2, 1] {
            assert_eq!(spend(&mut budget, number, 1_000), None, "an order counts once");
        }
        let case = spend(&mut budget, 4, 2_000).expect("the fourth is one too many");
        assert!(case.consequence.contains("4 orders"), "{}", case.consequence);
        assert_eq!(case.order, None);
        // Whoever comes later asks for the same case, should the first have died before it was opened.
        for number in 5..100 {
            assert_eq!(spend(&mut budget, number, 3_000).expect("the same").id, case.id);
        }
        assert_eq!(budget.given_up.len(), 4, "it does not grow");
        let day = 86_400_000;
        assert_eq!(
            spend(&mut budget, 100, day + 3_000),
            None,
            "the next day has its own budget"
        );
        for number in 101..103 {
            assert_eq!(spend(&mut budget, number, day + 4_000), None);
        }
        let next = spend(&mut budget, 104, day + 5_000).expect("too many again");
        assert_ne!(next.id, case.id);
    }

    #[test]
    fn each_kind_has_its_own_budget_and_its_own_case() {
        let mut budget = Budget::default();
        let kinds = [Ignored::Mail, Ignored::Alert, Ignored::Announcement];
        for number in [0, 3, 6] {
            for (kind, more) in kinds.into_iter().zip(0..) {
                assert_eq!(spend_of(&mut budget, kind, number + more, 1_000), None, "{kind:?}");
            }
        }
        let cases = kinds.map(|kind| spend_of(&mut budget, kind, 9, 2_000).expect("one too many"));
        assert_eq!(cases[0].class, Class::LeftUntold);
        assert_eq!(cases[2].class, Class::NotAnnounced);
        assert!(cases[0].id != cases[1].id && cases[1].id != cases[2].id);
    }

    #[test]
    fn what_was_counted_before_mails_counted_is_read() {
        let stored = r#"{"version":4,"given_up":[{"order":"ord_1","at":1000}]}"#;
        let budget: Budget = serde_json::from_str(stored).expect("an item of before");
        assert_eq!(serde_json::to_string(&budget).expect("text"), stored);
    }
}
