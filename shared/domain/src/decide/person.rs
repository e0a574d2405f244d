//! What a person decided, and what died on its way to us.

use crate::audit::Difference;
use crate::because::Because;
use crate::case::{CaseRef, Choice, Class, Resolved, Word};
use crate::history::What;
use crate::id::{CaseId, PaymentId};
use crate::order::{ClosedWhy, Order, State};
use crate::payment::Payment;
use crate::work::Subject;

use super::audited;
use super::draft::{Draft, Learned};
use super::{told, words};

/// So many dead letters of one order, and a person looks.
const DEAD_LETTERS_MAX: u32 = 3;

/// A decision names its case and what its maker saw. A case is decided once: a second copy finds it closed.
pub(super) fn decided(draft: &mut Draft, id: &CaseId, seen: u64, choice: Choice, word: &Word) -> Learned {
    let Some(case) = draft.order.open_case(id).cloned() else {
        let by_this = draft
            .order
            .cases
            .iter()
            .any(|case| case.id == *id && case.decided_by(&word.decision));
        return if by_this {
            Learned::Nothing("that is decided")
        } else {
            Learned::Impossible("that case is closed already")
        };
    };
    // The draft is one version on from what stands.
    if seen.saturating_add(1) != draft.order.version {
        return Learned::Impossible("this changed while you looked");
    }
    if let Err(no) = possible(&draft.order, &case, choice) {
        return Learned::Impossible(no);
    }
    let now = draft.now();
    let (by, reason) = (word.by.clone(), word.reason.clone());
    let asked = words::asks(&draft.order, &case);
    if asked.is_empty() || choice != Choice::Ignore {
        draft.note(What::Decided {
            case: id.clone(),
            choice,
            by: by.clone(),
            reason: reason.clone(),
        });
    }
    words::explain(draft, &case, &asked, word);
    draft.order.dead_letters = 0;
    draft.resolve(
        id,
        &Resolved::Decided {
            at: now,
            choice,
            by,
            role: word.role.clone(),
            reason,
            decision: Some(word.decision.clone()),
            version: Some(draft.order.version),
        },
    );
    match choice {
        Choice::Retry if case.class == Class::NotTold => told::again(draft),
        Choice::Ignore if case.class == Class::NotTold => told::waive(draft, word),
        Choice::Retry if case.class == Class::TakesTooLong => draft.order.work.hurry(now),
        Choice::Retry => retry(draft, case.subject.as_ref()),
        Choice::Undo => {
            let policy = draft.order.policy.version;
            let back = draft.order.money_back();
            draft.decide_undo(Because::person_decided(id, word, back, policy, now));
        }
        // Only the words were asked for.
        Choice::Ignore if case.class == Class::BecauseMissing => {}
        Choice::Ignore => leave(draft, case.subject.as_ref()),
    }
    Learned::Something
}

/// Whether this may be chosen in this case. A decision is about its case's own subject: what concerns a surplus payment or
/// a surplus object does not undo the order.
///
/// # Errors
/// Why not, in words for whoever wants to choose.
pub fn possible(order: &Order, case: &CaseRef, choice: Choice) -> Result<(), &'static str> {
    let paid = order.own_payment().is_some_and(|payment| payment.stake().is_some()) || order.product.price.minor == 0;
    match (choice, &case.subject) {
        (Choice::Retry, Some(Subject::Payment(_))) if order.undo.is_some() => Err("the order is being undone already"),
        (Choice::Retry, Some(Subject::Audit(Difference::Missing { .. }))) if order.undo.is_some() => {
            Err("the order is being undone already")
        }
        (Choice::Undo, Some(Subject::Audit(Difference::Left { .. }))) => Err("this case is about something else"),
        (Choice::Undo, Some(Subject::Audit(Difference::Money { payment, .. })))
            if order.own_payment().is_none_or(|own| own.id != *payment) =>
        {
            Err("this case is about another payment")
        }
        (Choice::Retry, _) if matches!(case.class, Class::ReturnedTwice | Class::BecauseMissing) => {
            Err("there is nothing to try again")
        }
        (Choice::Undo, _) if case.class == Class::NotTold => Err("this case is about something else"),
        (Choice::Retry, None) if !matches!(case.class, Class::DeadLetters | Class::NotTold | Class::TakesTooLong) => {
            Err("there is nothing to try again")
        }
        (Choice::Ignore, Some(Subject::Undo)) => {
            Err("choose retry when the undos are right: it lets all of them go on")
        }
        (Choice::Ignore, Some(Subject::Payment(_))) if case.class == Class::Disputed => {
            Err("answer the dispute in Stripe: this case ends with it")
        }
        (Choice::Retry | Choice::Ignore, _) => Ok(()),
        (Choice::Undo, Some(Subject::Return(_) | Subject::Revoke(_))) => Err("this case is about something else"),
        (Choice::Undo, Some(Subject::Payment(id))) if order.own_payment().is_none_or(|own| own.id != *id) => {
            Err("this case is about another payment")
        }
        (Choice::Undo, _) if order.undo.is_some() => Err("the order is being undone already"),
        (Choice::Undo, _) if !paid => Err("there is no payment to give back"),
        (Choice::Undo, _) if matches!(order.state, State::Closed { .. }) => Err("the order has ended"),
        (Choice::Undo, _) => Ok(()),
    }
}

