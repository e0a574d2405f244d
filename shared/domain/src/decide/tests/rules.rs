//! Each rule as the shortest story that breaks without it.

use super::story::*;
use crate::case::{Choice, Resolved, Word};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::id::DecisionId;
use crate::notice::{Audience, Told};
use crate::payment::RefundStatus;
use crate::receipt::Step;
use crate::{Decision, decide_and_begin};

#[test]
fn bought_and_delivered() {
    let story = Story::delivered();
    assert_eq!(story.state(), "Delivered");
    let told: Vec<Audience> = story.order.notices.iter().map(|notice| notice.to).collect();
    assert_eq!(told, [Audience::Customer, Audience::Systems]);
    assert!(story.idle(Performer::Provisioning) && story.idle(Performer::Refund));
}

#[test]
fn outcome_and_next_intent_share_a_write() {
    let mut story = Story::paid();
    let attempt = story.deliver(Step::Account);
    let event = done(attempt, Step::Account, "u1");
    let Decision::Advance(next) = decide_and_begin(&story.order, &event, Performer::Provisioning, story.moment())
    else {
        panic!("must advance")
    };
    let intent = next.order.work.intent.expect("the team is begun");
    assert_eq!(
        (intent.effect, intent.attempt),
        (Effect::Deliver(Step::Team), next.order.version)
    );
}

/// 1: a create without an answer keeps the order from rest; only a late question may say "none".
#[test]
fn an_uncertain_create_is_looked_for_until_its_time_is_over() {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, LOST);
    story.wait(10);
    let early = story.begin(Performer::Provisioning);
    assert_eq!(early.effect, Effect::LookFor(Step::Team));
    story.event(seen(&early, Step::Team, &[]));
    assert!(
        story.order.uncertain(Step::Team).is_some(),
        "an early none proves nothing"
    );
    story.wait(15 * 60);
    let late = story.begin(Performer::Provisioning);
    story.event(seen(&late, Step::Team, &[]));
    assert!(story.order.uncertain(Step::Team).is_none());
    story.make(Step::Team, "g1");
}

#[test]
fn what_is_found_after_a_lost_reply_is_ours() {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, LOST);
    story.wait(10);
    let look = story.begin(Performer::Provisioning);
    story.event(seen(&look, Step::Team, &["g2", "g1"]));
    assert_eq!(story.order.winner(Step::Team).expect("adopted").object.as_str(), "g1");
    let revoke = story.begin(Performer::Refund);
    assert_eq!(
        revoke.effect,
        Effect::Revoke {
            step: Step::Team,
            objects: vec![crate::id::ObjectId::new("g2")]
        }
    );
}

/// 2: a worker that lost its lease records what it learned, and that settles the order.
#[test]
fn a_fenced_worker_settles_the_order_and_touches_no_intent() {
    let mut story = Story::undoing();
    let frozen = story.begin(Performer::Refund);
    story.wait(61);
    assert!(crate::begin(&story.order, Performer::Refund, story.moment()).is_some());
    let Effect::Revoke { step, objects } = frozen.effect else {
        panic!("{frozen:?}")
    };
    let next = crate::begin(&story.order, Performer::Refund, story.moment()).expect("the lapse is recorded");
    story.order = next.order;
    story.wait(10);
    let second = story.begin(Performer::Refund);
    story.event(Event::StepRevoked {
        attempt: frozen.attempt,
        step,
        objects,
    });
    assert_eq!(
        story.order.work.intent.as_ref().map(|intent| intent.attempt),
        Some(second.attempt)
    );
    assert!(story.order.to_revoke(Step::Account).is_empty());
}

/// 3: once undo is decided, no retry turns the order forward again.
#[test]
fn direction_is_back_for_ever() {
    let mut story = Story::undoing();
    story.revoke();
    story.return_refused(&payment());
    assert_eq!(story.state(), "WithPerson");
    let case = story.case();
    assert!(matches!(story.choose(&case, Choice::Retry), Decision::Advance(_)));
    assert_eq!(story.state(), "Undoing");
    story.give_back(RefundStatus::Succeeded);
    assert_eq!(story.state(), "Undone");
}

/// 4: what was taken back never comes again.
#[test]
fn a_revoked_object_is_never_adopted_again() {
    let mut story = Story::undoing();
    story.revoke();
    let decision = story.try_event(&done(99, Step::Account, "u1"));
    assert!(matches!(decision, Decision::Stay(_)), "{decision:?}");
}

/// 5: a late receipt is the step's own, unless there is one or the order goes back.
#[test]
fn a_late_receipt_heals_and_a_recorded_winner_stays() {
    let mut story = Story::with_person();
    assert_eq!(story.state(), "WithPerson");
    story.event(done(7, Step::Team, "g1"));
    assert_eq!(story.state(), "Delivering");
    assert!(matches!(story.order.cases[0].resolved, Some(Resolved::Healed { .. })));
    story.event(done(8, Step::Team, "g9"));
    assert_eq!(story.order.winner(Step::Team).expect("team").object.as_str(), "g1");
    assert_eq!(story.order.to_revoke(Step::Team).len(), 1);
}

