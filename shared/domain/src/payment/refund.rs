//! A refund, as Stripe states it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Payment;
use crate::because::{Because, Code, Said};
use crate::id::RefundId;
use crate::time::Timestamp;

/// A refund at Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: RefundId,
    pub amount_minor: i64,
    pub status: RefundStatus,
    /// When it came to stand so.
    pub at: Timestamp,
    /// When we first heard of it.
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Particulars::is_empty")]
    pub told: Particulars,
    /// Of one that was made by hand: what for, as a person or Stripe said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
}

/// Why a refund was made by hand, and whether Stripe shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub because: Because,
    pub written: Written,
}

/// Whether the words stand in Stripe's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    Owed,
    At(Timestamp),
    GivenUp(Timestamp),
}

impl Words {
    pub(crate) fn new(because: Because) -> Self {
        Self {
            because,
            written: Written::Owed,
        }
    }
}

impl Payment {
    /// Nothing of ours asked for it: it was there before we owed anything back.
    pub fn made_by_hand(&self, refund: &Refund) -> bool {
        let asked_for = |because: &Because| match because.code() {
            Code::ProvisioningFailed
            | Code::ProvisioningTimeout
            | Code::DuplicatePurchase
            | Code::PaidTooLate
            | Code::AmountMismatch
            | Code::CustomerRequest
            | Code::Goodwill
            | Code::TestCharge
            | Code::PersonDecided
            | Code::CaptureFailed => because.at() <= refund.since,
            Code::ExternalDashboard | Code::HoldEnded | Code::DisputeLost => false,
        };
        refund.words.is_some() || !self.owed.as_ref().is_some_and(|owed| asked_for(&owed.because))
    }

    /// Minor units that somebody returned by hand.
    pub(crate) fn by_hand_minor(&self) -> i64 {
        let by_hand = |refund: &&Refund| refund.status.holds() && self.made_by_hand(refund);
        self.refunds
            .iter()
            .filter(by_hand)
            .map(|refund| refund.amount_minor)
            .sum()
    }

    /// Refunds that somebody made by hand, and nobody has said why.
    pub fn unexplained(&self) -> impl Iterator<Item = &Refund> {
        let refunds = self.refunds.iter().filter(|_| self.captured.is_some());
        refunds.filter(|refund| refund.status.holds() && refund.words.is_none() && self.made_by_hand(refund))
    }
}

impl Refund {
    /// By Stripe's clock; where that is not known, when we first heard of it.
    pub fn made_at(&self) -> Timestamp {
        self.told.created_at.unwrap_or(self.since)
    }
}

/// What Stripe says of a refund besides, for Finance: of our own, nothing is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// When Stripe made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Arc<str>>,
    /// Stripe's own word for why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<Arc<str>>,
    /// The because that its metadata has; kept where it was made by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// What whoever made it by hand wrote or chose there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Arc<str>>,
}

impl Particulars {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A refund as Stripe states it: id, amount in minor units, status, and what it says besides.
pub type Stated = (RefundId, i64, RefundStatus, Particulars);

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
    /// Stripe's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The money is on its way or there.
    pub fn holds(self) -> bool {
        match self {
            Self::Pending | Self::RequiresAction | Self::Succeeded => true,
            Self::Failed | Self::Canceled => false,
        }
    }
}
