//! A refund, as Stripe states it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
}

impl Refund {
    /// By Stripe's clock; where that is not known, when we first heard of it.
    pub fn made_at(&self) -> Timestamp {
        self.told.created_at.unwrap_or(self.since)
    }
}

/// What Stripe says of a refund besides, for Finance's report: nothing is decided by it.
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
