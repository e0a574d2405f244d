//! Facts that happened. Whatever arrives, a click, a webhook, an outcome, a person's word, becomes one of these.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{About, Difference};
use crate::case::tend::Tend;
use crate::case::{Choice, Word};
use crate::failure::Failure;
use crate::id::{CaseId, DecisionId, DisputeId, ObjectId, PaymentId, RefundId, SessionId};
use crate::money::Money;
use crate::notice::Mark;
use crate::payment::{DisputeStatus, Particulars, RefundStatus, Standing, Stated};
use crate::receipt::{Origin, Step};
use crate::time::Timestamp;
use crate::work::Attempt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Stripe opened the Session that we asked for.
    SessionOpened {
        session: SessionId,
        url: Arc<str>,
    },
    /// Stripe did not, or did not say.
    SessionNotOpened {
        failure: Failure,
    },
    /// The Session is over and nobody paid in it.
    SessionExpired {
        session: SessionId,
    },
    /// Money was captured.
    PaymentCaptured {
        payment: PaymentId,
        amount: Money,
    },
    /// Stripe was asked where the payment stands, because an event hinted at it or because the order had to know. With an
    /// attempt: that is what came of it.
    PaymentSeen {
        attempt: Option<Attempt>,
        payment: PaymentId,
        standing: Standing,
    },
    /// The payment page was finished and there was nothing to pay.
    NothingToPay {
        session: SessionId,
    },
    /// Taking held money did not work, or nobody knows.
    CaptureFailed {
        attempt: Attempt,
        payment: PaymentId,
        failure: Failure,
    },
    /// The customer's bank contests the payment, or has decided.
    DisputeSeen {
        payment: PaymentId,
        dispute: DisputeId,
        amount_minor: i64,
        status: DisputeStatus,
    },
    /// Stripe was asked which disputes the payment has: these.
    DisputesListed {
        attempt: Attempt,
        payment: PaymentId,
        disputes: Vec<(DisputeId, i64, DisputeStatus)>,
    },
    /// Stripe has a refund of this payment, whoever made it.
    RefundSeen {
        payment: PaymentId,
        refund: RefundId,
        amount_minor: i64,
        status: RefundStatus,
        told: Particulars,
    },
    /// Stripe says how much of the charge is back in all; which refunds that is, it does not say.
    RefundedTotalSeen {
        payment: PaymentId,
        total_minor: i64,
    },

    /// The step came true.
    StepDone {
        attempt: Attempt,
        step: Step,
        object: ObjectId,
        origin: Origin,
    },
    /// It did not, or nobody knows.
    StepFailed {
        attempt: Attempt,
        step: Step,
        failure: Failure,
        /// The step's breaker was open: it fails for everybody.
        outage: bool,
    },
    /// The provider was asked what there is: made for this order, or found.
    StepSeen {
        attempt: Attempt,
        step: Step,
        asked_at: Timestamp,
        objects: Vec<(ObjectId, Origin)>,
    },
    /// The step's breaker is open: nothing was tried, and the next time is no sooner than after `wait`.
    StepHeld {
        attempt: Attempt,
        step: Step,
        wait: Duration,
    },
    /// This order's attempt opened the step's breaker, or closed it again: it is the one that says so to people.
    OutageSeen {
        step: Step,
        since: Timestamp,
        over: bool,
    },
    /// The brake lets this order's undo begin.
    UndoPassed {
        attempt: Attempt,
    },
    /// The brake is on; `asks`: this order's case asks a person for all that wait.
    UndoWaits {
        attempt: Attempt,
        asks: bool,
    },
    /// These objects are gone.
    StepRevoked {
        attempt: Attempt,
        step: Step,
        objects: Vec<ObjectId>,
    },
    RevokeFailed {
        attempt: Attempt,
        step: Step,
        failure: Failure,
    },
    /// Stripe took our refund.
    MoneyReturned {
        attempt: Attempt,
        payment: PaymentId,
        refund: RefundId,
        amount_minor: i64,
        status: RefundStatus,
        told: Particulars,
    },
    ReturnFailed {
        attempt: Attempt,
        payment: PaymentId,
        failure: Failure,
    },
    /// Stripe shows why this refund was made by hand.
    Annotated {
        attempt: Attempt,
        payment: PaymentId,
        refund: RefundId,
    },
    AnnotateFailed {
        attempt: Attempt,
        payment: PaymentId,
        refund: RefundId,
        failure: Failure,
    },
    /// Stripe was asked which refunds the payment has: these.
    RefundsListed {
        attempt: Attempt,
        payment: PaymentId,
        refunds: Vec<Stated>,
    },
    /// Stripe was asked about the Session: it is still open, or no Session was ever made known.
    SessionStillOpen {
        attempt: Attempt,
    },
    SessionUnknown {
        attempt: Attempt,
    },
    /// A question to Stripe got no answer.
    AskFailed {
        attempt: Attempt,
        failure: Failure,
    },
    NoticeAccepted {
        attempt: Attempt,
        notice: u32,
        /// What stands covers it: nothing was sent for it alone.
        covered: bool,
    },
    NoticeFailed {
        attempt: Attempt,
        notice: u32,
        failure: Failure,
    },
    /// A worker began this attempt, and its lease has passed without a word.
    AttemptLapsed {
        attempt: Attempt,
    },

    /// A person decided a case, having seen this version of the order.
    PersonDecided {
        case: CaseId,
        seen: u64,
        choice: Choice,
        word: Word,
    },
    /// A person assigned, noted or held a case, or said by when it must be done. It names no version that was seen: a note
    /// contradicts nothing.
    CaseTended {
        case: CaseId,
        tend: Tend,
        by: String,
        decision: DecisionId,
    },
    /// A person has an announcement sent again; receivers know it by its id.
    AnnounceAgain {
        notice: u32,
        seen: u64,
        by: String,
        reason: String,
    },
    /// What a person, or the mail system, says about a message to people.
    NoticeMarked {
        notice: u32,
        mark: Mark,
    },
    /// What an audit found of this order, in place of what the last one found.
    Audited {
        about: About,
        found: Vec<Difference>,
    },
    /// A nudge for this order died in its queue; `healthy` orders only need another.
    DeadLettered {
        queue: String,
    },
    /// Somebody looked at the order, and it stands where it stands for longer than its policy allows.
    StoodTooLong,
}

