//! What a person decided, and what died on its way to us.

use crate::because::Because;
use crate::case::{Choice, Class, Resolved};
use crate::history::What;
use crate::id::CaseId;
use crate::order::{ClosedWhy, State};
use crate::work::Subject;

use super::draft::{Draft, Learned};

/// So many dead letters of one order, and a person looks.
const DEAD_LETTERS_MAX: u32 = 3;

/// A decision names its case. A case is decided once: a second copy finds it closed.
pub(super) fn decided(draft: &mut Draft, id: &CaseId, choice: Choice, by: &str, reason: &str) -> Learned {
    let Some(case) = draft.order.open_case(id).cloned() else {
        return Learned::Impossible("that case is closed already");
    };
    if let Some(no) = impossible(draft, choice) {
        return Learned::Impossible(no);
    }
    let now = draft.now();
    let (by, reason) = (by.to_owned(), reason.to_owned());
    draft.note(What::Decided {
        case: id.clone(),
        choice,
        by: by.clone(),
        reason: reason.clone(),
    });
    draft.resolve(
        id,
        &Resolved::Decided {
            at: now,
            choice,
            by: by.clone(),
            reason: reason.clone(),
        },
    );
    match choice {
        Choice::Retry => retry(draft, case.subject.as_ref()),
        Choice::Undo => {
            let policy = draft.order.policy.version;
            let paid = draft.order.own_payment().and_then(|payment| payment.captured);
            let amount = paid.unwrap_or(draft.order.product.price);
            draft.decide_undo(Because::person_decided(&by, &reason, amount, policy, now));
            for step in draft.order.product.steps.clone() {
                draft.order.work.forget(&Subject::Step(step));
            }
        }
        Choice::Ignore => leave(draft, case.subject.as_ref()),
    }
    Learned::Something
}

fn impossible(draft: &Draft, choice: Choice) -> Option<&'static str> {
    let back = draft.order.undo.is_some();
    let paid = draft
        .order
        .own_payment()
        .is_some_and(|payment| payment.captured.is_some());
    match choice {
        Choice::Undo if back => Some("the order is being undone already"),
        Choice::Undo if !paid => Some("there is no payment to give back"),
        Choice::Undo if matches!(draft.order.state, State::Closed { .. }) => Some("the order has ended"),
        Choice::Undo | Choice::Retry | Choice::Ignore => None,
    }
}

/// Again, in the same direction, with fresh counters.
fn retry(draft: &mut Draft, subject: Option<&Subject>) {
    let Some(subject) = subject else { return };
    draft.lane_of(subject).forget(subject);
    if let (Subject::Step(_), None) = (subject, &draft.order.undo) {
        for step in draft.order.product.steps.clone() {
            draft.order.work.forget(&Subject::Step(step));
        }
    }
}

/// Somebody has dealt with it outside, and says so.
fn leave(draft: &mut Draft, subject: Option<&Subject>) {
    let now = draft.now();
    match subject {
        Some(Subject::Return(payment)) => {
            if let Some(owed) = draft.payment(payment).and_then(|payment| payment.owed.as_mut()) {
                owed.waived = true;
            }
        }
        Some(Subject::Revoke(step)) => {
            let objects = draft.order.to_revoke(*step);
            for receipt in &mut draft.order.receipts {
                receipt.left |= receipt.step == *step && objects.contains(&receipt.object);
            }
        }
        Some(Subject::Step(step)) if draft.order.undo.is_some() => {
            draft.order.uncertain.retain(|mark| mark.step != *step);
        }
        Some(Subject::Step(_) | Subject::Capture(_)) => {
            draft.order.state = State::Closed {
                at: now,
                why: ClosedWhy::SettledByPerson,
            };
        }
        Some(Subject::Session | Subject::Notice(_)) | None => {}
    }
}

/// A healthy order only needs another look; one that keeps losing its messages needs a person's.
pub(super) fn dead_lettered(draft: &mut Draft, queue: &str) -> Learned {
    if draft.order.due().is_none() {
        return Learned::Nothing("the order owes nothing");
    }
    draft.note(What::DeadLetter(queue.to_owned()));
    let died = |times: u32, entry: &crate::history::Entry| match &entry.what {
        What::DeadLetter(_) => times.saturating_add(entry.times),
        // A decision starts the count anew.
        What::Decided { .. } => 0,
        What::Ordered
        | What::SessionOpened(_)
        | What::SessionNotOpened(_)
        | What::SessionClosed
        | What::Paid { .. }
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
        | What::Undone
        | What::CaseOpened { .. }
        | What::CaseHealed(_)
        | What::Notice { .. }
        | What::NoticeFailed { .. }
        | What::Asked(_) => times,
    };
    if draft.order.history.iter().fold(0, died) >= DEAD_LETTERS_MAX {
        draft.open_case(Class::DeadLetters, None, None);
    }
    Learned::Something
}
