//! The plain sentence without which no money is returned.

mod at_stripe;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::case::Word;
use crate::failure::{Failure, FailureClass, Reason};
use crate::id::{CaseId, DecisionId};
use crate::money::Money;
use crate::receipt::Step;
use crate::time::Timestamp;

pub use at_stripe::at_stripe;
pub(crate) use at_stripe::undone_for;

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

    /// Those that a person may give to money which somebody returned by hand.
    pub const BY_HAND: [Self; 6] = [
        Self::CustomerRequest,
        Self::DuplicatePurchase,
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

/// Where a person's words come from: they can be found again, and name nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub case: CaseId,
    pub decision: DecisionId,
    /// In which the person decided, by its name.
    pub role: Cow<'static, str>,
}

impl Decided {
    fn of(case: &CaseId, word: &Word) -> Self {
        Self {
            case: case.clone(),
            decision: word.decision.clone(),
            role: word.role.clone(),
        }
    }
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
    /// The decision that it was, or by which its words were given later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decided: Option<Decided>,
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

/// A because as it stands in the metadata of an object at Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub code: Code,
    pub sentence: String,
}

impl Said {
    /// None: there is no sentence. A code that nobody may give is none.
    pub fn read(code: &str, sentence: &str) -> Option<Self> {
        let sentence: String = sentence.trim().chars().take(SENTENCE_CHARACTERS_MAX).collect();
        let code = Code::parse(code).filter(|code| Code::BY_HAND.contains(code));
        (!sentence.is_empty()).then_some(Self {
            code: code.unwrap_or(Code::ExternalDashboard),
            sentence,
        })
    }
}

/// A person's words, as the end of a sentence.
fn whole(reason: &str) -> String {
    let reason = reason.trim();
    let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{reason}{end}")
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
            decided: None,
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
    pub fn person_decided(case: &CaseId, word: &Word, back: Back, policy: u32, at: Timestamp) -> Self {
        let done = match back {
            Back::Nothing => "The order is undone".to_owned(),
            Back::Released(amount) => format!("The hold of {amount} is released"),
            Back::Full(amount) => format!("The full {amount} is returned"),
            Back::Rest(amount) => format!("The remaining {amount} is returned"),
        };
        let sentence = format!("{done} by our decision: {}", whole(&word.reason));
        Self {
            decided: Some(Decided::of(case, word)),
            ..Self::new(word.code, &sentence, policy, By::Person(word.by.clone()), at)
        }
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

    /// Money went back by hand, and a person said later what for.
    pub fn explained(amount: Money, case: &CaseId, word: &Word, policy: u32, at: Timestamp) -> Self {
        let sentence = format!("{amount} was returned by hand in Stripe: {}", whole(&word.reason));
        Self {
            decided: Some(Decided::of(case, word)),
            ..Self::new(word.code, &sentence, policy, By::Person(DASHBOARD.to_owned()), at)
        }
    }

    /// Money went back by hand, and whoever did it wrote down why at Stripe, in our own words for it.
    pub fn said_at_stripe(said: &Said, policy: u32, at: Timestamp) -> Self {
        Self::new(said.code, &said.sentence, policy, By::Person(DASHBOARD.to_owned()), at)
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

    pub fn decided(&self) -> Option<&Decided> {
        self.decided.as_ref()
    }

    pub fn at(&self) -> Timestamp {
        self.at
    }
}
