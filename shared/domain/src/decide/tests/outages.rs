//! What an open breaker does to an order, and what a provider's own word does that says when to come back.

use std::sync::Arc;
use std::time::Duration;

use super::story::*;
use crate::case::Class;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::receipt::Step;
use crate::work::Subject;

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// Under a policy that undoes what has failed for a day.
fn impatient() -> Story {
    let mut story = Story::paid();
    let text = include_str!("../../../../../infra/policy.toml");
    let text = text.replacen("retry 24h, then coordinate", "retry 24h, then undo", 1);
    story.order.policy = Arc::new(crate::policy::parse(&text).expect("a policy"));
    story
}

fn held(story: &mut Story) {
    let attempt = story.deliver(Step::Account);
    story.event(Event::StepHeld {
        attempt,
        step: Step::Account,
        wait: HALF_A_MINUTE,
    });
}

#[test]
fn what_is_held_back_was_no_try_and_waits() {
    let mut story = Story::paid();
    story.fail(Step::Account, DOWN);
    story.wait(12);
    held(&mut story);
    let tries = story.order.work.tries(&Subject::Step(Step::Account)).expect("tries");
    assert_eq!((tries.count, tries.not_before), (1, story.now.plus(HALF_A_MINUTE)));
    assert!(story.idle(Performer::Provisioning));
    story.wait(30);
    story.make(Step::Account, "u1");
    assert!(story.order.work.tries(&Subject::Step(Step::Account)).is_none());
}

/// An outage is no reason to send everybody's money back.
#[test]
fn what_an_outage_made_old_is_a_persons_and_not_undone() {
    let mut alone = impatient();
    alone.fail(Step::Account, DOWN);
    let mut with_many = alone.clone();
    alone.wait(24 * 3_600);
    alone.fail(Step::Account, DOWN);
    assert_eq!(alone.state(), "Undoing", "alone it is undone");

    with_many.wait(12);
    held(&mut with_many);
    let mut probe = with_many.clone();
    with_many.wait(24 * 3_600);
    held(&mut with_many);
    assert_eq!(with_many.state(), "WithPerson");
    probe.wait(24 * 3_600);
    let attempt = probe.deliver(Step::Account);
    probe.event(Event::StepFailed {
        attempt,
        step: Step::Account,
        failure: DOWN,
        outage: true,
    });
    assert_eq!(probe.state(), "WithPerson", "also the one that probes");
    assert!(probe.order.cases.iter().all(|case| case.class == Class::DeliveryStuck));
}

/// A refusal is an answer, outage or not.
#[test]
fn what_the_provider_refuses_is_undone() {
    let mut story = Story::paid();
    story.fail(Step::Account, DOWN);
    story.wait(12);
    held(&mut story);
    story.wait(30);
    story.fail(Step::Account, REFUSED);
    assert_eq!(story.state(), "Undoing");
}

/// The outage is over, and this one alone goes on to fail.
#[test]
fn what_fails_alone_after_an_outage_is_undone() {
    let mut story = impatient();
    story.fail(Step::Account, DOWN);
    story.wait(12);
    held(&mut story);
    story.wait(60);
    story.fail(Step::Account, DOWN);
    story.wait(24 * 3_600);
    story.fail(Step::Account, DOWN);
    assert_eq!(story.state(), "Undoing");
}

/// Whoever looks into it needs the cause, and "everybody waits" is none.
#[test]
fn what_is_held_back_keeps_its_reason() {
    let mut story = Story::paid();
    story.fail(Step::Account, Failure::new(FailureClass::Transient, Reason::NotAllowed));
    story.wait(12);
    held(&mut story);
    story.wait(24 * 3_600);
    held(&mut story);
    let case = story.order.open_case(&story.case()).expect("the case");
    assert_eq!(case.failure.map(|failure| failure.reason), Some(Reason::NotAllowed));
}

/// The brake's own store does not answer: money waits behind it, and somebody must know.
#[test]
fn a_brake_that_does_not_answer_is_a_case_after_an_hour() {
    let mut story = Story::paid();
    story.fail(Step::Account, REFUSED);
    for _ in 0..8 {
        let attempt = story.begin_at_the_brake().attempt;
        story.event(Event::AskFailed { attempt, failure: DOWN });
        story.wait(2_200);
    }
    let open = story.order.cases.iter().filter(|case| case.resolved.is_none());
    assert_eq!(open.map(|case| case.class).collect::<Vec<_>>(), [Class::ReturnStuck]);
    assert!(!story.order.waits_at_the_brake(), "nobody told it to wait");
    story.pass_brake();
    assert!(story.order.cases.iter().all(|case| case.resolved.is_some()), "it heals");
}

const AN_HOUR: Duration = Duration::from_secs(3_600);

fn come_back_in(wait: Duration, failure: Failure) -> Failure {
    Failure {
        retry_after: Some(wait),
        ..failure
    }
}

#[test]
fn the_order_is_not_tried_before_the_time_that_was_asked_for() {
    let mut story = Story::paid();
    story.fail(Step::Account, come_back_in(AN_HOUR, DOWN));
    let due = story.order.due().expect("it is not forgotten");
    assert!(due >= story.now.plus(AN_HOUR));
    story.wait(3_599);
    assert!(story.idle(Performer::Provisioning), "an early nudge does nothing");
    story.wait(1);
    story.make(Step::Account, "u1");
}

/// A bound from below: who asks for a second does not get a call each second.
#[test]
fn the_policys_own_wait_stands_where_it_is_longer() {
    let mut story = Story::paid();
    story.fail(Step::Account, come_back_in(Duration::from_secs(1), DOWN));
    story.wait(9);
    assert!(story.idle(Performer::Provisioning));
    story.wait(1);
    story.make(Step::Account, "u1");
}

#[test]
fn a_lost_create_is_not_looked_for_before_the_time_that_was_asked_for() {
    let mut story = Story::paid();
    story.fail(Step::Account, come_back_in(AN_HOUR, LOST));
    assert!(story.order.uncertain(Step::Account).is_some());
    story.wait(3_599);
    assert!(story.idle(Performer::Provisioning));
    story.wait(1);
    let look = story.begin(Performer::Provisioning);
    let failure = come_back_in(AN_HOUR, DOWN);
    let attempt = look.attempt;
    story.event(Event::AskFailed { attempt, failure });
    story.wait(3_599);
    assert!(story.idle(Performer::Provisioning), "nor looked for again");
}

/// Not for what was wanted then, but for all that this order wants of the provider; the money does not wait with it.
#[test]
fn the_way_back_heeds_what_was_asked_for_on_the_way_forward() {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, come_back_in(AN_HOUR, LOST));
    story.refunded_by_hand(48_000);
    story.pass_brake();
    story.wait(3_599);
    assert!(story.idle(Performer::Provisioning) && story.idle(Performer::Refund));
    story.wait(1);
    assert!(matches!(story.begin(Performer::Refund).effect, Effect::Revoke { .. }));
}

/// However long each of them asked for.
#[test]
fn failures_that_ask_for_different_waits_are_one_line_of_history() {
    let mut story = Story::paid();
    for minutes in 1..4 {
        story.fail(Step::Account, come_back_in(Duration::from_secs(60 * minutes), DOWN));
        story.wait(3_600);
    }
    let failed = |what: &What| matches!(what, What::StepFailed { .. });
    let lines = story.order.history.iter().filter(|entry| failed(&entry.what));
    assert_eq!(lines.map(|entry| entry.times).collect::<Vec<_>>(), [3]);
}
