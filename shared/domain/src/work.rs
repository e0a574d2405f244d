//! The two lanes of what is owed: what is being done now, by whom, and how often it was tried.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::Difference;
use crate::effect::Effect;
use crate::failure::Failure;
use crate::id::{CaseId, PaymentId, RefundId};
use crate::receipt::Step;
use crate::time::Timestamp;

/// How long a worker has the lane to itself. Longer than a function may run, shorter than a nudge stays hidden.
pub const LEASE: Duration = Duration::from_secs(60);

/// Names one attempt: the version of the order at which it was begun.
pub type Attempt = u64;

/// Written before the call: whoever comes later knows that it may have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub effect: Effect,
    pub attempt: Attempt,
    pub begun_at: Timestamp,
    pub lease_until: Timestamp,
}

/// One lane: at most one intent at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Tries>,
    /// Systems that asked to be left alone until then, whatever is wanted of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub systems_from: BTreeMap<Step, Timestamp>,
}

/// What a counter counts. The undo of a step has its own: it starts afresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Step(Step),
    /// The undo as a whole, before its first effect.
    Undo,
    Revoke(Step),
    Return(PaymentId),
    /// The words for a refund that was made by hand.
    Annotate(RefundId),
    Capture(PaymentId),
    /// Questions about the payment itself: its hold, its disputes.
    Payment(PaymentId),
    Session,
    Notice(u32),
    /// What an audit found; nothing is tried about it before a person decides.
    Audit(Difference),
}

/// Attempts at one subject since its last success or a person's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    pub of: Subject,
    pub count: u32,
    pub first_at: Timestamp,
    /// Before this moment an early nudge does nothing.
    pub not_before: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Failure>,
    /// One of these attempts may have happened: a later refusal may be about our own success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_at: Option<Timestamp>,
    /// The breaker held it back: the failure is everybody's, and no reason to undo this order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outage: bool,
    /// Nothing more is tried until a person decides this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<CaseId>,
}

impl Subject {
    /// The system that is asked, by the first of its steps: the identity provider has three, any other its own.
    pub fn system(&self) -> Option<Step> {
        match self {
            Self::Step(Step::Account | Step::Team | Step::Membership)
            | Self::Revoke(Step::Account | Step::Team | Step::Membership) => Some(Step::Account),
            Self::Step(step @ Step::Signed(_)) | Self::Revoke(step @ Step::Signed(_)) => Some(*step),
            Self::Undo
            | Self::Return(_)
            | Self::Annotate(_)
            | Self::Capture(_)
            | Self::Payment(_)
            | Self::Session
            | Self::Notice(_)
            | Self::Audit(_) => None,
        }
    }

    /// On the way to an order that is delivered and paid.
    pub(crate) fn leads_to_delivery(&self) -> bool {
        match self {
            Self::Step(_) | Self::Capture(_) => true,
            Self::Undo
            | Self::Revoke(_)
            | Self::Return(_)
            | Self::Annotate(_)
            | Self::Payment(_)
            | Self::Session
            | Self::Notice(_)
            | Self::Audit(_) => false,
        }
    }

    pub fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Deliver(step) | Effect::LookFor(step) => Self::Step(*step),
            Effect::PassBrake => Self::Undo,
            Effect::Revoke { step, .. } => Self::Revoke(*step),
            Effect::ReturnMoney(payment) | Effect::AskReturn(payment) => Self::Return(payment.clone()),
            Effect::Annotate { refund, .. } => Self::Annotate(refund.clone()),
            Effect::Capture(payment) => Self::Capture(payment.clone()),
            Effect::AskPayment(payment) | Effect::AskDisputes(payment) => Self::Payment(payment.clone()),
            Effect::AskSession => Self::Session,
            Effect::Tell(notice) => Self::Notice(*notice),
        }
    }
}

impl Lane {
    pub fn tries(&self, of: &Subject) -> Option<&Tries> {
        self.tries.iter().find(|tries| tries.of == *of)
    }

    /// When the subject may be tried next; none while a person holds it.
    pub(crate) fn free_at(&self, of: &Subject) -> Option<Timestamp> {
        let from = of.system().and_then(|system| self.systems_from.get(&system).copied());
        let from = from.unwrap_or_default();
        match self.tries(of) {
            Some(Tries { held_by: Some(_), .. }) => None,
            Some(tries) => Some(tries.not_before.max(from)),
            None => Some(from),
        }
    }

    /// Counts an attempt when its intent is written, not when it ends.
    pub(crate) fn count(&mut self, of: Subject, now: Timestamp) {
        let tries = self.tries_mut(of, now);
        tries.count = tries.count.saturating_add(1);
    }

    pub(crate) fn tries_mut(&mut self, of: Subject, now: Timestamp) -> &mut Tries {
        let at = match self.tries.iter().position(|tries| tries.of == of) {
            Some(at) => at,
            None => {
                let fresh = Tries {
                    of,
                    count: 0,
                    first_at: now,
                    not_before: now,
                    last: None,
                    unknown_at: None,
                    outage: false,
                    held_by: None,
                };
                self.tries.push(fresh);
                self.tries.len() - 1
            }
        };
        &mut self.tries[at]
    }

    /// A person lets it be tried again: with a fresh counter, and without forgetting that an attempt may have happened.
    pub(crate) fn renew(&mut self, of: &Subject, now: Timestamp) {
        for tries in self.tries.iter_mut().filter(|tries| tries.of == *of) {
            *tries = Tries {
                count: 0,
                first_at: now,
                not_before: now,
                last: None,
                outage: false,
                held_by: None,
                ..tries.clone()
            };
        }
    }

    /// A person does not want to wait: what would be tried later is tried now.
    pub(crate) fn hurry(&mut self, now: Timestamp) {
        for tries in &mut self.tries {
            tries.not_before = tries.not_before.min(now);
        }
    }

    /// A success ends its counter, and so does undo.
    pub(crate) fn forget(&mut self, of: &Subject) {
        self.tries.retain(|tries| tries.of != *of);
    }
}
