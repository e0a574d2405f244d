//! What Finance reads, made of the orders' own facts: each refund, each charge that still waits, and the sums of a day.

mod digest;
mod refunds;
mod waiting;

use std::collections::BTreeMap;

use crate::money::{Currency, Money};
use crate::time::Timestamp;

pub use digest::{Digest, Figures, concerns_money};
pub use refunds::{RefundLine, Stage, refunds};
pub use waiting::{Waiting, Why, waiting};

/// From a moment on, and until before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Period {
    /// The month in which the moment is, by UTC.
    pub fn month(at: Timestamp) -> Self {
        Self {
            from: at.first_of_month(),
            until: at.first_of_next_month(),
        }
    }

    pub fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub count: u32,
    pub minor: i64,
}

/// By currency: what is in one is never added to what is in another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Currency, Sum>);

impl Sums {
    pub fn add(&mut self, money: Money) {
        let sum = self.0.entry(money.currency).or_default();
        sum.count = sum.count.saturating_add(1);
        sum.minor = sum.minor.saturating_add(money.minor);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each currency, in the order of its letters.
    pub fn each(&self) -> impl Iterator<Item = (u32, Money)> {
        let sums = self.0.iter();
        sums.map(|(currency, sum)| (sum.count, Money::new(sum.minor, *currency)))
    }
}

impl FromIterator<Money> for Sums {
    fn from_iter<I: IntoIterator<Item = Money>>(all: I) -> Self {
        let mut sums = Self::default();
        all.into_iter().for_each(|money| sums.add(money));
        sums
    }
}

#[cfg(test)]
mod tests;
