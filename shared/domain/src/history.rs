//! What happened to an order, in the order in which it was learned. Never rewritten; repeats are folded.

use serde::{Deserialize, Serialize};

use crate::because::Because;
use crate::case::tend::Tend;
use crate::case::{Choice, Class};
use crate::failure::Failure;
use crate::id::{CaseId, PaymentId, RefundId, SessionId};
use crate::money::Money;
use crate::notice::{Announcement, Audience, Told};
use crate::payment::{DisputeStatus, RefundStatus};
use crate::receipt::{Origin, Step};
use crate::time::Timestamp;

/// One line. `times` and `last_at` fold "attempts 3 to 12: throttled" into one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    pub what: What,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Id of the Stripe event that told us, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Ordered,
    SessionOpened(SessionId),
    SessionNotOpened(Failure),
    SessionClosed,
    Paid {
        payment: PaymentId,
        amount: Money,
    },
    NothingToPay,
    NotConfirmed,
    /// The buyer has done everything; the bank has not answered.
    PaymentPending,
    Held {
        payment: PaymentId,
        amount: Money,
    },
    HoldEnded {
        payment: PaymentId,
        lapsed: bool,
    },
    CaptureFailed {
        payment: PaymentId,
        failure: Failure,
    },
    Disputed {
        payment: PaymentId,
        status: DisputeStatus,
    },
    StepDone {
        step: Step,
        origin: Origin,
    },
    StepFailed {
        step: Step,
        failure: Failure,
    },
    StepAbsent(Step),
    Delivered,
    UndoDecided(Because),
    UndoWaits,
    Outage {
        step: Step,
        over: bool,
    },
    Revoked(Step),
    RevokeFailed {
        step: Step,
        failure: Failure,
    },
    ReturnOwed {
        payment: PaymentId,
        because: Because,
    },
    ReturnFailed {
        payment: PaymentId,
        failure: Failure,
    },
    Refund {
        payment: PaymentId,
        amount_minor: i64,
        status: RefundStatus,
    },
    /// Somebody said why a refund was made by hand; `by` none: whoever made it, at Stripe.
    Explained {
        refund: RefundId,
        by: Option<String>,
        because: Because,
    },
    /// Whether Stripe shows those words; not: it was given up.
    Annotated {
        refund: RefundId,
        done: bool,
    },
    AnnotateFailed {
        refund: RefundId,
        failure: Failure,
    },
    Undone,
    CaseOpened {
        case: CaseId,
        class: Class,
    },
    CaseHealed(CaseId),
    Decided {
        case: CaseId,
        choice: Choice,
        by: String,
        reason: String,
    },
    CaseTended {
        case: CaseId,
        tend: Tend,
        by: String,
    },
    Notice {
        to: Audience,
        told: Told,
    },
    AnnounceAgain {
        said: Announcement,
        by: String,
        reason: String,
    },
    NoticeFailed {
        to: Audience,
        failure: Failure,
    },
    DeadLetter(String),
    Asked(Failure),
}

impl What {
    /// It comes again and again while something fails. Everything else happens once, and is never dropped.
    fn repeats(&self) -> bool {
        match self {
            Self::SessionNotOpened(_)
            | Self::StepFailed { .. }
            | Self::StepAbsent(_)
            | Self::RevokeFailed { .. }
            | Self::ReturnFailed { .. }
            | Self::CaptureFailed { .. }
            | Self::AnnotateFailed { .. }
            | Self::UndoWaits
            | Self::NoticeFailed { .. }
            | Self::DeadLetter(_)
            | Self::Asked(_) => true,
            Self::Ordered
            | Self::SessionOpened(_)
            | Self::SessionClosed
            | Self::Paid { .. }
            | Self::NothingToPay
            | Self::NotConfirmed
            | Self::PaymentPending
            | Self::Held { .. }
            | Self::HoldEnded { .. }
            | Self::Disputed { .. }
            | Self::StepDone { .. }
            | Self::Outage { .. }
            | Self::Delivered
            | Self::UndoDecided(_)
            | Self::Revoked(_)
            | Self::ReturnOwed { .. }
            | Self::Refund { .. }
            | Self::Explained { .. }
            | Self::Annotated { .. }
            | Self::Undone
            | Self::CaseOpened { .. }
            | Self::CaseHealed(_)
            | Self::Decided { .. }
            | Self::CaseTended { .. }
            | Self::Notice { .. }
            | Self::AnnounceAgain { .. } => false,
        }
    }
}

/// An order must not outgrow its row: from so many lines on, a failure that is not folded into a line is not kept.
const LINES_MAX: usize = 200;

/// Appends a line. A failure is folded into the line that says the same, if only failures stand between them.
pub(crate) fn note(history: &mut Vec<Entry>, at: Timestamp, what: What, source: Option<&str>) {
    let repeats = what.repeats();
    if repeats {
        let run = history.iter_mut().rev().take_while(|entry| entry.what.repeats());
        if let Some(same) = run.into_iter().find(|entry| entry.what == what) {
            same.times = same.times.saturating_add(1);
            same.last_at = Some(at);
            return;
        }
        if history.len() >= LINES_MAX {
            return;
        }
    }
    history.push(Entry {
        at,
        what,
        times: 1,
        last_at: None,
        source: source.map(str::to_owned),
    });
}
