//! Money as Stripe states it: one record per PaymentIntent, each with its own return.

mod refund;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::because::{Because, Code};
use crate::failure::Failure;
use crate::id::{DisputeId, PaymentId};
use crate::money::Money;
use crate::time::{DAY, Timestamp};

pub use refund::{Particulars, Refund, RefundStatus, Stated, Words, Written};

/// What a payment is to its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The payment that this order is delivered for.
    Own,
    /// Any other: it goes back in every state.
    Surplus,
}

/// One PaymentIntent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    pub role: Role,
    /// Captured so far, by Stripe's word. None: only a return is known yet, or the money is merely held.
    pub captured: Option<Money>,
    pub captured_at: Option<Timestamp>,
    /// Held before it is taken, read back from Stripe. It stays recorded after the capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Canceled at Stripe before any capture: a hold ended so, and nothing can be taken any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled: Option<Canceled>,
    /// The customer's bank contests it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// Refunds that Stripe told us of, whoever made them.
    pub refunds: Vec<Refund>,
    /// A charge's refunded total, in minor units, that the refunds we know do not explain: Stripe is asked which they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unexplained_minor: Option<i64>,
    /// When Stripe last answered which refunds there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_at: Option<Timestamp>,
    /// What we owe back, once that is decided.
    pub owed: Option<Return>,
}

/// Where a PaymentIntent stands, as Stripe says when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The buyer has done everything; the bank has not answered yet.
    Processing,
    /// The bank said no, or the buyer has not finished: nothing is charged or held.
    NotPaid,
    /// Held until we take it, until somebody lets it go, or until it lapses.
    Held {
        amount: Money,
        /// Stripe's own date, where the means of payment has one.
        capture_before: Option<Timestamp>,
    },
    Captured {
        amount: Money,
    },
    /// Let go before it was captured; `lapsed`: by time, and nobody's wish.
    Canceled {
        lapsed: bool,
    },
}

impl Standing {
    /// One word, for the table of transitions and the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::NotPaid => "not paid",
            Self::Held { .. } => "held",
            Self::Captured { .. } => "captured",
            Self::Canceled { lapsed: true } => "lapsed",
            Self::Canceled { lapsed: false } => "canceled",
        }
    }
}

/// Some banks let go sooner than Stripe says: from then on a hold is a person's.
pub(crate) const HOLD_TRIED_MAX: Duration = Duration::from_secs(4 * DAY.as_secs());

/// Money that the bank keeps ready for us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub amount: Money,
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture_before: Option<Timestamp>,
}

impl Hold {
    /// From here on nothing is tried any more that ends in taking the money: a person needs the rest of the time. A day
    /// before Stripe's date, and four days after the hold began at the latest, since some banks let go sooner.
    pub fn try_until(&self) -> Timestamp {
        let latest = self.since.plus(HOLD_TRIED_MAX);
        self.capture_before
            .map_or(latest, |lapses| lapses.minus(DAY).min(latest))
    }

    /// When the bank lets go by itself: Stripe's date, else a week after the hold began.
    pub fn lapses_at(&self) -> Timestamp {
        self.capture_before.unwrap_or(self.since.plus(DAY * 7))
    }

    /// When Stripe is asked whether the hold has lapsed, though it may never say so.
    pub fn ask_at(&self) -> Timestamp {
        self.lapses_at().plus(Duration::from_secs(600))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    pub at: Timestamp,
    pub lapsed: bool,
}

/// A dispute at Stripe, or the bank's inquiry before one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub id: DisputeId,
    pub amount_minor: i64,
    pub status: DisputeStatus,
    pub at: Timestamp,
    /// A person decided to deliver in spite of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The bank asks, and has taken nothing: a full refund settles it.
    Inquiry,
    /// It asks no more, and took nothing.
    Dropped,
    /// The bank has taken the money until it decides: no money of this payment is moved by us.
    Open,
    /// Ours again.
    Won,
    /// The bank gave the money back to the customer.
    Lost,
}

