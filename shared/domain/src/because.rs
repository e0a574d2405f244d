//! The plain sentence without which no money is returned.

use serde::{Deserialize, Serialize};

use crate::case::Word;
use crate::failure::{Failure, FailureClass, Reason};
use crate::money::Money;
use crate::receipt::Step;
use crate::time::Timestamp;

/// The fixed list that Finance filters by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A step was refused.
    ProvisioningFailed,
    /// A step did not come true in its time.
    ProvisioningTimeout,
    DuplicatePurchase,
    PaidTooLate,
    AmountMismatch,
    CustomerRequest,
    Goodwill,
    /// Somebody of us tried the shop.
    TestCharge,
    PersonDecided,
    ExternalDashboard,
    CaptureFailed,
    HoldEnded,
    DisputeLost,
}

impl Code {
    pub const ALL: [Self; 13] = [
        Self::ProvisioningFailed,
        Self::ProvisioningTimeout,
        Self::DuplicatePurchase,
        Self::PaidTooLate,
        Self::AmountMismatch,
        Self::CustomerRequest,
        Self::Goodwill,
        Self::TestCharge,
        Self::PersonDecided,
        Self::ExternalDashboard,
        Self::CaptureFailed,
        Self::HoldEnded,
        Self::DisputeLost,
    ];

    /// Those that a person may give: the others follow from what happened.
    pub const PERSONS: [Self; 5] = [
        Self::CustomerRequest,
        Self::ProvisioningFailed,
        Self::Goodwill,
        Self::TestCharge,
        Self::PersonDecided,
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == word)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ProvisioningFailed => "provisioning_failed",
            Self::ProvisioningTimeout => "provisioning_timeout",
            Self::DuplicatePurchase => "duplicate_purchase",
            Self::PaidTooLate => "paid_too_late",
            Self::AmountMismatch => "amount_mismatch",
            Self::CustomerRequest => "customer_request",
            Self::Goodwill => "goodwill",
            Self::TestCharge => "test_charge",
            Self::PersonDecided => "person_decided",
            Self::ExternalDashboard => "external_dashboard",
            Self::CaptureFailed => "capture_failed",
            Self::HoldEnded => "hold_ended",
            Self::DisputeLost => "dispute_lost",
        }
    }
}

/// Who chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Automation,
    Person(String),
}

/// Why money goes back: one code, one sentence, the policy that said so. The same sentence stands in Stripe's metadata,
/// the customer's mail and page, Finance's mail, the alert, the case and the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    code: Code,
    sentence: String,
    policy: u32,
    by: By,
    at: Timestamp,
}

/// What an undo does about the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// There was nothing to pay.
    Nothing,
    /// A hold is released, and nothing was ever charged.
    Released(Money),
    Full(Money),
    /// What has not gone back yet.
    Rest(Money),
}

impl Back {
    /// Of money that arrives and goes back at once.
    pub fn of(amount: Money, held: bool) -> Self {
        if held {
            Self::Released(amount)
        } else {
            Self::Full(amount)
        }
    }

    /// The money that goes back.
    pub fn amount(self) -> Option<Money> {
        match self {
            Self::Nothing => None,
            Self::Released(amount) | Self::Full(amount) | Self::Rest(amount) => Some(amount),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Nothing => "nothing is delivered".to_owned(),
            Self::Released(amount) => format!("the hold of {amount} is released and nothing is charged"),
            Self::Full(amount) => format!("the full {amount} is returned"),
            Self::Rest(amount) => format!("the remaining {amount} is returned"),
        }
    }
}

/// Stripe's limit for a metadata value.
const SENTENCE_CHARACTERS_MAX: usize = 500;

const DASHBOARD: &str = "somebody in Stripe's Dashboard";

impl Because {
    fn new(code: Code, sentence: &str, policy: u32, by: By, at: Timestamp) -> Self {
        Self {
            code,
            sentence: sentence.chars().take(SENTENCE_CHARACTERS_MAX).collect(),
            policy,
            by,
            at,
        }
    }

    /// A step was refused for good, or tried for as long as the policy says, so its order is undone.
    pub fn provisioning_failed(step: Step, failure: Failure, back: Back, policy: u32, at: Timestamp) -> Self {
        let code = match failure.class {
            FailureClass::Rejected => Code::ProvisioningFailed,
            FailureClass::Transient | FailureClass::Throttled | FailureClass::Unknown => Code::ProvisioningTimeout,
        };
        let sentence = format!(
            "The {} could not be set up because {}, so {}.",
            step.noun(),
            crate::wording::reason(failure.reason),
            back.words()
        );
        Self::new(code, &sentence, policy, By::Automation, at)
    }