impl Event {
    /// One word for logs, metrics and the transition table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionOpened { .. } => "SessionOpened",
            Self::SessionNotOpened { .. } => "SessionNotOpened",
            Self::SessionExpired { .. } => "SessionExpired",
            Self::PaymentCaptured { .. } => "PaymentCaptured",
            Self::PaymentSeen { .. } => "PaymentSeen",
            Self::NothingToPay { .. } => "NothingToPay",
            Self::CaptureFailed { .. } => "CaptureFailed",
            Self::DisputeSeen { .. } => "DisputeSeen",
            Self::DisputesListed { .. } => "DisputesListed",
            Self::RefundSeen { .. } => "RefundSeen",
            Self::RefundedTotalSeen { .. } => "RefundedTotalSeen",
            Self::StepDone { .. } => "StepDone",
            Self::StepFailed { .. } => "StepFailed",
            Self::StepSeen { .. } => "StepSeen",
            Self::StepHeld { .. } => "StepHeld",
            Self::OutageSeen { .. } => "OutageSeen",
            Self::UndoPassed { .. } => "UndoPassed",
            Self::UndoWaits { .. } => "UndoWaits",
            Self::StepRevoked { .. } => "StepRevoked",
            Self::RevokeFailed { .. } => "RevokeFailed",
            Self::MoneyReturned { .. } => "MoneyReturned",
            Self::ReturnFailed { .. } => "ReturnFailed",
            Self::Annotated { .. } => "Annotated",
            Self::AnnotateFailed { .. } => "AnnotateFailed",
            Self::RefundsListed { .. } => "RefundsListed",
            Self::SessionStillOpen { .. } => "SessionStillOpen",
            Self::SessionUnknown { .. } => "SessionUnknown",
            Self::AskFailed { .. } => "AskFailed",
            Self::NoticeAccepted { .. } => "NoticeAccepted",
            Self::NoticeFailed { .. } => "NoticeFailed",
            Self::AttemptLapsed { .. } => "AttemptLapsed",
            Self::PersonDecided { .. } => "PersonDecided",
            Self::CaseTended { .. } => "CaseTended",
            Self::AnnounceAgain { .. } => "AnnounceAgain",
            Self::NoticeMarked { .. } => "NoticeMarked",
            Self::Audited { .. } => "Audited",
            Self::DeadLettered { .. } => "DeadLettered",
            Self::StoodTooLong => "StoodTooLong",
        }
    }

    /// Why it did not work, of what did not.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::SessionNotOpened { failure }
            | Self::CaptureFailed { failure, .. }
            | Self::StepFailed { failure, .. }
            | Self::RevokeFailed { failure, .. }
            | Self::ReturnFailed { failure, .. }
            | Self::AnnotateFailed { failure, .. }
            | Self::AskFailed { failure, .. }
            | Self::NoticeFailed { failure, .. } => Some(*failure),
            Self::SessionOpened { .. }
            | Self::SessionExpired { .. }
            | Self::PaymentCaptured { .. }
            | Self::PaymentSeen { .. }
            | Self::NothingToPay { .. }
            | Self::DisputeSeen { .. }
            | Self::DisputesListed { .. }
            | Self::RefundSeen { .. }
            | Self::RefundedTotalSeen { .. }
            | Self::StepDone { .. }
            | Self::StepSeen { .. }
            | Self::StepHeld { .. }
            | Self::OutageSeen { .. }
            | Self::UndoPassed { .. }
            | Self::UndoWaits { .. }
            | Self::StepRevoked { .. }
            | Self::MoneyReturned { .. }
            | Self::Annotated { .. }
            | Self::RefundsListed { .. }
            | Self::SessionStillOpen { .. }
            | Self::SessionUnknown { .. }
            | Self::NoticeAccepted { .. }
            | Self::AttemptLapsed { .. }
            | Self::PersonDecided { .. }
            | Self::CaseTended { .. }
            | Self::AnnounceAgain { .. }
            | Self::NoticeMarked { .. }
            | Self::Audited { .. }
            | Self::DeadLettered { .. }
            | Self::StoodTooLong => None,
        }
    }
}
