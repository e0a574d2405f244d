//! One event, one answer: what the order becomes, what it owes, which cases change.
//!
//! A fact is recorded first, whoever learned it and however late; then [`settle`] moves state and notices to where the
//! facts say. So no state is deaf, and two workers that learn things in any order end in the same place.

mod audited;
mod dispute;
mod draft;
mod money;
mod notices;
mod payment;
mod person;
mod recourse;
mod session;
mod settle;
mod stands;
mod steps;
mod tell;
mod tend;
#[cfg(test)]
pub(crate) mod tests;
mod told;
mod words;

pub(crate) use notices::{is_overtaken, writes_by};
pub use person::possible;
pub(crate) use recourse::ahead;
pub use tell::{gives_up, may_announce};
pub use tend::{close_alone, nearest, tend_alone};
pub use told::{may_mark, untold};
pub use words::asks;

use crate::case::Case;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::first::Branch;
use crate::order::Order;
use crate::owed::Which;
use crate::payment::Standing;
use crate::time::Moment;
use crate::work::{Attempt, Intent, LEASE, Subject};
use draft::{Draft, Learned};

/// What an event makes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Something was learned: to be recorded in one conditional write.
    Advance(Box<Next>),
    /// Nothing new, and that is fine.
    Stay(&'static str),
    /// This must not happen: nothing is recorded.
    Refuse(&'static str),
}

/// The order as it shall be written, and the cases that change with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub order: Order,
    pub cases: Vec<Case>,
    /// How the policy answered, where something failed that it had to answer.
    pub fired: Option<Branch>,
}

/// What `event` makes of `order`.
pub fn decide(order: &Order, event: &Event, moment: Moment) -> Decision {
    let mut draft = Draft::of(order, moment, event.name());
    match record(&mut draft, event) {
        Learned::Something => {}
        Learned::Nothing(why) => return Decision::Stay(why),
        Learned::Impossible(why) => return Decision::Refuse(why),
    }
    settle::settle(&mut draft);
    notices::announce(&mut draft, &order.state);
    tend::deadlines(&mut draft, order);
    Decision::Advance(Box::new(draft.finish()))
}

/// The same, and in the same write the performer's next intent, if the order now owes it one.
pub fn decide_and_begin(order: &Order, event: &Event, performer: Performer, moment: Moment) -> Decision {
    match decide(order, event, moment) {
        Decision::Advance(next) => {
            let Next { order, cases, fired } = *next;
            let mut draft = Draft {
                order,
                cases,
                fired,
                moment,
            };
            take_up(&mut draft, performer);
            Decision::Advance(Box::new(draft.finish()))
        }
        same @ (Decision::Stay(_) | Decision::Refuse(_)) => same,
    }
}

/// What must be written before the performer may act: its intent, counted now; or only that an earlier attempt lapsed.
/// None: there is nothing for it to do at this moment.
pub fn begin(order: &Order, performer: Performer, moment: Moment) -> Option<Box<Next>> {
    let lane = order.lane(Which::of(performer));
    match &lane.intent {
        Some(intent) if moment.now < intent.lease_until => None,
        Some(intent) => match decide_and_begin(
            order,
            &Event::AttemptLapsed {
                attempt: intent.attempt,
            },
            performer,
            moment,
        ) {
            Decision::Advance(next) => Some(next),
            Decision::Stay(_) | Decision::Refuse(_) => None,
        },
        None => {
            let mut draft = Draft::of(order, moment, "Begun");
            take_up(&mut draft, performer).then(|| Box::new(draft.finish()))
        }
    }
}

