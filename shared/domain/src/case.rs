//! A problem in a person's hands.

pub mod tend;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::because::Code;
use crate::failure::Failure;
use crate::id::{CaseId, DecisionId, OrderId};
use crate::money::Money;
use crate::policy::Owner;
use crate::time::Timestamp;
use crate::work::Subject;
use tend::{Care, Deadline};

/// What kind of problem; one alert and one page of words per class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A step could not be made to come true, or nobody knows whether it did.
    DeliveryStuck,
    /// Money that is owed back cannot be returned.
    ReturnStuck,
    /// What was made cannot be taken back.
    RevokeStuck,
    /// Automation wants to undo more orders than is normal: all of them wait.
    MassUndo,
    /// Held money could not be taken.
    CaptureStuck,
    /// Another amount was taken by hand than was due, and all is delivered.
    OtherAmountTaken,
    /// A part of the money went back, and not by us.
    PartlyReturned,
    /// More went back than was paid: refunded, and taken by the bank besides.
    ReturnedTwice,
    /// The customer's bank asks about the payment, and has taken nothing.
    Inquiry,
    /// The customer's bank contests the payment, and has the money until it decides.
    Disputed,
    /// Stripe has the refund and does not bring it to an end.
    RefundWaits,
    /// Money that was returned after delivery: access is being taken back.
    ReturnedAfterDelivery,
    /// A message died again and again without our learning why.
    DeadLetters,
    /// Money that no order claims.
    MoneyWithoutOrder,
    /// Stripe has money that the order does not account for.
    Unaccounted,
    /// Delivered by our record, and not there.
    AccessMissing,
    /// There, although nobody pays for it.
    AccessLeft,
    /// What Stripe says of an order cannot be recorded.
    Unrecorded,
    /// More orders than usual could not be announced to other systems.
    NotAnnounced,
    /// People who should know what became of money, or that a person decides, do not: our messages do not reach them.
    NotTold,
    /// Nobody acknowledged the test alert of a day: a real one may wake nobody either.
    AlertsUnheard,
    /// Money went back by hand, and nobody has said why.
    BecauseMissing,
    /// The order stands where it stands for longer than the policy allows, and nobody knew.
    TakesTooLong,
    /// More orders than usual had messages to people left unsent.
    LeftUntold,
}

impl Class {
    pub const ALL: [Self; 24] = [
        Self::DeliveryStuck,
        Self::ReturnStuck,
        Self::RevokeStuck,
        Self::MassUndo,
        Self::CaptureStuck,
        Self::OtherAmountTaken,
        Self::PartlyReturned,
        Self::ReturnedTwice,
        Self::Inquiry,
        Self::Disputed,
        Self::RefundWaits,
        Self::ReturnedAfterDelivery,
        Self::DeadLetters,
        Self::MoneyWithoutOrder,
        Self::Unaccounted,
        Self::AccessMissing,
        Self::AccessLeft,
        Self::Unrecorded,
        Self::NotAnnounced,
        Self::NotTold,
        Self::AlertsUnheard,
        Self::BecauseMissing,
        Self::TakesTooLong,
        Self::LeftUntold,
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == word)
    }

    /// One word, for addresses and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeliveryStuck => "delivery_stuck",
            Self::ReturnStuck => "return_stuck",
            Self::RevokeStuck => "revoke_stuck",
            Self::MassUndo => "mass_undo",
            Self::CaptureStuck => "capture_stuck",
            Self::OtherAmountTaken => "other_amount_taken",
            Self::PartlyReturned => "partly_returned",
            Self::ReturnedTwice => "returned_twice",
            Self::Inquiry => "inquiry",
            Self::Disputed => "disputed",
            Self::RefundWaits => "refund_waits",
            Self::ReturnedAfterDelivery => "returned_after_delivery",
            Self::DeadLetters => "dead_letters",
            Self::MoneyWithoutOrder => "money_without_order",
            Self::Unaccounted => "unaccounted",
            Self::AccessMissing => "access_missing",
            Self::AccessLeft => "access_left",
            Self::Unrecorded => "unrecorded",
            Self::NotAnnounced => "not_announced",
            Self::NotTold => "not_told",
            Self::AlertsUnheard => "alerts_unheard",
            Self::BecauseMissing => "because_missing",
            Self::TakesTooLong => "takes_too_long",
            Self::LeftUntold => "left_untold",
        }
    }

    /// Only words are missing: the order goes on as if it were not there.
    pub fn is_about_words(self) -> bool {
        matches!(self, Self::NotTold | Self::BecauseMissing)
    }

    /// The customer waits for its end, and so is told of it. The others are about our own house: what the customer reads
    /// does not change with them.
    pub fn is_the_customers(self) -> bool {
        match self {
            Self::DeliveryStuck | Self::ReturnStuck => true,
            Self::RevokeStuck
            | Self::MassUndo
            | Self::CaptureStuck
            | Self::OtherAmountTaken
            | Self::PartlyReturned
            | Self::ReturnedTwice
            | Self::Inquiry
            | Self::Disputed
            | Self::RefundWaits
            | Self::ReturnedAfterDelivery
            | Self::DeadLetters
            | Self::MoneyWithoutOrder
            | Self::Unaccounted
            | Self::AccessMissing
            | Self::AccessLeft
            | Self::Unrecorded
            | Self::NotAnnounced
            | Self::NotTold
            | Self::AlertsUnheard
            | Self::BecauseMissing
            | Self::TakesTooLong
            | Self::LeftUntold => false,
        }
    }
}

