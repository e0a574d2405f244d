//! What an open breaker does to an order.

use std::sync::Arc;
use std::time::Duration;

use super::story::*;
use crate::case::Class;
use crate::effect::Performer;
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
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
