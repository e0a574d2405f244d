//! Everything that may arrive.

use std::time::Duration;

use super::super::story::*;
use crate::audit::{About, Difference, Odd};
use crate::case::Choice;
use crate::case::tend::Tend;
use crate::event::Event;
use crate::id::{CaseId, DecisionId, DisputeId, ObjectId, PaymentId, RefundId, SessionId};
use crate::notice::Mark;
use crate::payment::{DisputeStatus, Particulars, RefundStatus, Standing};
use crate::receipt::{Origin, Step};
use crate::work::Attempt;

#[expect(clippy::too_many_lines, reason = "a list: one entry per row of the table")]
pub(super) fn events(attempt: Attempt, seen: u64, case: &CaseId) -> Vec<Event> {
    let (step, object) = (Step::Account, ObjectId::new("u9"));
    let (payment, second, refund) = (payment(), PaymentId::new("pi_2"), RefundId::new("re_9"));
    let by_hand = RefundId::new("re_hand");
    let (amount_minor, status) = (48_000, RefundStatus::Succeeded);
    let person = |choice| Event::PersonDecided {
        case: case.clone(),
        seen,
        choice,
        word: word("looked at it"),
    };
    let origin = Origin::Made;
    let dispute = |status| Event::DisputeSeen {
        payment: payment.clone(),
        dispute: DisputeId::new("dp_1"),
        amount_minor,
        status,
    };
    let marked = |mark| Event::NoticeMarked { notice: 1, mark };
    vec![
        Event::StoodTooLong,
        Event::SessionOpened {
            session: SessionId::new("cs_1"),
            url: "https://pay.example".into(),
        },
        Event::SessionNotOpened { failure: DOWN },
        Event::SessionExpired {
            session: SessionId::new("cs_1"),
        },
        Event::SessionStillOpen { attempt },
        Event::SessionUnknown { attempt },
        Event::PaymentCaptured {
            payment: payment.clone(),
            amount: pounds(48_000),
        },
        Event::PaymentCaptured {
            payment: second,
            amount: pounds(48_000),
        },
        Event::PaymentSeen {
            attempt: None,
            payment: payment.clone(),
            standing: Standing::Processing,
        },
        Event::PaymentSeen {
            attempt: None,
            payment: payment.clone(),
            standing: Standing::NotPaid,
        },
        Event::PaymentSeen {
            attempt: None,
            payment: payment.clone(),
            standing: Standing::Held {
                amount: pounds(48_000),
                capture_before: None,
            },
        },
        Event::PaymentSeen {
            attempt: None,
            payment: payment.clone(),
            standing: Standing::Canceled { lapsed: true },
        },
        Event::PaymentSeen {
            attempt: Some(attempt),
            payment: payment.clone(),
            standing: Standing::Canceled { lapsed: false },
        },
        Event::NothingToPay {
            session: SessionId::new("cs_1"),
        },
        Event::CaptureFailed {
            attempt,
            payment: payment.clone(),
            failure: DOWN,
        },
        Event::CaptureFailed {
            attempt,
            payment: payment.clone(),
            failure: REFUSED,
        },
        Event::CaptureFailed {
            attempt,
            payment: payment.clone(),
            failure: LOST,
        },
        dispute(DisputeStatus::Inquiry),
        dispute(DisputeStatus::Open),
        dispute(DisputeStatus::Won),
        dispute(DisputeStatus::Lost),
        Event::DisputesListed {
            attempt,
            payment: payment.clone(),
            disputes: vec![],
        },
        Event::RefundSeen {
            payment: payment.clone(),
            refund: refund.clone(),
            amount_minor,
            status,
            told: Particulars::default(),
        },
        Event::RefundSeen {
            payment: payment.clone(),
            refund: refund.clone(),
            amount_minor,
            status: RefundStatus::RequiresAction,
            told: Particulars::default(),
        },
        Event::RefundSeen {
            payment: payment.clone(),
            refund: RefundId::new("re_1"),
            amount_minor,
            status: RefundStatus::Failed,
            told: Particulars::default(),
        },
        Event::RefundedTotalSeen {
            payment: payment.clone(),
            total_minor: amount_minor,
        },
        Event::StepDone {
            attempt,
            step,
            object: object.clone(),
            origin,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: DOWN,
            outage: false,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: REFUSED,
            outage: false,
        },
        Event::StepFailed {
            attempt,
            step,
            failure: LOST,
            outage: false,
        },
        Event::StepSeen {
            attempt,
            step,
            asked_at: crate::Timestamp(0),
            objects: vec![(object.clone(), origin)],
        },
        Event::StepSeen {
            attempt,
            step,
            asked_at: crate::Timestamp(0),
            objects: vec![],
        },
        Event::StepHeld {
            attempt,
            step,
            wait: Duration::from_secs(30),
        },
        Event::OutageSeen {
            step,
            since: crate::Timestamp(0),
            over: false,
        },
        Event::UndoPassed { attempt },
        Event::UndoWaits { attempt, asks: true },
        Event::StepRevoked {
            attempt,
            step,
            objects: vec![ObjectId::new("u1")],
        },
        Event::RevokeFailed {
            attempt,
            step,
            failure: DOWN,
        },
        Event::RevokeFailed {
            attempt,
            step,
            failure: REFUSED,
        },
        Event::MoneyReturned {
            attempt,
            payment: payment.clone(),
            refund,
            amount_minor,
            status,
            told: Particulars::default(),
        },
        Event::ReturnFailed {
            attempt,
            payment: payment.clone(),
            failure: DOWN,
        },
        Event::ReturnFailed {
            attempt,
            payment: payment.clone(),
            failure: REFUSED,
        },
        Event::Annotated {
            attempt,
            payment: payment.clone(),
            refund: by_hand.clone(),
        },
        Event::AnnotateFailed {
            attempt,
            payment: payment.clone(),
            refund: by_hand.clone(),
            failure: DOWN,
        },
        Event::AnnotateFailed {
            attempt,
            payment: payment.clone(),
            refund: by_hand,
            failure: REFUSED,
        },
        Event::RefundsListed {
            attempt,
            payment: payment.clone(),
            refunds: vec![],
        },
        Event::AskFailed { attempt, failure: DOWN },
        Event::NoticeAccepted {
            attempt,
            notice: 1,
            covered: false,
        },
        Event::NoticeFailed {
            attempt,
            notice: 1,
            failure: DOWN,
        },
        Event::AttemptLapsed { attempt },
        person(Choice::Retry),
        person(Choice::Undo),
        person(Choice::Ignore),
        Event::CaseTended {
            case: case.clone(),
            tend: Tend::Noted {
                text: "The bank answers on Monday.".to_owned(),
            },
            by: "operator".to_owned(),
            decision: DecisionId::new("dec_note"),
        },
        Event::AnnounceAgain {
            notice: 1,
            seen,
            by: "operator".to_owned(),
            reason: "looked at it".to_owned(),
        },
        marked(Mark::Bounced {
            sent_at: crate::Timestamp(i64::MAX / 2),
        }),
        marked(Mark::Acknowledged {
            by: "finance".to_owned(),
        }),
        marked(Mark::Waived {
            by: "operator".to_owned(),
            reason: "told them by phone".to_owned(),
        }),
        Event::Audited {
            about: About::Payment(PaymentId::new("pi_1")),
            found: vec![Difference::Money {
                payment: PaymentId::new("pi_1"),
                odd: Odd::Refunded,
                minor: 100,
            }],
        },
        Event::DeadLettered {
            queue: "provisioning".into(),
        },
    ]
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most events have nothing to add to their name"
)]
pub(super) fn label(event: &Event) -> String {
    let detail = match event {
        Event::PaymentCaptured { payment, .. } if payment.as_str() == "pi_2" => "second",
        Event::PaymentSeen { standing, .. } => standing.name(),
        Event::DisputeSeen { status, .. } => status.name(),
        Event::RefundSeen {
            status: RefundStatus::Failed,
            ..
        } => "failed",
        Event::RefundSeen {
            status: RefundStatus::RequiresAction,
            ..
        } => "waits for the customer",
        Event::StepFailed { failure, .. }
        | Event::RevokeFailed { failure, .. }
        | Event::CaptureFailed { failure, .. }
        | Event::AnnotateFailed { failure, .. }
        | Event::ReturnFailed { failure, .. } => failure.class.name(),
        Event::StepSeen { objects, .. } if objects.is_empty() => "none",
        Event::PersonDecided { choice, .. } => choice.name(),
        Event::NoticeMarked { mark, .. } => match mark {
            Mark::Bounced { .. } => "bounced",
            Mark::Acknowledged { .. } => "seen",
            Mark::Waived { .. } => "waived",
        },
        _ => "",
    };
    if detail.is_empty() {
        event.name().to_owned()
    } else {
        format!("{}({detail})", event.name())
    }
}
