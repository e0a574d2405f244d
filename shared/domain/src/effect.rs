//! One thing to do outside.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ObjectId, PaymentId, RefundId};
use crate::receipt::Step;

/// What an order owes the world, one at a time per lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Make the step come true.
    Deliver(Step),
    /// Ask the provider what there is for the step: the outcome of a create is not known.
    LookFor(Step),
    /// Ask the brake whether this order may be undone: before the first effect of an undo that automation decided.
    PassBrake,
    /// Take back exactly these objects. Repeating it is harmless: what is gone counts as taken back.
    Revoke { step: Step, objects: Vec<ObjectId> },
    /// Give the whole payment back.
    ReturnMoney(PaymentId),
    /// Write down at Stripe why somebody returned money by hand.
    Annotate { payment: PaymentId, refund: RefundId },
    /// Take money that is only held, after delivery.
    Capture(PaymentId),
    /// Ask Stripe what became of the Session.
    AskSession,
    /// Ask Stripe where the payment stands: whether a hold still holds.
    AskPayment(PaymentId),
    /// Ask Stripe what came of a return: which refunds the payment has, or whether its hold is gone.
    AskReturn(PaymentId),
    /// Ask Stripe how a dispute stands.
    AskDisputes(PaymentId),
    /// Tell somebody; the number is the notice's.
    Tell(u32),
}

/// Who does it: one function, one queue, one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Performer {
    Provisioning,
    Capture,
    Refund,
    Notification,
    Reconciliation,
}

impl Performer {
    pub const ALL: [Self; 5] = [
        Self::Provisioning,
        Self::Capture,
        Self::Refund,
        Self::Notification,
        Self::Reconciliation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Notification => "notification",
            Self::Reconciliation => "reconciliation",
        }
    }
}

impl Effect {
    pub fn performer(&self) -> Performer {
        match self {
            Self::Deliver(_) | Self::LookFor(_) => Performer::Provisioning,
            Self::Capture(_) => Performer::Capture,
            Self::PassBrake | Self::Revoke { .. } | Self::ReturnMoney(_) | Self::Annotate { .. } => Performer::Refund,
            Self::AskSession | Self::AskPayment(_) | Self::AskReturn(_) | Self::AskDisputes(_) => {
                Performer::Reconciliation
            }
            Self::Tell(_) => Performer::Notification,
        }
    }
}

/// For the log: ids and words.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deliver(step) => write!(f, "deliver {}", step.name()),
            Self::LookFor(step) => write!(f, "look_for {}", step.name()),
            Self::PassBrake => f.write_str("pass_brake"),
            Self::Revoke { step, .. } => write!(f, "revoke {}", step.name()),
            Self::ReturnMoney(payment) => write!(f, "return_money {payment}"),
            Self::Annotate { refund, .. } => write!(f, "annotate {refund}"),
            Self::Capture(payment) => write!(f, "capture {payment}"),
            Self::AskSession => f.write_str("ask_session"),
            Self::AskPayment(payment) => write!(f, "ask_payment {payment}"),
            Self::AskReturn(payment) => write!(f, "ask_return {payment}"),
            Self::AskDisputes(payment) => write!(f, "ask_disputes {payment}"),
            Self::Tell(notice) => write!(f, "tell {notice}"),
        }
    }
}
