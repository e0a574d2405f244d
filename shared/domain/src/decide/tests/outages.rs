//! What an open breaker does to an order.

use std::sync::Arc;
use std::time::Duration;

use super::story::*;
use crate::case::Class;
use crate::effect::Performer;
use crate::event::Event;
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
    probe.fail(Step::Account, DOWN);
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
