//! What came of making a step come true, of looking for it, and of taking it back.

use std::time::Duration;

use crate::case::Class;
use crate::effect::Effect;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::ObjectId;
use crate::notice::{Audience, Template};
use crate::receipt::{Origin, Receipt, Step, Uncertain};
use crate::time::Timestamp;
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::recourse;

const NOT_OURS: &str = "the attempt is no longer ours";

/// An order that a breaker holds back asks again this often at least.
const HELD_MAX: Duration = Duration::from_secs(1_800);

pub(super) fn done(draft: &mut Draft, attempt: Attempt, step: Step, object: &ObjectId, origin: Origin) -> Learned {
    let mine = draft.end(attempt).is_some();
    let added = adopt(draft, step, object, origin);
    let marks = draft.order.uncertain.len();
    // This create has its answer. A mark of another attempt stays.
    draft
        .order
        .uncertain
        .retain(|mark| mark.step != step || mark.attempt != attempt);
    if !(mine || added || draft.order.uncertain.len() < marks) {
        return Learned::Nothing("that is known");
    }
    draft.order.work.forget(&Subject::Step(step));
    Learned::Something
}

/// Records an object. The first becomes the step's own and is never replaced; any other is surplus. What was taken back
/// is remembered and never comes again.
fn adopt(draft: &mut Draft, step: Step, object: &ObjectId, origin: Origin) -> bool {
    let known = |receipt: &Receipt| receipt.step == step && receipt.object == *object;
    if draft.order.receipts.iter().any(known) {
        return false;
    }
    let surplus = draft.order.winner(step).is_some();
    let at = draft.now();
    draft.order.receipts.push(Receipt {
        step,
        object: object.clone(),
        origin,
        at,
        surplus,
        revoked_at: None,
        left: false,
    });
    draft.note(What::StepDone { step, origin });
    true
}

pub(super) fn failed(draft: &mut Draft, attempt: Attempt, step: Step, (failure, outage): (Failure, bool)) -> Learned {
    let subject = Subject::Step(step);
    let begun_at = draft.order.work.intent.as_ref().map(|intent| intent.begun_at);
    if draft.end(attempt).is_none() {
        return Learned::Nothing(NOT_OURS);
    }
    draft.note(What::StepFailed {
        step,
        failure: failure.remembered(),
    });
    let unknown_before = draft
        .order
        .work
        .tries(&subject)
        .is_some_and(|tries| tries.unknown_at.is_some());
    let now = draft.now();
    draft.order.work.tries_mut(subject.clone(), now).outage = outage;
    match failure.class {
        FailureClass::Unknown => {
            let since = begun_at.unwrap_or(now);
            let look_until = since.plus(draft.order.policy.look_for());
            mark(
                draft,
                Uncertain {
                    step,
                    attempt,
                    since,
                    look_until,
                    refusal: None,
                },
            );
            recourse::answer(draft, subject, failure);
        }
        // After an unknown, "already taken" may speak of our own success: look before it is believed.
        FailureClass::Rejected if unknown_before => {
            mark(
                draft,
                Uncertain {
                    step,
                    attempt,
                    since: now,
                    look_until: now,
                    refusal: Some(failure.remembered()),
                },
            );
            draft.order.work.tries_mut(subject, now).not_before = now;
        }
        FailureClass::Rejected | FailureClass::Transient | FailureClass::Throttled => {
            if draft.order.undo.is_none() && draft.order.winner(step).is_none() {
                recourse::answer(draft, subject, failure);
            }
        }
    }
    Learned::Something
}

fn mark(draft: &mut Draft, mark: Uncertain) {
    draft.order.uncertain.retain(|known| known.step != mark.step);
    draft.order.uncertain.push(mark);
}

/// The provider was asked what there is.
pub(super) fn seen(
    draft: &mut Draft,
    attempt: Attempt,
    step: Step,
    asked_at: Timestamp,
    objects: &[(ObjectId, Origin)],
) -> Learned {
    let mine = draft.end(attempt).is_some();
    // The same objects in any order give the same winner: what we made comes before what we found.
    let mut sorted: Vec<_> = objects.iter().collect();
    sorted.sort_by_key(|(object, origin)| (*origin == Origin::Found, object.clone()));
    let mut added = false;
    for (object, origin) in sorted {
        added |= adopt(draft, step, object, *origin);
    }
    if !(mine || added) {
        return Learned::Nothing(NOT_OURS);
    }
    let standing = draft
        .order
        .receipts
        .iter()
        .any(|receipt| receipt.step == step && receipt.stands());
    if added || (standing && !objects.is_empty()) {
        draft.order.uncertain.retain(|mark| mark.step != step);
        draft.order.work.forget(&Subject::Step(step));
    } else if mine {
        absent(draft, step, asked_at);
    }
    Learned::Something
}