impl DisputeStatus {
    /// The bank has the money, until it decides or for good.
    pub fn with_bank(self) -> bool {
        match self {
            Self::Open | Self::Lost => true,
            Self::Inquiry | Self::Dropped | Self::Won => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Dropped => "dropped",
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// A full return that is owed, with everything that its call needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    pub because: Because,
    pub amount: Money,
    /// Part of the idempotency key: moves on when the old key may replay a saved error or has outlived its promise.
    pub generation: u32,
    /// First use of the present key; none: not used yet.
    pub key_used_at: Option<Timestamp>,
    /// The last call has no definite answer, or was refused: Stripe is asked before anything else is done.
    pub doubt: Option<Failure>,
    /// A person took this over, with the reason in the history.
    pub waived: bool,
}

/// Stripe promises an idempotency key for 24 hours; a key this old is not leaned on any more.
const KEY_GOOD_FOR: Duration = Duration::from_secs(23 * 3_600);

impl Return {
    /// The key was first used too long ago: whether it worked must be asked before another is used.
    pub(crate) fn worn(&self, now: Timestamp) -> bool {
        self.key_used_at.is_some_and(|used| now.since(used) >= KEY_GOOD_FOR)
    }

    /// The next call is another one than the last: with its own key, and without its doubt.
    pub(crate) fn anew(&mut self) {
        self.generation += 1;
        self.key_used_at = None;
        self.doubt = None;
    }

    /// Owed, and not asked for yet. Where somebody gave it back outside this system, nothing is left but to know why.
    pub(crate) fn new(because: Because, amount: Money) -> Self {
        Self {
            because,
            amount,
            generation: 1,
            key_used_at: None,
            doubt: None,
            waived: false,
        }
    }
}

impl Payment {
    pub fn new(id: PaymentId, role: Role) -> Self {
        Self {
            id,
            role,
            captured: None,
            captured_at: None,
            hold: None,
            canceled: None,
            disputes: Vec::new(),
            refunds: Vec::new(),
            unexplained_minor: None,
            listed_at: None,
            owed: None,
        }
    }

    /// Minor units that are back with the customer or on their way: refunded by us, or taken back by the bank.
    pub fn returned_minor(&self) -> i64 {
        self.refunded_minor() + self.lost_minor()
    }

    /// Minor units that refunds brought back or are bringing back: what Stripe counts on the charge.
    pub fn refunded_minor(&self) -> i64 {
        let refunded = self.refunds.iter().filter(|refund| refund.status.holds());
        refunded.map(|refund| refund.amount_minor).sum()
    }

    /// Minor units that the bank gave back to the customer after a dispute.
    pub fn lost_minor(&self) -> i64 {
        let lost = self
            .disputes
            .iter()
            .filter(|dispute| dispute.status == DisputeStatus::Lost);
        lost.map(|dispute| dispute.amount_minor).sum()
    }

    /// The money that this payment is about: captured, else held.
    pub fn stake(&self) -> Option<Money> {
        self.captured.or(self.hold.as_ref().map(|hold| hold.amount))
    }

    /// A hold that still stands, as far as we know.
    pub fn held(&self) -> Option<&Hold> {
        let open = self.captured.is_none() && self.canceled.is_none();
        self.hold.as_ref().filter(|_| open)
    }

    /// What is still with us, or held for us.
    pub fn remaining(&self) -> Option<Money> {
        let captured = self
            .captured
            .map(|captured| Money::new(captured.minor.saturating_sub(self.returned_minor()), captured.currency));
        captured.or(self.held().map(|hold| hold.amount))
    }

    /// Nothing of it is with us any more. What is returned before its capture is known is recorded, and counts then; a
    /// hold is gone when it is canceled.
    pub fn gone(&self) -> bool {
        match self.captured {
            Some(captured) => captured.minor > 0 && self.returned_minor() >= captured.minor,
            None => self.hold.is_some() && self.canceled.is_some(),
        }
    }

    /// All of it is back, and Stripe says that this is final.
    pub fn gone_for_good(&self) -> bool {
        self.gone()
            && self
                .refunds
                .iter()
                .all(|refund| !refund.status.holds() || refund.status == RefundStatus::Succeeded)
    }

    /// Its end is that the bank took it, and no refund of ours.
    pub fn is_lost(&self) -> bool {
        let explained = self
            .owed
            .as_ref()
            .is_some_and(|owed| owed.because.code() == Code::DisputeLost);
        explained || (self.gone() && self.refunded_minor() == 0 && self.lost_minor() > 0)
    }

    /// The last of it waits until the customer tells Stripe where to send it.
    pub fn asks_customer(&self) -> bool {
        let asks = |refund: &Refund| refund.status == RefundStatus::RequiresAction;
        self.gone() && self.refunds.iter().any(asks)
    }

    /// The customer's bank has taken it and not decided yet.
    pub fn disputed(&self) -> bool {
        self.disputes
            .iter()
            .any(|dispute| dispute.status == DisputeStatus::Open)
    }

    /// A dispute or an inquiry that waits for somebody.
    pub(crate) fn waits(&self, dispute: &Dispute) -> bool {
        match dispute.status {
            DisputeStatus::Open => true,
            DisputeStatus::Inquiry => !self.gone(),
            DisputeStatus::Dropped | DisputeStatus::Won | DisputeStatus::Lost => false,
        }
    }

    /// The customer's bank contests it, or asks about it.
    pub fn contested(&self) -> bool {
        self.disputes.iter().any(|dispute| self.waits(dispute))
    }

    /// Contested, and nobody said to deliver all the same.
    pub fn keeps_delivery_back(&self) -> bool {
        self.disputes
            .iter()
            .any(|dispute| self.waits(dispute) && !dispute.accepted)
    }

    /// More of it is back than was taken: refunded, and taken by the bank besides.
    pub(crate) fn overreturned(&self) -> bool {
        self.captured
            .is_some_and(|captured| self.returned_minor() > captured.minor)
    }

    /// The last call for its return may have worked: Stripe is asked, whatever else has become of the money.
    pub(crate) fn in_doubt(&self) -> bool {
        self.owed
            .as_ref()
            .is_some_and(|owed| owed.doubt.is_some() && !owed.waived)
    }

    /// A return is owed and nobody at Stripe has it yet.
    pub fn return_outstanding(&self) -> Option<&Return> {
        self.owed.as_ref().filter(|owed| !owed.waived && !self.gone())
    }
}
