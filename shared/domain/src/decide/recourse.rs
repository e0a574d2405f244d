//! The four options. Nothing decides a recourse anywhere else.

use std::time::Duration;

use crate::because::Because;
use crate::case::Class;
use crate::failure::{Failure, FailureClass};
use crate::history::What;
use crate::order::{Order, State};
use crate::payment::Payment;
use crate::policy::{Link, matter};
use crate::time::Timestamp;
use crate::work::{Subject, Tries};

use super::draft::Draft;

/// The brake cannot be asked for so long, and a person knows.
const UNASKED_MAX: Duration = Duration::from_secs(3_600);

/// Answers a failure as the order's policy says: the subject is tried again later, the order is undone, or a person
/// decides.
pub(super) fn answer(draft: &mut Draft, subject: Subject, failure: Failure) {
    let now = draft.now();
    let (wait, failure) = (failure.retry_after, failure.remembered());
    let tries = draft.lane_of(&subject).tries_mut(subject.clone(), now);
    let again = tries.last.is_some_and(|last| last.class == failure.class);
    tries.last = Some(failure);
    if failure.class == FailureClass::Unknown {
        tries.unknown_at = Some(now);
    }
    let first_at = tries.first_at;
    let outage = tries.outage && failure.class != FailureClass::Rejected;
    let age = if out_of_time(draft, &subject) {
        Duration::MAX
    } else {
        now.since(first_at)
    };
    let link = match matter(&subject) {
        Some(matter) => draft.order.policy.answer(matter, failure.class, age),
        // Questions of ours, asked for as long as it takes: nothing hangs on them but time. Behind the brake money waits.
        None => {
            again_later(draft, &subject);
            stay_away(draft, &subject, wait);
            if subject == Subject::Undo && age >= UNASKED_MAX {
                draft.open_case(Class::ReturnStuck, Some(subject), Some(failure));
            }
            return;
        }
    };
    let undoes = matches!(link, Link::Undo | Link::UndoAndCoordinate);
    let link = if undoes && (outage || was_delivered(&draft.order)) {
        Link::Coordinate
    } else {
        link
    };
    if let Some(matter) = matter(&subject) {
        draft.fires(matter, failure, link, again);
    }
    let asked = subject.clone();
    match link {
        Link::Retry { case_after, .. } | Link::ReadBack { case_after, .. } => {
            again_later(draft, &subject);
            if case_after.is_some_and(|after| age >= after) {
                draft.open_case(class(draft, &subject), Some(subject), Some(failure));
            }
        }
        Link::Undo => undo(draft, &subject, failure),
        Link::UndoAndCoordinate => {
            undo(draft, &subject, failure);
            // About the whole order: the end of the undo does not end it, a person does.
            draft.open_case(class(draft, &subject), None, Some(failure));
        }
        // Ignore and Record are for notices, and the policy is refused if it says otherwise: a person is the safe answer.
        Link::Coordinate | Link::Ignore | Link::Record => coordinate(draft, &subject, failure),
    }
    stay_away(draft, &asked, wait);
}

/// What becomes of an order that keeps failing on its way to delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// From here on nothing is tried any more.
    pub(crate) until: Timestamp,
    /// Then it is undone by itself; else a person decides.
    pub(crate) undone: bool,
}

/// What [`answer`] will come to, should the failure that was seen last go on; none where nothing has failed.
pub(crate) fn ahead(order: &Order) -> Option<Ahead> {
    let failing = |tries: &&Tries| tries.of.leads_to_delivery() && tries.held_by.is_none() && tries.last.is_some();
    let tries = order.work.tries.iter().find(failing)?;
    let class = tries.last?.class;
    let row = order.policy.row(matter(&tries.of)?)?;
    let (age_max, end) = row.chain(class).end();
    let outage = tries.outage && class != FailureClass::Rejected;
    let until = tries.first_at.plus(age_max);
    let hold = order.own_payment().and_then(Payment::held);
    let undone = match end {
        Link::Undo | Link::UndoAndCoordinate => !(outage || was_delivered(order)),
        Link::Retry { .. } | Link::ReadBack { .. } | Link::Ignore | Link::Coordinate | Link::Record => false,
    };
    Some(Ahead {
        until: hold.map_or(until, |hold| until.min(hold.try_until())),
        undone,
    })
}

/// What was delivered once is set up again because a person said so: it is not undone for it.
fn was_delivered(order: &Order) -> bool {
    order.history.iter().any(|entry| entry.what == What::Delivered)
}

