//! Whether it adds up: what Stripe has of a payment, and what there is at the identity provider, held against the order.
//! An audit believes nobody's record: it finds, a person decides, and the order says what it learned.

pub mod access;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{CaseRef, Choice, Class, Resolved};
use crate::control::Item;
use crate::id::{ObjectId, OrderId, PaymentId};
use crate::money::Money;
use crate::order::{ClosedWhy, Order, State};
use crate::owed::Which;
use crate::payment::{Payment, Role};
use crate::receipt::Step;
use crate::time::{DAY, HOUR, Timestamp};
use crate::work::Subject;

/// One payment, by Stripe's word alone. Amounts in minor units of `captured`'s currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub payment: PaymentId,
    pub order: OrderId,
    pub captured: Money,
    /// Refunded or on its way, whoever did it.
    pub refunded_minor: i64,
    /// With the bank until it decides, or lost to it.
    pub contested_minor: i64,
    pub at: Timestamp,
}

/// Where captured money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Delivered,
    Returned,
    Contested,
    /// In an open case.
    WithPerson,
    /// A person dealt with it outside, and said so.
    Settled,
    /// On its way, and not for longer than it may be.
    InFlight,
    /// None of these: the remainder, which must be nothing.
    Unaccounted,
}

impl Line {
    /// As metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "Delivered",
            Self::Returned => "Returned",
            Self::Contested => "Contested",
            Self::WithPerson => "WithPerson",
            Self::Settled => "Settled",
            Self::InFlight => "InFlight",
            Self::Unaccounted => "Unaccounted",
        }
    }
}

/// Minor units by line.
pub type Lines = BTreeMap<Line, i64>;

/// What does not add up about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Odd {
    /// The order knows nothing of the payment.
    Unknown,
    /// Another amount was captured than the order knows.
    Captured,
    /// Another amount was refunded.
    Refunded,
    /// Another amount is with the bank.
    Contested,
    /// It is on its way for longer than it may be.
    Overdue,
    /// The order has ended without a delivery, and the money is still with us.
    Kept,
}

/// What the other side has, and the order does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// `minor`: so much more, or less, than the order knows.
    Money { payment: PaymentId, odd: Odd, minor: i64 },
    /// Delivered by our record, and not there.
    Missing { step: Step, object: ObjectId },
    /// There, although the order ended without it.
    Left { step: Step, object: ObjectId },
}

/// What one audit of an order was about: its findings replace those of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Payment(PaymentId),
    Object(ObjectId),
}

impl Difference {
    pub fn is_about(&self, about: &About) -> bool {
        match (self, about) {
            (Self::Money { payment, .. }, About::Payment(id)) => payment == id,
            (Self::Missing { object, .. } | Self::Left { object, .. }, About::Object(id)) => object == id,
            (Self::Money { .. }, About::Object(_)) | (Self::Missing { .. } | Self::Left { .. }, About::Payment(_)) => {
                false
            }
        }
    }

    /// Money that our own record says is with us, without an end and with nobody at it: no word of Stripe's can still be on
    /// its way to explain that.
    pub fn is_without_outcome(&self) -> bool {
        match self {
            Self::Money { odd, .. } => match odd {
                Odd::Overdue | Odd::Kept => true,
                Odd::Unknown | Odd::Captured | Odd::Refunded | Odd::Contested => false,
            },
            Self::Missing { .. } | Self::Left { .. } => false,
        }
    }

    pub fn class(&self) -> Class {
        match self {
            Self::Money { .. } => Class::Unaccounted,
            Self::Missing { .. } => Class::AccessMissing,
            Self::Left { .. } => Class::AccessLeft,
        }
    }
}

/// One payment's part of the equation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub lines: Lines,
    pub difference: Option<Difference>,
}

/// How far the audit of money is: a round of all that was taken lately, page by page. One item beside the orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    pub version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<Round>,
    /// When the last whole round began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited_at: Option<Timestamp>,
    /// By currency, of the last whole round.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub totals: BTreeMap<String, Lines>,
    /// Payments that did not add up in the last whole round: a word of Stripe's may still have been on its way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    suspected: BTreeSet<PaymentId>,
}

/// A round that is not at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Goes on with what is older than this payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older_than: Option<PaymentId>,
    #[serde(default)]
    totals: BTreeMap<String, Lines>,
    #[serde(default)]
    suspects: BTreeSet<PaymentId>,
}

/// Money that was taken longer ago is at its end, or in a case since long.
const HORIZON: Duration = Duration::from_secs(35 * 86_400);

const ROUND_MAX: Duration = Duration::from_secs(6 * 3_600);

/// More would not fit into one item; beyond it everybody is believed at once, since then something is wrong at large.
const SUSPECTS_MAX: usize = 1_000;

impl Item for Books {
    const NAME: &'static str = "books";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Books {
    /// The page to ask for; none: a round ended less than an hour ago.
    pub fn ask(&self, now: Timestamp) -> Option<Round> {
        // One that comes to no end is begun again: Stripe may not know any more where it was.
        let alive = |round: &&Round| now.since(round.until) < ROUND_MAX;
        if let Some(round) = self.round.as_ref().filter(alive) {
            return Some(round.clone());
        }
        let due = self.audited_at.is_none_or(|at| now.since(at) >= HOUR);
        due.then(|| Round {
            from: now.minus(HORIZON),
            until: now,
            older_than: None,
            totals: BTreeMap::new(),
            suspects: BTreeSet::new(),
        })
    }

    /// Twice in a row, an hour apart.
    pub fn suspected(&self, payment: &PaymentId) -> bool {
        self.suspected.contains(payment) || self.suspected.len() >= SUSPECTS_MAX
    }

