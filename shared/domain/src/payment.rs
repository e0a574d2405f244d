//! Money as Stripe states it: one record per PaymentIntent, each with its own return.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::because::Because;
use crate::failure::Failure;
use crate::id::{PaymentId, RefundId};
use crate::money::Money;
use crate::time::Timestamp;

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

/// A refund at Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: RefundId,
    pub amount_minor: i64,
    pub status: RefundStatus,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundStatus {
    /// The money is on its way or there.
    pub fn holds(self) -> bool {
        match self {
            Self::Pending | Self::RequiresAction | Self::Succeeded => true,
            Self::Failed | Self::Canceled => false,
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
            refunds: Vec::new(),
            unexplained_minor: None,
            listed_at: None,
            owed: None,
        }
    }

    /// Minor units that are back with the customer or on their way.
    pub fn returned_minor(&self) -> i64 {
        self.refunds
            .iter()
            .filter(|refund| refund.status.holds())
            .map(|refund| refund.amount_minor)
            .sum()
    }

    /// What is still with us.
    pub fn remaining(&self) -> Option<Money> {
        self.captured
            .map(|captured| Money::new(captured.minor.saturating_sub(self.returned_minor()), captured.currency))
    }

    /// Nothing of it is with us any more. What is returned before its capture is known is recorded, and counts then.
    pub fn gone(&self) -> bool {
        let all = |captured: Money| captured.minor > 0 && self.returned_minor() >= captured.minor;
        self.captured.is_some_and(all)
    }

    /// All of it is back, and Stripe says that this is final.
    pub fn gone_for_good(&self) -> bool {
        self.gone()
            && self
                .refunds
                .iter()
                .all(|refund| !refund.status.holds() || refund.status == RefundStatus::Succeeded)
    }

    /// A return is owed and nobody at Stripe has it yet.
    pub fn return_outstanding(&self) -> Option<&Return> {
        self.owed.as_ref().filter(|owed| !owed.waived && !self.gone())
    }
}
