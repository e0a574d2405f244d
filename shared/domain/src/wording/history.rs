//! The history in plain words.

use crate::failure::Failure;
use crate::history::{Entry, What};
use crate::money::{Currency, Money};
use crate::notice::{Audience, Told};
use crate::payment::{DisputeStatus, RefundStatus};
use crate::receipt::{Origin, Step};

/// One line of the history. Repeats are folded into one.
pub fn line(entry: &Entry, currency: Currency) -> String {
    let said = said(&entry.what, currency);
    match (entry.times, entry.last_at) {
        (times, Some(last)) if times > 1 => format!("{said} ({times} times, last on {last})"),
        _ => said,
    }
}

#[expect(clippy::too_many_lines, reason = "a list: one arm per line of a history")]
pub(super) fn said(what: &What, currency: Currency) -> String {
    match what {
        What::Ordered => "The order was placed.".to_owned(),
        What::SessionOpened(_) => "The payment page was opened.".to_owned(),
        What::SessionNotOpened(failure) => format!("The payment page could not be opened: {}.", why(*failure)),
        What::SessionClosed => "The payment page was closed without a payment.".to_owned(),
        What::Paid { payment, amount } => format!("{amount} was paid ({payment})."),
        What::NothingToPay => "The payment page was finished; there was nothing to pay.".to_owned(),
        What::NotConfirmed => "The bank did not confirm the payment; nothing was charged.".to_owned(),
        What::PaymentPending => "The buyer has finished; the bank has not confirmed yet.".to_owned(),
        What::Held { payment, amount } => format!("{amount} is held for us ({payment})."),
        What::HoldEnded { payment, lapsed: true } => format!("The hold of {payment} ran out; nothing was charged."),
        What::HoldEnded { payment, lapsed: false } => {
            format!("The hold of {payment} was released; nothing was charged.")
        }
        What::CaptureFailed { payment, failure } => format!("{payment} could not be taken: {}.", why(*failure)),
        What::Disputed { payment, status } => format!("{payment}: {}.", dispute(*status)),
        What::StepDone {
            step,
            origin: Origin::Made,
        } => format!("The {} was set up.", step.noun()),
        What::StepDone {
            step,
            origin: Origin::Found,
        } => {
            format!("The {} was there already, so it was taken as it is.", step.noun())
        }
        What::StepFailed { step, failure } => format!("The {} could not be set up: {}.", step.noun(), why(*failure)),
        What::StepAbsent(step) => format!("We looked for the {}: there is none so far.", step.noun()),
        What::Delivered => "Everything is delivered.".to_owned(),
        What::UndoDecided(because) => format!("It was decided to undo the order. {}", because.sentence()),
        What::Outage { step, over } => outage(*step, *over),
        What::UndoWaits => "The undo waits: more orders than usual want to be undone at once.".to_owned(),
        What::Revoked(step) => format!("The {} was taken back.", step.noun()),
        What::RevokeFailed { step, failure } => {
            format!("The {} could not be taken back: {}.", step.noun(), why(*failure))
        }
        What::ReturnOwed { payment, because } => format!("{payment} is owed back. {}", because.sentence()),
        What::ReturnFailed { payment, failure } => format!("{payment} could not be returned: {}.", why(*failure)),
        What::Refund {
            payment,
            amount_minor,
            status,
        } => {
            format!(
                "{} of {payment}: {}.",
                Money::new(*amount_minor, currency),
                refund(*status)
            )
        }
        What::Explained { refund, by, because } => {
            let who = by.as_deref().unwrap_or("Whoever returned it");
            format!("{who} said why {refund} was made: {}", because.sentence())
        }
        What::Annotated { refund, done: true } => format!("Stripe shows why {refund} was made."),
        What::Annotated { refund, done: false } => {
            format!("Why {refund} was made could not be written down at Stripe; it stands here.")
        }
        What::AnnotateFailed { refund, failure } => {
            format!(
                "Why {refund} was made could not be written down at Stripe: {}.",
                why(*failure)
            )
        }
        What::Undone => "Everything is undone.".to_owned(),
        What::CaseOpened { class, .. } => format!("A person was asked to look: {}.", super::class_name(*class)),
        What::CaseHealed(_) => "The problem went away by itself, and its case was closed.".to_owned(),
        What::Decided { choice, by, reason, .. } => format!("{by} chose {}: {reason}", choice.name()),
        What::CaseTended { tend, by, .. } => super::tend::tended(tend, by),
        What::Notice { to, told } => format!("A message to {} {}", whom(*to), became(told)),
        What::AnnounceAgain { said, by, reason } => {
            format!("{by} had {} announced again: {reason}", said.name())
        }
        What::NoticeFailed { to, failure } => format!("A message to {} did not go out: {}.", whom(*to), why(*failure)),
        What::DeadLetter(_) => {
            "One of our own messages about this order failed too often and was taken up again.".to_owned()
        }
        What::Asked(failure) => format!("We asked what had happened and got no answer: {}.", why(*failure)),
    }
}

pub(super) fn became(told: &Told) -> String {
    match told {
        Told::Owed => "is owed.".to_owned(),
        Told::Accepted(_) => "was sent.".to_owned(),
        Told::Covered(_) => "was covered by the alert that stands.".to_owned(),
        Told::Unknown(_) => "may have been sent; nobody knows.".to_owned(),
        Told::Overtaken(_) => "was not sent: things had moved on.".to_owned(),
        Told::GivenUp(_) => "could not be sent.".to_owned(),
        Told::Bounced(_) => "came back.".to_owned(),
        Told::Acknowledged { by, .. } => format!("was seen, says {by}."),
        Told::Waived { by, reason, .. } => format!("need not be sent, says {by}: {reason}"),
    }
}

fn why(failure: Failure) -> &'static str {
    super::reason(failure.reason)
}

fn outage(step: Step, over: bool) -> String {
    let noun = step.noun();
    if over {
        format!("Setting up the {noun} works again, for all orders.")
    } else {
        format!("Setting up the {noun} fails for many orders: one at a time tries.")
    }
}

pub(super) fn whom(to: Audience) -> &'static str {
    match to {
        Audience::Customer => "the customer",
        Audience::Finance => "Finance",
        Audience::CustomerService => "Customer Service",
        Audience::Ops => "operations",
        Audience::Systems => "other systems",
    }
}

fn refund(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Pending => "the refund is on its way",
        RefundStatus::RequiresAction => "the refund waits for the customer",
        RefundStatus::Succeeded => "refunded",
        RefundStatus::Failed => "the refund failed",
        RefundStatus::Canceled => "the refund was cancelled",
    }
}

fn dispute(status: DisputeStatus) -> &'static str {
    match status {
        DisputeStatus::Inquiry => "the customer's bank asks about the payment",
        DisputeStatus::Dropped => "the bank asks no more and took nothing",
        DisputeStatus::Open => "the customer's bank contests the payment",
        DisputeStatus::Won => "the bank decided the dispute for us",
        DisputeStatus::Lost => "the bank took the money back after a dispute",
    }
}
