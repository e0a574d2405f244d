//! The tell lane: every notice ends accepted, unknown or given up, and never twice.

use crate::failure::Failure;
use crate::history::What;
use crate::notice::{Audience, Told};
use crate::policy::{Link, Matter};
use crate::time::Timestamp;
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};

pub(super) fn accepted(draft: &mut Draft, attempt: Attempt, notice: u32) -> Learned {
    let mine = draft.end(attempt).is_some();
    let told = Told::Accepted(draft.now());
    if !set(draft, notice, told) && !mine {
        return Learned::Nothing("that is known");
    }
    draft.order.tell.forget(&Subject::Notice(notice));
    Learned::Something
}

pub(super) fn failed(draft: &mut Draft, attempt: Attempt, notice: u32, failure: Failure) -> Learned {
    if draft.end(attempt).is_none() {
        return Learned::Nothing("the attempt is no longer ours");
    }
    let Some(to) = draft
        .order
        .notices
        .iter()
        .find(|known| known.id == notice)
        .map(|known| known.to)
    else {
        return Learned::Impossible("there is no such notice");
    };
    draft.note(What::NoticeFailed {
        to,
        failure: failure.remembered(),
    });
    let matter = match to {
        Audience::Ops => Matter::Alert,
        Audience::Customer | Audience::Finance | Audience::CustomerService => Matter::Tell,
    };
    let (now, jitter, subject) = (draft.now(), draft.moment.jitter, Subject::Notice(notice));
    let tries = draft.order.tell.tries_mut(subject.clone(), now);
    tries.last = Some(failure);
    let (age, count) = (now.since(tries.first_at), tries.count);
    match draft.order.policy.answer(matter, failure.class, age) {
        Link::Retry { .. } | Link::ReadBack { .. } => {
            let next = draft.order.policy.next_at(count, now, jitter);
            draft.order.tell.tries_mut(subject, now).not_before = next;
        }
        Link::Record => end(draft, notice, Told::Unknown(now)),
        // No order is undone or held because a mail failed.
        Link::Ignore | Link::Coordinate | Link::Undo | Link::UndoAndCoordinate => end(draft, notice, given_up(now)),
    }
    Learned::Something
}

fn given_up(now: Timestamp) -> Told {
    Told::GivenUp(now)
}

fn end(draft: &mut Draft, notice: u32, told: Told) {
    set(draft, notice, told);
    draft.order.tell.forget(&Subject::Notice(notice));
}

/// What was accepted stays accepted; anything else may still turn out to have arrived.
fn set(draft: &mut Draft, notice: u32, told: Told) -> bool {
    let Some(known) = draft.order.notices.iter_mut().find(|known| known.id == notice) else {
        return false;
    };
    if matches!(known.told, Told::Accepted(_)) {
        return false;
    }
    known.told = told;
    let to = known.to;
    draft.note(What::Notice { to, told });
    true
}