#[test]
fn a_late_grant_after_the_undo_is_taken_back() {
    let mut story = Story::undone();
    story.event(done(99, Step::Team, "g1"));
    assert_eq!(story.state(), "Undone");
    story.revoke();
    assert!(story.order.owed(crate::owed::Which::Work, story.now).is_empty());
}

/// 8: a person's retry starts with fresh counters.
#[test]
fn a_decision_resets_the_counters() {
    let mut story = Story::with_person();
    let case = story.case();
    story.choose(&case, Choice::Retry);
    story.fail(Step::Team, DOWN);
    assert_eq!(story.state(), "Delivering", "24 hours begin anew");
}

/// 11: a case is decided once.
#[test]
fn the_second_copy_of_a_decision_changes_nothing_and_another_one_is_refused() {
    let mut story = Story::with_person();
    let case = story.case();
    story.choose(&case, Choice::Retry);
    assert!(matches!(story.choose(&case, Choice::Retry), Decision::Stay(_)));
    let another = Event::PersonDecided {
        case,
        seen: story.order.version,
        choice: Choice::Ignore,
        word: Word {
            decision: DecisionId::new("dec_2"),
            ..word("delivered by hand")
        },
    };
    assert!(matches!(story.try_event(&another), Decision::Refuse(_)));
}

/// 12: a refusal after an unknown may speak of our own success.
#[test]
fn a_refusal_after_an_unknown_is_looked_at_first() {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, LOST);
    story.wait(16 * 60);
    let late = story.begin(Performer::Provisioning);
    story.event(seen(&late, Step::Team, &[]));
    story.fail(Step::Team, Failure::new(FailureClass::Rejected, Reason::Taken));
    assert!(story.order.undo.is_none());
    let look = story.begin(Performer::Provisioning);
    let mut found = story.clone();
    found.event(seen(&look, Step::Team, &["g1"]));
    assert!(found.order.winner(Step::Team).is_some());
    story.event(seen(&look, Step::Team, &[]));
    assert!(story.order.undo.is_some(), "there is none, so the refusal stands");
}

#[test]
fn a_dead_mail_server_delays_no_money_and_ends_in_a_record() {
    let mut story = Story::delivered();
    let tell = story.begin(Performer::Notification);
    story.event(Event::NoticeFailed {
        attempt: tell.attempt,
        notice: 1,
        failure: DOWN,
    });
    story.announce();
    assert!(story.idle(Performer::Notification));
    story.wait(24 * 3_600);
    let tell = story.begin(Performer::Notification);
    story.event(Event::NoticeFailed {
        attempt: tell.attempt,
        notice: 1,
        failure: DOWN,
    });
    assert!(matches!(story.order.notices[0].told, Told::GivenUp(_)));
    assert_eq!(story.order.due(), None);
}

#[test]
fn a_worker_that_vanished_while_telling_is_not_answered_by_telling_twice() {
    let mut story = Story::delivered();
    story.begin(Performer::Notification);
    story.wait(61);
    let next = crate::begin(&story.order, Performer::Notification, story.moment()).expect("the lapse is recorded");
    assert!(matches!(next.order.notices[0].told, Told::Unknown(_)));
}

#[test]
fn an_early_nudge_does_nothing() {
    let mut story = Story::paid();
    story.fail(Step::Account, DOWN);
    assert!(story.idle(Performer::Provisioning));
    story.wait(10);
    assert!(!story.idle(Performer::Provisioning));
}

#[test]
fn messages_that_keep_dying_are_a_persons() {
    let mut story = Story::paid();
    let died = || Event::DeadLettered {
        queue: "ProvisioningDeadQueue".into(),
    };
    story.event(died());
    story.event(died());
    assert!(story.order.cases.is_empty());
    story.event(died());
    let case = story.case();
    assert_eq!(story.order.cases[0].class, crate::case::Class::DeadLetters);
    // A decision starts the count anew, and the order goes on meanwhile.
    story.choose(&case, Choice::Retry);
    story.event(died());
    assert_eq!(story.order.cases.len(), 1);
    story.make(Step::Account, "u1");
    assert_eq!(story.state(), "Delivering");
}

#[test]
fn messages_that_die_while_telling_owe_no_more_to_tell() {
    let mut story = Story::delivered();
    let owed = story.order.notices.len();
    for _ in 0..3 {
        story.event(Event::DeadLettered {
            queue: "shop-NotificationDeadQueue-1ABC2DEF".into(),
        });
    }
    assert_eq!(story.order.cases.len(), 1);
    assert_eq!(story.order.notices.len(), owed);
}