/// Writes the intent for the lane's next effect, if that is the performer's and may be done now.
fn take_up(draft: &mut Draft, performer: Performer) -> bool {
    let which = Which::of(performer);
    let now = draft.now();
    if draft.order.lane(which).intent.is_some() {
        return false;
    }
    let Some(owed) = draft.order.next(which, now) else {
        return false;
    };
    if owed.at > now || owed.effect.performer() != performer {
        return false;
    }
    if let Effect::ReturnMoney(payment) = &owed.effect {
        draft.use_key_of(payment);
    }
    let attempt = draft.order.version;
    let lane = draft.lane(which);
    lane.count(Subject::of(&owed.effect), now);
    lane.intent = Some(Intent {
        effect: owed.effect,
        attempt,
        begun_at: now,
        lease_until: now.plus(LEASE),
    });
    true
}

#[expect(clippy::too_many_lines, reason = "a list: one arm per event, and no decision in any")]
fn record(draft: &mut Draft, event: &Event) -> Learned {
    match event {
        Event::SessionOpened { session, url } => session::opened(draft, session, url),
        Event::SessionNotOpened { failure } => session::not_opened(draft, *failure),
        Event::SessionExpired { session } => session::expired(draft, session),
        Event::SessionStillOpen { attempt } => session::still_open(draft, *attempt),
        Event::SessionUnknown { attempt } => session::unknown(draft, *attempt),
        Event::PaymentCaptured { payment, amount } => {
            payment::seen(draft, None, payment, Standing::Captured { amount: *amount })
        }
        Event::PaymentSeen {
            attempt,
            payment,
            standing,
        } => payment::seen(draft, *attempt, payment, *standing),
        Event::NothingToPay { session } => payment::nothing_to_pay(draft, session),
        Event::CaptureFailed {
            attempt,
            payment,
            failure,
        } => payment::capture_failed(draft, *attempt, payment, *failure),
        Event::DisputeSeen {
            payment,
            dispute,
            amount_minor,
            status,
        } => dispute::seen(draft, payment, (dispute.clone(), *amount_minor, *status)),
        Event::DisputesListed {
            attempt,
            payment,
            disputes,
        } => dispute::listed(draft, *attempt, payment, disputes),
        Event::RefundSeen {
            payment,
            refund,
            amount_minor,
            status,
            told,
        } => money::refund_seen(draft, payment, (refund.clone(), *amount_minor, *status, told.clone())),
        Event::RefundedTotalSeen { payment, total_minor } => money::total_seen(draft, payment, *total_minor),
        Event::MoneyReturned {
            attempt,
            payment,
            refund,
            amount_minor,
            status,
            told,
        } => money::returned(
            draft,
            *attempt,
            payment,
            (refund.clone(), *amount_minor, *status, told.clone()),
        ),
        Event::ReturnFailed {
            attempt,
            payment,
            failure,
        } => money::return_failed(draft, *attempt, payment, *failure),
        Event::RefundsListed {
            attempt,
            payment,
            refunds,
        } => money::listed(draft, *attempt, payment, refunds),
        Event::Annotated {
            attempt,
            payment,
            refund,
        } => words::annotated(draft, *attempt, payment, refund),
        Event::AnnotateFailed {
            attempt,
            payment,
            refund,
            failure,
        } => words::annotate_failed(draft, *attempt, (payment, refund), *failure),
        Event::StepDone {
            attempt,
            step,
            object,
            origin,
        } => steps::done(draft, *attempt, *step, object, *origin),
        Event::StepFailed {
            attempt,
            step,
            failure,
            outage,
        } => steps::failed(draft, *attempt, *step, (*failure, *outage)),
        Event::StepSeen {
            attempt,
            step,
            asked_at,
            objects,
        } => steps::seen(draft, *attempt, *step, *asked_at, objects),
        Event::StepHeld { attempt, step, wait } => steps::held(draft, *attempt, *step, *wait),
        Event::OutageSeen { step, since, over } => steps::outage(draft, *step, *since, *over),
        Event::UndoPassed { attempt } => steps::undo_passed(draft, *attempt),
        Event::UndoWaits { attempt, asks } => steps::undo_waits(draft, *attempt, *asks),
        Event::StepRevoked { attempt, step, objects } => steps::revoked(draft, *attempt, *step, objects),
        Event::RevokeFailed { attempt, step, failure } => steps::revoke_failed(draft, *attempt, *step, *failure),
        Event::NoticeAccepted {
            attempt,
            notice,
            covered,
        } => tell::accepted(draft, *attempt, *notice, *covered),
        Event::NoticeFailed {
            attempt,
            notice,
            failure,
        } => tell::failed(draft, *attempt, *notice, *failure),
        Event::AskFailed { attempt, failure } => ask_failed(draft, *attempt, *failure),
        Event::AttemptLapsed { attempt } => lapsed(draft, *attempt),
        Event::PersonDecided {
            case,
            seen,
            choice,
            word,
        } => person::decided(draft, case, *seen, *choice, word),
        Event::CaseTended {
            case,
            tend,
            by,
            decision,
        } => tend::tended(draft, case, tend, (by, decision)),
        Event::AnnounceAgain {
            notice,
            seen,
            by,
            reason,
        } => tell::again(draft, *notice, *seen, (by, reason)),
        Event::NoticeMarked { notice, mark } => told::marked(draft, *notice, mark),
        Event::Audited { about, found } => audited::audited(draft, about, found),
        Event::DeadLettered { queue } => person::dead_lettered(draft, queue),
        Event::StoodTooLong => stands::looked_at(draft),
    }
}