/// What the order remembers of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRef {
    pub id: CaseId,
    pub class: Class,
    /// What it is about. Its counter says whether it is held until a person decides.
    pub subject: Option<Subject>,
    pub failure: Option<Failure>,
    pub opened_at: Timestamp,
    pub resolved: Option<Resolved>,
    #[serde(default, skip_serializing_if = "Care::is_empty")]
    pub care: Care,
    /// The last one of this class about the same subject, which was closed: it has come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<CaseId>,
}

impl CaseRef {
    /// A person ended it.
    pub fn decided(&self) -> bool {
        matches!(self.resolved, Some(Resolved::Decided { .. }))
    }

    /// It was this decision that ended it.
    pub fn decided_by(&self, id: &DecisionId) -> bool {
        matches!(&self.resolved, Some(Resolved::Decided { decision: Some(decision), .. }) if decision == id)
    }
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolved {
    /// The facts changed for the better by themselves.
    Healed { at: Timestamp },
    Decided {
        at: Timestamp,
        choice: Choice,
        by: String,
        /// In which they decided, by its name. Empty: it was not kept yet.
        #[serde(default, skip_serializing_if = "str::is_empty")]
        role: Cow<'static, str>,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<DecisionId>,
        /// That the decision made, of the order or of a case of no order: it stood on the one before. None: it was not
        /// kept yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
    },
}

impl Resolved {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Healed { at } | Self::Decided { at, .. } => *at,
        }
    }
}

/// What a person says to a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub by: String,
    /// In which they say it, by its name.
    pub role: Cow<'static, str>,
    pub reason: String,
    /// Where money goes back: what for, from the list that Finance filters by.
    pub code: Code,
    pub decision: DecisionId,
}

/// What a person may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Again, in the same direction, with fresh counters.
    Retry,
    /// Take back and give back.
    Undo,
    /// Leave it: somebody has dealt with it outside, and says so.
    Ignore,
}

impl Choice {
    pub const ALL: [Self; 3] = [Self::Retry, Self::Undo, Self::Ignore];

    pub fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Undo => "undo",
            Self::Ignore => "ignore",
        }
    }
}

/// The case as an item of its own, for the inbox. Written in one transaction with its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub order: Option<OrderId>,
    pub class: Class,
    pub opened_at: Timestamp,
    /// Starts with the money or the customer.
    pub consequence: String,
    pub suggestion: Option<Choice>,
    pub money: Option<Money>,
    /// Who decides it.
    #[serde(default, skip_serializing_if = "Owner::is_usual")]
    pub owner: Owner,
    pub resolved: Option<Resolved>,
    #[serde(default, skip_serializing_if = "Care::is_empty")]
    pub care: Care,
    /// The nearest moment at which it becomes worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worse: Option<Deadline>,
    /// Of no order: each write stands on the version before. An order's case is written with its order.
    #[serde(default, skip_serializing_if = "is_first")]
    pub version: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_first(version: &u64) -> bool {
    *version == 0
}

impl Case {
    /// Of no order: a person closes it with a sentence, since nothing can be chosen. `id` says what it is about, so that it
    /// is opened once.
    pub fn without_order(id: String, class: Class, now: Timestamp, consequence: String, money: Option<Money>) -> Self {
        Self {
            id: CaseId::new(id),
            order: None,
            class,
            opened_at: now,
            consequence,
            suggestion: None,
            money,
            owner: Owner::default(),
            resolved: None,
            care: Care::default(),
            worse: None,
            version: 0,
        }
    }

    /// Of no order: its matter has settled by itself.
    #[must_use]
    pub fn healed(&self, now: Timestamp) -> Self {
        Self {
            resolved: Some(Resolved::Healed { at: now }),
            worse: None,
            version: self.version + 1,
            ..self.clone()
        }
    }
}