/// Held money must be taken before the hold lapses: near its end whatever leads there is a person's, however young the
/// failure is.
fn out_of_time(draft: &Draft, subject: &Subject) -> bool {
    let hold = draft.order.own_payment().and_then(|own| own.held());
    let forward = subject.leads_to_delivery() && draft.order.undo.is_none();
    forward && hold.is_some_and(|hold| draft.now() >= hold.try_until())
}

/// For words that are owed to Stripe: tried again for as long as the policy lets a return be tried, and then left. Nothing
/// of the order hangs on them. False: not any more.
pub(super) fn again_if_ever(draft: &mut Draft, subject: &Subject, failure: Failure) -> bool {
    let now = draft.now();
    let age = now.since(draft.lane_of(subject).tries_mut(subject.clone(), now).first_at);
    let link = matter(subject).map(|matter| draft.order.policy.answer(matter, failure.class, age));
    let again = match link {
        Some(Link::Retry { .. } | Link::ReadBack { .. }) => true,
        Some(Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record) | None => false,
    };
    if again {
        again_later(draft, subject);
        stay_away(draft, subject, failure.retry_after);
    }
    again
}

/// The subject is tried again after the policy's wait, the longer the more often it was tried.
pub(super) fn again_later(draft: &mut Draft, subject: &Subject) {
    let (now, jitter) = (draft.now(), draft.moment.jitter);
    let count = draft.lane_of(subject).tries_mut(subject.clone(), now).count;
    let next = draft.order.policy.next_at(count, now, jitter);
    draft.lane_of(subject).tries_mut(subject.clone(), now).not_before = next;
}

/// No sooner than the other side asked for: it knows best when it will be back. What a system asks for holds for everything
/// that this order wants of it, on the way forward and on the way back, and for no other system.
fn stay_away(draft: &mut Draft, subject: &Subject, wait: Option<Duration>) {
    let Some(wait) = wait else { return };
    let asked = draft
        .now()
        .plus(draft.order.policy.lengthened(wait, draft.moment.jitter));
    let lane = draft.lane_of(subject);
    if let Some(system) = subject.system() {
        let from = lane.systems_from.entry(system).or_insert(asked);
        *from = asked.max(*from);
    } else if let Some(tries) = lane.tries.iter_mut().find(|tries| tries.of == *subject) {
        tries.not_before = tries.not_before.max(asked);
    }
}

fn undo(draft: &mut Draft, subject: &Subject, failure: Failure) {
    let (now, policy) = (draft.now(), draft.order.policy.version);
    match subject {
        Subject::Step(step) => {
            let back = draft.order.money_back();
            draft.decide_undo(Because::provisioning_failed(*step, failure, back, policy, now));
        }
        Subject::Capture(_) => {
            let (held, _) = draft.order.money_in_hand();
            draft.decide_undo(Because::capture_failed(failure.reason, held, policy, now));
        }
        Subject::Undo
        | Subject::Revoke(_)
        | Subject::Return(_)
        | Subject::Annotate(_)
        | Subject::Payment(_)
        | Subject::Session
        | Subject::Notice(_)
        | Subject::Audit(_) => {
            coordinate(draft, subject, failure);
        }
    }
}

/// A case, and nothing more is tried about this subject until a person decides it.
fn coordinate(draft: &mut Draft, subject: &Subject, failure: Failure) {
    let case = draft.open_case(class(draft, subject), Some(subject.clone()), Some(failure));
    let now = draft.now();
    draft.lane_of(subject).tries_mut(subject.clone(), now).held_by = Some(case.clone());
    if subject.leads_to_delivery() && matches!(draft.order.state, State::Delivering { .. } | State::Capturing { .. }) {
        draft.order.state = State::WithPerson { since: now, case };
    }
}

fn class(draft: &Draft, subject: &Subject) -> Class {
    match subject {
        Subject::Step(_) if draft.order.undo.is_some() => Class::RevokeStuck,
        Subject::Step(_) | Subject::Session | Subject::Notice(_) => Class::DeliveryStuck,
        Subject::Undo => Class::MassUndo,
        Subject::Revoke(_) => Class::RevokeStuck,
        Subject::Return(_) => Class::ReturnStuck,
        Subject::Annotate(_) => Class::BecauseMissing,
        Subject::Capture(_) => Class::CaptureStuck,
        Subject::Payment(_) => Class::Disputed,
        Subject::Audit(found) => found.class(),
    }
}