    /// A second payment for one order.
    pub fn duplicate_purchase(amount: Money, held: bool, policy: u32, at: Timestamp) -> Self {
        let sentence = if held {
            format!("This order was already paid, so the second hold of {amount} is released and nothing is charged.")
        } else {
            format!("This order was already paid, so the second payment of {amount} is returned in full.")
        };
        Self::new(Code::DuplicatePurchase, &sentence, policy, By::Automation, at)
    }

    /// Money came for an order that had already ended.
    pub fn paid_too_late(amount: Money, held: bool, policy: u32, at: Timestamp) -> Self {
        let sentence = format!(
            "The payment came after the order had ended, so {}.",
            Back::of(amount, held).words()
        );
        Self::new(Code::PaidTooLate, &sentence, policy, By::Automation, at)
    }

    /// What was paid is not what was asked.
    pub fn amount_mismatch(asked: Money, paid: Money, held: bool, policy: u32, at: Timestamp) -> Self {
        let back = if held { "released" } else { "returned" };
        let sentence = format!("{paid} was paid where {asked} was due, so nothing is delivered and {paid} is {back}.");
        Self::new(Code::AmountMismatch, &sentence, policy, By::Automation, at)
    }

    /// A person chose to undo, and said why.
    pub fn person_decided(word: &Word, back: Back, policy: u32, at: Timestamp) -> Self {
        let done = match back {
            Back::Nothing => "The order is undone".to_owned(),
            Back::Released(amount) => format!("The hold of {amount} is released"),
            Back::Full(amount) => format!("The full {amount} is returned"),
            Back::Rest(amount) => format!("The remaining {amount} is returned"),
        };
        let why = word.reason.trim();
        let end = if why.ends_with(['.', '!', '?']) { "" } else { "." };
        let sentence = format!("{done} by our decision: {why}{end}");
        Self::new(word.code, &sentence, policy, By::Person(word.by.clone()), at)
    }

    /// Money went back by hand, outside this system.
    pub fn external_dashboard(amount: Money, policy: u32, at: Timestamp) -> Self {
        let sentence = format!("{amount} was returned by hand in Stripe; the reason for it is not recorded.");
        Self::new(
            Code::ExternalDashboard,
            &sentence,
            policy,
            By::Person(DASHBOARD.to_owned()),
            at,
        )
    }

    /// Held money could not be taken, so what was delivered is taken back.
    pub fn capture_failed(reason: Reason, amount: Money, policy: u32, at: Timestamp) -> Self {
        let sentence = format!(
            "The held {amount} could not be taken because {}, so the order is undone and nothing is charged.",
            crate::wording::reason(reason)
        );
        Self::new(Code::CaptureFailed, &sentence, policy, By::Automation, at)
    }

    /// The hold ended before the money was taken: by time, or by somebody's hand.
    pub fn hold_ended(amount: Money, lapsed: bool, policy: u32, at: Timestamp) -> Self {
        if lapsed {
            let sentence =
                format!("The bank's hold of {amount} ran out before the order was complete, so nothing is charged.");
            return Self::new(Code::HoldEnded, &sentence, policy, By::Automation, at);
        }
        let sentence = format!("The hold of {amount} was released by hand in Stripe, so nothing is charged.");
        Self::new(Code::HoldEnded, &sentence, policy, By::Person(DASHBOARD.to_owned()), at)
    }

    /// The customer's bank decided a dispute against us; `by_hand` was returned besides.
    pub fn dispute_lost(amount: Money, by_hand: Money, policy: u32, at: Timestamp) -> Self {
        let besides = if by_hand.minor > 0 {
            format!(", and {by_hand} was returned by hand in Stripe")
        } else {
            String::new()
        };
        let sentence = format!("The customer's bank took {amount} back after a dispute{besides}.");
        Self::new(
            Code::DisputeLost,
            &sentence,
            policy,
            By::Person("the customer's bank".to_owned()),
            at,
        )
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Version of the policy under which this was decided.
    pub fn policy(&self) -> u32 {
        self.policy
    }

    pub fn by(&self) -> &By {
        &self.by
    }

    pub fn at(&self) -> Timestamp {
        self.at
    }
}
