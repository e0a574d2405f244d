//! What proves each answer: lines of the history and of the told ledger, each under its id.

use super::{Evidence, Question};
use crate::history::{Entry, What};
use crate::id::PaymentId;
use crate::notice::{Audience, Notice, Told};
use crate::order::Order;
use crate::payment::Payment;
use crate::receipt::Receipt;
use crate::time::Timestamp;
use crate::wording::history::{line, said};
use crate::wording::told;

/// The oldest first.
pub(super) fn of(order: &Order, question: Question) -> Vec<Evidence> {
    let currency = order.product.price.currency;
    let entries = order.history.iter();
    let mut all: Vec<Evidence> = entries
        .filter(|entry| proves(&entry.what) == Some(question))
        .map(|entry| Evidence {
            at: entry.at,
            recorded: line(entry, currency),
            id: id(order, entry),
        })
        .collect();
    match question {
        Question::What => all.extend(order.payments.iter().flat_map(|payment| refunds(payment, order))),
        Question::Contact => all.extend(
            order
                .notices
                .iter()
                .filter(|notice| tells(notice))
                .map(|notice| Evidence {
                    at: told_at(notice),
                    recorded: told::said(notice),
                    id: format!("message {}", notice.id),
                }),
        ),
        Question::Who | Question::Intended | Question::Done | Question::Why => {}
    }
    all.sort_by_key(|evidence| evidence.at);
    all
}

/// Which answer the line belongs to. None: the payment's refunds and the ledger's notices say it, with their ids.
fn proves(what: &What) -> Option<Question> {
    Some(match what {
        What::Ordered
        | What::SessionOpened(_)
        | What::SessionNotOpened(_)
        | What::SessionClosed
        | What::Paid { .. }
        | What::NothingToPay
        | What::NotConfirmed
        | What::PaymentPending
        | What::Held { .. }
        | What::HoldEnded { .. }
        | What::Disputed { .. } => Question::What,
        What::UndoDecided(_)
        | What::UndoWaits
        | What::Decided { .. }
        | What::CaseTended { .. }
        | What::AnnounceAgain { .. } => Question::Who,
        What::CaseOpened { .. } | What::CaseHealed(_) | What::Outage { .. } | What::DeadLetter(_) | What::Asked(_) => {
            Question::Intended
        }
        What::StepDone { .. }
        | What::StepAbsent(_)
        | What::Delivered
        | What::Revoked(_)
        | What::RevokeFailed { .. }
        | What::Undone => Question::Done,
        What::NoticeFailed { .. } => Question::Contact,
        What::StepFailed { .. }
        | What::CaptureFailed { .. }
        | What::ReturnOwed { .. }
        | What::ReturnFailed { .. }
        | What::Explained { .. }
        | What::Annotated { .. }
        | What::AnnotateFailed { .. } => Question::Why,
        What::Refund { .. } | What::Notice { .. } => return None,
    })
}

/// Under which the line can be found again; empty where it has none.
fn id(order: &Order, entry: &Entry) -> String {
    let object = |fits: &dyn Fn(&&Receipt) -> bool| {
        let receipt = order.receipts.iter().find(fits);
        receipt.map(|receipt| receipt.object.to_string()).unwrap_or_default()
    };
    match &entry.what {
        What::Ordered => order.id.to_string(),
        What::SessionOpened(session) => session.to_string(),
        What::Paid { payment, .. }
        | What::Held { payment, .. }
        | What::HoldEnded { payment, .. }
        | What::CaptureFailed { payment, .. }
        | What::ReturnOwed { payment, .. }
        | What::ReturnFailed { payment, .. } => payment.to_string(),
        What::Disputed { payment, .. } => dispute(order, payment),
        What::StepDone { step, .. } => object(&|known| known.step == *step && known.at == entry.at),
        What::Revoked(step) => object(&|known| known.step == *step && known.revoked_at == Some(entry.at)),
        What::UndoDecided(because) => format!("policy {}", because.policy()),
        What::Explained { refund, .. } | What::Annotated { refund, .. } | What::AnnotateFailed { refund, .. } => {
            refund.to_string()
        }
        What::CaseOpened { case, .. }
        | What::CaseHealed(case)
        | What::Decided { case, .. }
        | What::CaseTended { case, .. } => case.to_string(),
        What::SessionNotOpened(_)
        | What::SessionClosed
        | What::NothingToPay
        | What::NotConfirmed
        | What::PaymentPending
        | What::StepFailed { .. }
        | What::StepAbsent(_)
        | What::Delivered
        | What::UndoWaits
        | What::Outage { .. }
        | What::RevokeFailed { .. }
        | What::Refund { .. }
        | What::Undone
        | What::Notice { .. }
        | What::AnnounceAgain { .. }
        | What::NoticeFailed { .. }
        | What::DeadLetter(_)
        | What::Asked(_) => String::new(),
    }
}

/// The history names the payment; with one dispute that is the dispute as well.
fn dispute(order: &Order, payment: &PaymentId) -> String {
    let known = order.payments.iter().find(|known| known.id == *payment);
    match known.map(|known| known.disputes.as_slice()) {
        Some([only]) => only.id.to_string(),
        Some(_) | None => payment.to_string(),
    }
}

fn refunds(payment: &Payment, order: &Order) -> impl Iterator<Item = Evidence> {
    let (id, currency) = (payment.id.clone(), order.product.price.currency);
    payment.refunds.iter().map(move |refund| Evidence {
        at: refund.at,
        recorded: said(
            &What::Refund {
                payment: id.clone(),
                amount_minor: refund.amount_minor,
                status: refund.status,
            },
            currency,
        ),
        id: refund.id.to_string(),
    })
}

fn tells(notice: &Notice) -> bool {
    notice.to != Audience::Systems && !notice.is_idle()
}

fn told_at(notice: &Notice) -> Timestamp {
    match notice.told {
        Told::Owed => notice.owed_at,
        Told::Accepted(at)
        | Told::Covered(at)
        | Told::Unknown(at)
        | Told::Overtaken(at)
        | Told::GivenUp(at)
        | Told::Bounced(at)
        | Told::Acknowledged { at, .. }
        | Told::Waived { at, .. } => at,
    }
}
