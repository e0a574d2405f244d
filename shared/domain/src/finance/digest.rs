//! The daily digest: what it counts, and that it goes out once a day. One item beside the orders.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Class};
use crate::control::Item;
use crate::order::Order;
use crate::payment::DisputeStatus;
use crate::time::{DAY, HOUR, Timestamp};
use crate::turns::{InTurn, Turns};

use super::{Period, Stage, Sums, refunds, waiting};

/// What Finance reads of a period, and of this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    pub period: Period,
    /// Made in the period; the money is there or on its way.
    pub refunded: Sums,
    /// Failed or cancelled in the period, whenever they were made.
    pub failed: Sums,
    /// Decided by a bank against us in the period.
    pub taken_by_bank: Sums,
    /// With a bank at this moment, or asked about by one.
    pub contested: Sums,
    /// Taken, and neither delivered nor returned at this moment.
    pub waiting: Sums,
    /// Held, and the same.
    pub held: Sums,
    pub waits_since: Option<Timestamp>,
    /// Open cases that concern money.
    pub cases: BTreeMap<Class, u32>,
    /// Everything that it is about was read.
    pub whole: bool,
}

impl Figures {
    pub fn of(period: Period) -> Self {
        Self {
            period,
            refunded: Sums::default(),
            failed: Sums::default(),
            taken_by_bank: Sums::default(),
            contested: Sums::default(),
            waiting: Sums::default(),
            held: Sums::default(),
            waits_since: None,
            cases: BTreeMap::new(),
            whole: true,
        }
    }

    pub fn add(&mut self, order: &Order) {
        for line in refunds(order) {
            match line.stage() {
                Stage::Done | Stage::OnItsWay if self.period.has(line.made_at()) => self.refunded.add(line.amount),
                Stage::Failed if self.period.has(line.stands_since) => self.failed.add(line.amount),
                Stage::Done | Stage::OnItsWay | Stage::Failed => {}
            }
        }
        for payment in &order.payments {
            for dispute in &payment.disputes {
                let currency = payment.stake().unwrap_or(order.product.price).currency;
                let money = crate::money::Money::new(dispute.amount_minor, currency);
                match dispute.status {
                    DisputeStatus::Lost if self.period.has(dispute.at) => self.taken_by_bank.add(money),
                    DisputeStatus::Open => self.contested.add(money),
                    DisputeStatus::Inquiry if !payment.gone() => self.contested.add(money),
                    DisputeStatus::Inquiry | DisputeStatus::Dropped | DisputeStatus::Won | DisputeStatus::Lost => {}
                }
            }
        }
        for line in waiting(order) {
            let sums = if line.held { &mut self.held } else { &mut self.waiting };
            sums.add(line.amount);
            self.waits_since = Some(self.waits_since.map_or(line.since, |since| since.min(line.since)));
        }
    }

    pub fn add_case(&mut self, case: &Case) {
        if concerns_money(case.class) {
            *self.cases.entry(case.class).or_default() += 1;
        }
    }
}

/// Finance has to do with it: money of a customer is at stake, and not only access or our own house.
pub fn concerns_money(class: Class) -> bool {
    match class {
        Class::DeliveryStuck
        | Class::ReturnStuck
        | Class::MassUndo
        | Class::CaptureStuck
        | Class::OtherAmountTaken
        | Class::PartlyReturned
        | Class::BecauseMissing
        | Class::ReturnedTwice
        | Class::Inquiry
        | Class::Disputed
        | Class::RefundWaits
        | Class::ReturnedAfterDelivery
        | Class::MoneyWithoutOrder
        | Class::Unaccounted
        | Class::Unrecorded
        | Class::TakesTooLong => true,
        Class::RevokeStuck
        | Class::DeadLetters
        | Class::AccessMissing
        | Class::AccessLeft
        | Class::NotAnnounced
        | Class::NotTold
        | Class::AlertsUnheard
        | Class::LeftUntold => false,
    }
}

/// A day is told from this hour on (UTC): it is over everywhere in the books, and Stripe's word of its end has come.
const FROM: Duration = Duration::from_secs(6 * HOUR.as_secs());

/// What could not be told for longer is left to the ledger.
const DAYS_MAX: u32 = 31;

/// How far Finance has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(Turns);

impl Item for Digest {
    const NAME: &'static str = "digest";

    fn version(&self) -> u64 {
        self.0.version
    }
}

impl Digest {
    /// What is to be told now: the day before, and the days of digests that could not be sent. None: nothing, until the next
    /// morning.
    pub fn due(&self, now: Timestamp) -> Option<Period> {
        self.0.due(now.minus(FROM).midnight(), DAY, DAYS_MAX)
    }
}

impl InTurn for Digest {
    fn begun(&self, now: Timestamp) -> Option<(Self, Period)> {
        let period = self.due(now)?;
        Some((Self(self.0.begun(now)?), period))
    }

    fn told(&self, period: Period) -> Option<Self> {
        self.0.told(period).map(Self)
    }
}