    /// After a page: its accounts are added; without a next page the round is at its end.
    #[must_use]
    pub fn turned(&self, round: &Round, accounts: &[(Taken, Account)], older_than: Option<PaymentId>) -> Self {
        let mut round = round.clone();
        for (taken, account) in accounts {
            let totals = round
                .totals
                .entry(taken.captured.currency.code().to_owned())
                .or_default();
            for (line, minor) in &account.lines {
                *totals.entry(*line).or_default() += minor;
            }
            if account.difference.is_some() && round.suspects.len() < SUSPECTS_MAX {
                round.suspects.insert(taken.payment.clone());
            }
        }
        round.older_than = older_than;
        let mut next = self.clone();
        next.version += 1;
        if round.older_than.is_some() {
            next.round = Some(round);
        } else {
            next.round = None;
            next.audited_at = Some(round.until);
            next.totals = round.totals;
            next.suspected = round.suspects;
        }
        next
    }
}

/// Accounts for every minor unit of the payment: captured is the sum of the lines.
pub fn account(order: &Order, taken: &Taken, now: Timestamp) -> Account {
    let captured = taken.captured.minor;
    let contested = taken.contested_minor.clamp(0, captured);
    let refunded = taken.refunded_minor.clamp(0, captured - contested);
    let rest = captured - contested - refunded;
    let known = order.payments.iter().find(|known| known.id == taken.payment);
    let (line, odd) = match known {
        None => (Line::Unaccounted, Some((Odd::Unknown, captured))),
        Some(known) => match differs(known, taken) {
            Some(odd) => (Line::Unaccounted, Some(odd)),
            None if rest == 0 => (Line::Returned, None),
            None => place(order, known, taken, now)
                .map_or_else(|odd| (Line::Unaccounted, Some((odd, rest))), |line| (line, None)),
        },
    };
    let difference = odd.map(|(odd, minor)| Difference::Money {
        payment: taken.payment.clone(),
        odd,
        minor,
    });
    // A person has looked at this very difference, and left it.
    let settled = difference.as_ref().is_some_and(|found| left_by_person(order, found));
    let difference = difference.filter(|_| !settled);
    let line = if settled { Line::Settled } else { line };
    let mut lines = Lines::new();
    for (line, minor) in [(Line::Contested, contested), (Line::Returned, refunded), (line, rest)] {
        if minor != 0 {
            *lines.entry(line).or_default() += minor;
        }
    }
    Account { lines, difference }
}

fn differs(known: &Payment, taken: &Taken) -> Option<(Odd, i64)> {
    let contested = known.disputes.iter().filter(|dispute| dispute.status.with_bank());
    let pairs = [
        (
            Odd::Captured,
            taken.captured.minor,
            known.captured.map_or(0, |captured| captured.minor),
        ),
        (Odd::Refunded, taken.refunded_minor, known.refunded_minor()),
        (
            Odd::Contested,
            taken.contested_minor,
            contested.map(|dispute| dispute.amount_minor).sum(),
        ),
    ];
    let mut odd = pairs.into_iter().filter(|(_, theirs, ours)| theirs != ours);
    odd.next().map(|(odd, theirs, ours)| (odd, theirs - ours))
}

/// Where money is that both sides say is still with us.
fn place(order: &Order, known: &Payment, taken: &Taken, now: Timestamp) -> Result<Line, Odd> {
    if known.owed.as_ref().is_some_and(|owed| owed.waived) {
        return Ok(Line::Settled);
    }
    if known.return_outstanding().is_some() {
        return in_flight(order, known, taken, now);
    }
    match order.state {
        State::Delivered { .. } if known.role == Role::Own => Ok(Line::Delivered),
        State::WithPerson { .. } => Ok(Line::WithPerson),
        State::Closed {
            why: ClosedWhy::SettledByPerson,
            ..
        } => Ok(Line::Settled),
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::Undoing { .. }
        | State::Returning { .. } => in_flight(order, known, taken, now),
        State::Delivered { .. } | State::Undone { .. } | State::Closed { .. } => Err(Odd::Kept),
    }
}

/// On its way while somebody will work on it again in time, and no longer than its policy's longest answer and a day. That
/// people are still to be told of it moves no money.
fn in_flight(order: &Order, known: &Payment, taken: &Taken, now: Timestamp) -> Result<Line, Odd> {
    let decided = order.undo.as_ref().map(|undo| undo.decided_at);
    let began = [known.captured_at, decided, order.state.since()].into_iter().flatten();
    let began = began.fold(taken.at, Timestamp::max);
    let worked_on = order.due_in(Which::Work).is_some_and(|due| now <= due.plus(HOUR));
    if worked_on && now.since(began) <= order.policy.longest().saturating_add(DAY) {
        return Ok(Line::InFlight);
    }
    let open = |case: &CaseRef| case.resolved.is_none() && case.class != Class::Unaccounted;
    if order.cases.iter().any(open) || order.waits_at_the_brake() {
        return Ok(Line::WithPerson);
    }
    Err(Odd::Overdue)
}

/// What a person last chose about this difference, where one was asked.
fn decided(order: &Order, found: &Difference) -> Option<Choice> {
    let same = |subject: &Subject| matches!(subject, Subject::Audit(known) if known == found);
    let mut cases = order.cases.iter().rev();
    let last = cases.find(|case| case.subject.as_ref().is_some_and(same))?;
    match last.resolved {
        Some(Resolved::Decided { choice, .. }) => Some(choice),
        Some(Resolved::Healed { .. }) | None => None,
    }
}

pub fn left_by_person(order: &Order, found: &Difference) -> bool {
    decided(order, found) == Some(Choice::Ignore)
}

/// A person wants the order to learn what the other side says.
pub fn to_be_told(order: &Order, found: &Difference) -> bool {
    decided(order, found) == Some(Choice::Retry)
}
