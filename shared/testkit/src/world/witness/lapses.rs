//! Attempts that ended without a word.

use domain::failure::{Failure, Reason};
use domain::history::What;
use domain::order::Order;

/// How many attempts of the order were found interrupted.
pub(super) fn lapses(order: &Order) -> u32 {
    let interrupted = |failure: &Failure| failure.reason == Reason::Interrupted;
    let times = order.history.iter().map(|entry| match &entry.what {
        What::StepFailed { failure, .. }
        | What::RevokeFailed { failure, .. }
        | What::ReturnFailed { failure, .. }
        | What::CaptureFailed { failure, .. }
        | What::AnnotateFailed { failure, .. }
        | What::NoticeFailed { failure, .. }
        | What::Asked(failure)
            if interrupted(failure) =>
        {
            entry.times
        }
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
        | What::CaptureFailed { .. }
        | What::Disputed { .. }
        | What::UndoWaits
        | What::Outage { .. }
        | What::StepDone { .. }
        | What::StepFailed { .. }
        | What::StepAbsent(_)
        | What::Delivered
        | What::UndoDecided(_)
        | What::Revoked(_)
        | What::RevokeFailed { .. }
        | What::ReturnOwed { .. }
        | What::ReturnFailed { .. }
        | What::Refund { .. }
        | What::Explained { .. }
        | What::Annotated { .. }
        | What::AnnotateFailed { .. }
        | What::Undone
        | What::CaseOpened { .. }
        | What::CaseHealed(_)
        | What::Decided { .. }
        | What::CaseTended { .. }
        | What::Notice { .. }
        | What::AnnounceAgain { .. }
        | What::NoticeFailed { .. }
        | What::DeadLetter(_)
        | What::Asked(_) => 0,
    });
    times.sum()
}