/// A question without an answer: asked again later, until the policy wants a person.
fn ask_failed(draft: &mut Draft, attempt: Attempt, failure: Failure) -> Learned {
    let Some(effect) = draft.end(attempt) else {
        return Learned::Nothing("the attempt is no longer ours");
    };
    draft.note(crate::history::What::Asked(failure.remembered()));
    if let Effect::AskReturn(id) = &effect
        && draft
            .payment(id)
            .is_some_and(|payment| payment.return_outstanding().is_none())
    {
        // Nothing of ours is at stake: Stripe has the refund, or only told of one.
        recourse::again_later(draft, &Subject::of(&effect));
        return Learned::Something;
    }
    // The answer is unknown, whatever kept the question from being answered.
    recourse::answer(draft, Subject::of(&effect), failure.seen_as(FailureClass::Unknown));
    Learned::Something
}

/// A worker began, and its lease has passed without a word: what it did may have happened.
fn lapsed(draft: &mut Draft, attempt: Attempt) -> Learned {
    let live = |which| {
        draft
            .order
            .lane(which)
            .intent
            .clone()
            .filter(|intent| intent.attempt == attempt)
    };
    let Some(intent) = Which::ALL.into_iter().find_map(live) else {
        return Learned::Nothing("the attempt has ended");
    };
    if draft.now() < intent.lease_until {
        return Learned::Nothing("the attempt still has its lease");
    }
    let failure = Failure::unknown(Reason::Interrupted);
    match &intent.effect {
        Effect::Deliver(step) => {
            let tries = draft.order.work.tries(&Subject::Step(*step));
            let outage = tries.is_some_and(|tries| tries.outage);
            steps::failed(draft, attempt, *step, (failure, outage))
        }
        Effect::ReturnMoney(payment) => money::return_failed(draft, attempt, payment, failure),
        Effect::Annotate { payment, refund } => words::annotate_failed(draft, attempt, (payment, refund), failure),
        Effect::Revoke { step, .. } => steps::revoke_failed(draft, attempt, *step, failure),
        Effect::Tell(notice) => tell::failed(draft, attempt, *notice, failure),
        Effect::Capture(payment) => payment::capture_failed(draft, attempt, payment, failure),
        Effect::LookFor(_)
        | Effect::PassBrake
        | Effect::AskSession
        | Effect::AskPayment(_)
        | Effect::AskReturn(_)
        | Effect::AskDisputes(_) => ask_failed(draft, attempt, failure),
    }
}
