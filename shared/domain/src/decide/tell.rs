//! The tell lane: every notice ends accepted, unknown or given up, and never twice; but for announcements, which other
//! systems know by their id.

use crate::budget::Ignored;
use crate::event::Event;
use crate::failure::Failure;
use crate::history::What;
use crate::notice::{Announcement, Notice, Told};
use crate::order::Order;
use crate::policy::{Link, Matter};
use crate::time::Timestamp;
use crate::work::{Attempt, Subject};

use super::draft::{Draft, Learned};
use super::notices::is_overtaken;

pub(super) fn accepted(draft: &mut Draft, attempt: Attempt, notice: u32, covered: bool) -> Learned {
    let (mine, now) = (draft.end(attempt).is_some(), draft.now());
    // Nothing was sent: what a frozen worker read of the alerts long ago may be true no more.
    if covered && !mine {
        return Learned::Nothing("the attempt is no longer ours");
    }
    let told = if covered {
        Told::Covered(now)
    } else {
        Told::Accepted(now)
    };
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
    let Some(known) = draft.order.notices.iter().find(|known| known.id == notice) else {
        return Learned::Impossible("there is no such notice");
    };
    let (to, by) = (known.to, known.by(&draft.order));
    draft.note(What::NoticeFailed {
        to,
        failure: failure.remembered(),
    });
    let matter = Matter::of_notice(to);
    let (now, jitter, subject) = (draft.now(), draft.moment.jitter, Subject::Notice(notice));
    let tries = draft.order.tell.tries_mut(subject.clone(), now);
    let again = tries.last.is_some_and(|last| last.class == failure.class);
    tries.last = Some(failure);
    let (age, count) = (now.since(tries.first_at), tries.count);
    let link = draft.order.policy.answer(matter, failure.class, age);
    draft.fires(matter, failure, link, again);
    match link {
        Link::Retry { .. } | Link::ReadBack { .. } => {
            let next = draft.order.policy.next_at(count, now, jitter);
            // Tried once more when it must be there: whoever waits for it waits no longer than was declared.
            let next = if now < by { next.min(by) } else { next };
            draft.order.tell.tries_mut(subject, now).not_before = next;
        }
        Link::Record => end(draft, notice, Told::Unknown(now)),
        // No order is undone or held because a mail failed.
        Link::Ignore | Link::Coordinate | Link::Undo | Link::UndoAndCoordinate => end(draft, notice, given_up(now)),
    }
    Learned::Something
}

/// What of the order is left unsent with this outcome, if anything is.
pub fn gives_up(order: &Order, outcome: &Event, now: Timestamp) -> Option<Ignored> {
    let Event::NoticeFailed { notice, failure, .. } = outcome else {
        return None;
    };
    let known = order.notices.iter().find(|known| known.id == *notice)?;
    let tries = order.tell.tries(&Subject::Notice(*notice));
    let age = now.since(tries.map_or(now, |tries| tries.first_at));
    match order.policy.answer(Matter::of_notice(known.to), failure.class, age) {
        Link::Retry { .. } | Link::ReadBack { .. } | Link::Record => None,
        Link::Ignore | Link::Coordinate | Link::Undo | Link::UndoAndCoordinate => Some(Ignored::of(known.to)),
    }
}

/// A person has it sent again, under the same id and with the time at which the order came there.
pub(super) fn again(draft: &mut Draft, notice: u32, seen: u64, (by, reason): (&str, &str)) -> Learned {
    // The draft is one version on from what stands.
    if seen.saturating_add(1) != draft.order.version {
        return Learned::Impossible("this changed while you looked");
    }
    let known = draft.order.notices.iter().find(|known| known.id == notice);
    let Some(known) = known else {
        return Learned::Impossible("there is no such announcement");
    };
    let said = match may_announce(&draft.order, known) {
        Ok(said) => said,
        Err(no) => return Learned::Impossible(no),
    };
    draft.note(What::AnnounceAgain {
        said,
        by: by.to_owned(),
        reason: reason.to_owned(),
    });
    draft.order.tell.forget(&Subject::Notice(notice));
    for known in draft.order.notices.iter_mut().filter(|known| known.id == notice) {
        known.told = Told::Owed;
    }
    Learned::Something
}

/// Whether a person may have this announced again, and what it says.
///
/// # Errors
/// Why not, in words for whoever wants to.
pub fn may_announce(order: &Order, notice: &Notice) -> Result<Announcement, &'static str> {
    let Some(said) = notice.announces() else {
        return Err("that is a message to people, and is sent once");
    };
    match &notice.told {
        Told::Owed => Err("it is still to be announced"),
        Told::Overtaken(_) => Err("the order has moved on since"),
        Told::Accepted(_) | Told::Covered(_) | Told::Unknown(_) | Told::GivenUp(_) if is_overtaken(order, notice) => {
            Err("the order has moved on since")
        }
        Told::Accepted(_) | Told::Covered(_) | Told::Unknown(_) | Told::GivenUp(_) => Ok(said),
        // Nobody says so of an announcement.
        Told::Bounced(_) | Told::Acknowledged { .. } | Told::Waived { .. } => Ok(said),
    }
}

fn given_up(now: Timestamp) -> Told {
    Told::GivenUp(now)
}

fn end(draft: &mut Draft, notice: u32, told: Told) {
    set(draft, notice, told);
    draft.order.tell.forget(&Subject::Notice(notice));
}

/// What was accepted stays accepted, and what is known of it since stays known; anything else may still turn out to have
/// arrived.
fn set(draft: &mut Draft, notice: u32, told: Told) -> bool {
    let Some(known) = draft.order.notices.iter_mut().find(|known| known.id == notice) else {
        return false;
    };
    match known.told {
        Told::Accepted(_) | Told::Covered(_) | Told::Bounced(_) | Told::Acknowledged { .. } => return false,
        // It was being sent while somebody said that it need not be: only a word that arrived says more.
        Told::Waived { .. } if matches!(told, Told::GivenUp(_) | Told::Overtaken(_)) => return false,
        Told::Owed | Told::Unknown(_) | Told::Overtaken(_) | Told::GivenUp(_) | Told::Waived { .. } => {}
    }
    known.told = told.clone();
    let to = known.to;
    draft.note(What::Notice { to, told });
    true
}