/// There is none now. Only a question asked after `look_until` may say that there never will be.
fn absent(draft: &mut Draft, step: Step, asked_at: Timestamp) {
    let Some(mark) = draft.order.uncertain(step).cloned() else {
        return;
    };
    draft.note(What::StepAbsent(step));
    let (subject, now, jitter) = (Subject::Step(step), draft.now(), draft.moment.jitter);
    if asked_at < mark.look_until {
        let count = draft.order.work.tries(&subject).map_or(1, |tries| tries.count);
        let next = draft
            .order
            .policy
            .next_at(count, now, jitter)
            .min(mark.look_until.max(now));
        draft.order.work.tries_mut(subject, now).not_before = next;
        return;
    }
    draft.order.uncertain.retain(|known| known.step != step);
    if draft.order.undo.is_some() || draft.order.winner(step).is_some() {
        draft.order.work.forget(&subject);
    } else if let Some(refusal) = mark.refusal {
        recourse::answer(draft, subject, refusal);
    } else {
        draft.order.work.tries_mut(subject, now).not_before = now;
    }
}

/// The breaker is open. This was no try, but the step grows older with it: at the end of its chain it is a person's.
pub(super) fn held(draft: &mut Draft, attempt: Attempt, step: Step, wait: Duration) -> Learned {
    let Some(effect) = draft.end(attempt) else {
        return Learned::Nothing(NOT_OURS);
    };
    let (now, jitter, subject) = (draft.now(), draft.moment.jitter, Subject::Step(step));
    let tries = draft.order.work.tries_mut(subject.clone(), now);
    tries.count = tries.count.saturating_sub(1);
    tries.outage = true;
    // The longer it has waited, the less a little more matters.
    let wait = wait.max((now.since(tries.first_at) / 4).min(HELD_MAX));
    let last = tries.last.filter(|last| last.class != FailureClass::Rejected);
    let last = last.unwrap_or(Failure::new(FailureClass::Transient, Reason::Unavailable));
    if matches!(effect, Effect::LookFor(_)) {
        recourse::answer(draft, subject.clone(), Failure::unknown(last.reason));
    } else if draft.order.undo.is_none() && draft.order.winner(step).is_none() {
        recourse::answer(draft, subject.clone(), last);
    }
    let not_before = now.plus(draft.order.policy.lengthened(wait, jitter));
    draft.order.work.tries_mut(subject, now).not_before = not_before;
    Learned::Something
}

/// One alert for all orders, in the words of one of them.
pub(super) fn outage(draft: &mut Draft, step: Step, since: Timestamp, over: bool) -> Learned {
    let template = if over {
        Template::OutageOver { step, since }
    } else {
        Template::Outage { step, since }
    };
    if draft.order.notices.iter().any(|notice| notice.template == template) {
        return Learned::Nothing("that is told already");
    }
    draft.note(What::Outage { step, over });
    draft.owe_notices(&[Audience::Ops], &template);
    Learned::Something
}

pub(super) fn undo_passed(draft: &mut Draft, attempt: Attempt) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing(NOT_OURS);
    }
    if let Some(undo) = draft.order.undo.as_mut() {
        undo.passed = true;
    }
    draft.order.work.forget(&Subject::Undo);
    Learned::Something
}

/// The brake is on: the order asks again, and one order asks a person for all of them.
pub(super) fn undo_waits(draft: &mut Draft, attempt: Attempt, asks: bool) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing(NOT_OURS);
    }
    draft.note(What::UndoWaits);
    if asks {
        draft.open_case(Class::MassUndo, Some(Subject::Undo), None);
    }
    recourse::again_later(draft, &Subject::Undo);
    Learned::Something
}

pub(super) fn revoked(draft: &mut Draft, attempt: Attempt, step: Step, objects: &[ObjectId]) -> Learned {
    let mine = draft.end(attempt).is_some();
    let now = draft.now();
    let mut changed = false;
    for receipt in &mut draft.order.receipts {
        if receipt.step == step && receipt.stands() && objects.contains(&receipt.object) {
            receipt.revoked_at = Some(now);
            changed = true;
        }
    }
    if changed {
        draft.note(What::Revoked(step));
    }
    if !(mine || changed) {
        return Learned::Nothing("that is known");
    }
    draft.order.work.forget(&Subject::Revoke(step));
    Learned::Something
}

pub(super) fn revoke_failed(draft: &mut Draft, attempt: Attempt, step: Step, failure: Failure) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing(NOT_OURS);
    }
    draft.note(What::RevokeFailed {
        step,
        failure: failure.remembered(),
    });
    if !draft.order.to_revoke(step).is_empty() {
        recourse::answer(draft, Subject::Revoke(step), failure);
    }
    Learned::Something
}