/// Again, in the same direction, with fresh counters.
fn retry(draft: &mut Draft, subject: Option<&Subject>) {
    let Some(subject) = subject else { return };
    let now = draft.now();
    if let Subject::Payment(id) = subject {
        return accept(draft, id);
    }
    if let Subject::Audit(found) = subject {
        return audited::mend(draft, found);
    }
    draft.lane_of(subject).renew(subject, now);
    if let (Subject::Step(_), None) = (subject, &draft.order.undo) {
        for step in draft.order.product.steps.clone() {
            draft.order.work.renew(&Subject::Step(step), now);
        }
    }
}

/// Deliver in spite of what the bank says; contested money stays where it is until the bank has decided.
fn accept(draft: &mut Draft, id: &PaymentId) {
    let disputes = draft.payment(id).map(|payment| &mut payment.disputes);
    for dispute in disputes.into_iter().flatten() {
        dispute.accepted = true;
    }
}

/// Somebody has dealt with it outside, and says so.
fn leave(draft: &mut Draft, subject: Option<&Subject>) {
    let now = draft.now();
    match subject {
        Some(Subject::Return(payment)) => {
            let outstanding = |payment: &&mut Payment| payment.return_outstanding().is_some();
            let owed = draft.payment(payment).filter(outstanding);
            if let Some(owed) = owed.and_then(|payment| payment.owed.as_mut()) {
                owed.waived = true;
            }
        }
        Some(Subject::Revoke(step)) => {
            let objects = draft.order.to_revoke(*step);
            for receipt in &mut draft.order.receipts {
                receipt.left |= receipt.step == *step && objects.contains(&receipt.object);
            }
        }
        Some(subject @ (Subject::Step(_) | Subject::Capture(_))) => {
            if let Subject::Step(step) = subject {
                draft.order.uncertain.retain(|mark| mark.step != *step);
            }
            draft.order.work.forget(subject);
            if let State::WithPerson { .. } = draft.order.state
                && draft.order.undo.is_none()
            {
                draft.order.state = State::Closed {
                    at: now,
                    why: ClosedWhy::SettledByPerson,
                };
            }
        }
        Some(Subject::Payment(id)) => accept(draft, id),
        Some(Subject::Undo | Subject::Annotate(_) | Subject::Session | Subject::Notice(_) | Subject::Audit(_))
        | None => {}
    }
}

/// A healthy order only needs another look; one that keeps losing its messages needs a person's.
pub(super) fn dead_lettered(draft: &mut Draft, queue: &str) -> Learned {
    if draft.order.due().is_none() {
        return Learned::Nothing("the order owes nothing");
    }
    draft.note(What::DeadLetter(queue.to_owned()));
    draft.order.dead_letters = draft.order.dead_letters.saturating_add(1);
    if draft.order.dead_letters >= DEAD_LETTERS_MAX {
        // On AWS the name stands between the stack's and a suffix.
        if queue.contains("NotificationDeadQueue") {
            draft.open_case_untold(Class::DeadLetters, None, None);
        } else {
            draft.open_case(Class::DeadLetters, None, None);
        }
    }
    Learned::Something
}
