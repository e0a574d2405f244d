//! The budget of what may be given up without a person's knowing: announcements to other systems. One item beside the
//! orders, like the brake; it stops nothing and counts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::brake::Place;
use crate::case::{Case, Class};
use crate::control::Item;
use crate::id::OrderId;
use crate::time::Timestamp;
use crate::wording;

const WITHIN: Duration = Duration::from_secs(86_400);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub version: u64,
    /// Orders that were not announced lately: one more than the budget at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given_up: Vec<Place>,
}

/// What an order that could not be announced makes of it.
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
    pub fn spend(&self, order: &OrderId, orders_max: usize, now: Timestamp) -> Spent {
        let mut next = self.clone();
        next.version += 1;
        next.given_up.retain(|place| now.since(place.at) < WITHIN);
        let known = next.given_up.iter().any(|place| place.order == *order);
        let counts = !known && next.given_up.len() <= orders_max;
        if counts {
            next.given_up.push(Place {
                order: order.clone(),
                at: now,
            });
        }
        let orders = next.given_up.len();
        Spent {
            case: (orders > orders_max).then(|| case(orders, now)),
            write: counts.then_some(next),
        }
    }
}

fn case(orders: usize, now: Timestamp) -> Case {
    let day = now.seconds().div_euclid(86_400);
    let id = format!("case_not_announced_{day}");
    Case::without_order(id, Class::NotAnnounced, now, wording::not_announced(orders), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(budget: &mut Budget, number: u32, now: i64) -> Option<Case> {
        let spent = budget.spend(&OrderId::new(format!("ord_{number}")), 3, Timestamp(now));
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
}
