//! What people decide, and what their decisions must not touch.

use super::story::*;
use crate::case::{Choice, Class, Resolved};
use crate::effect::Performer;
use crate::event::Event;
use crate::failure::{Failure, FailureClass, Reason};
use crate::history::What;
use crate::id::PaymentId;
use crate::payment::{Particulars, RefundStatus};
use crate::receipt::Step;
use crate::{Decision, begin};

/// Account made, team unknown; nobody could be asked for a day.
fn stuck_on_an_unknown_team() -> Story {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, LOST);
    story.wait(24 * 3_600);
    look_fails(&mut story);
    assert_eq!(story.state(), "WithPerson");
    story
}

fn look_fails(story: &mut Story) {
    let attempt = story.begin(Performer::Provisioning).attempt;
    story.event(Event::AskFailed { attempt, failure: DOWN });
}

#[test]
fn what_a_person_settled_is_looked_at_again_when_its_money_is_gone() {
    let mut story = Story::with_person();
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!(story.state(), "Closed");
    story.refunded_by_hand(48_000);
    assert_eq!(story.state(), "Undoing");
    assert!(
        story
            .order
            .cases
            .iter()
            .any(|case| case.class == Class::ReturnedAfterDelivery)
    );
    story.revoke();
    assert_eq!(story.state(), "Undone");
}

#[test]
fn ignore_ends_the_looking_too() {
    let mut story = stuck_on_an_unknown_team();
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!(story.state(), "Closed");
    assert!(story.idle(Performer::Provisioning));
    assert_eq!(story.order.owed(crate::owed::Which::Work, story.now), []);
}

#[test]
fn ignore_leaves_a_delivered_order_delivered() {
    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    let first = story.fail(Step::Team, LOST);
    story.wait(16 * 60);
    let look = story.begin(Performer::Provisioning);
    story.event(seen(&look, Step::Team, &[]));
    let second = story.deliver(Step::Team);
    // The first create lands after all; the second is not known to have failed.
    story.made(first, Step::Team, "g1");
    story.event(Event::StepFailed {
        attempt: second,
        step: Step::Team,
        failure: LOST,
        outage: false,
    });
    story.make(Step::Membership, "g1/u1");
    assert_eq!(story.state(), "Delivered");
    story.wait(25 * 3_600);
    look_fails(&mut story);
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!(story.state(), "Delivered");
}

#[test]
fn a_case_about_a_second_payment_does_not_undo_the_order() {
    let mut story = Story::delivered();
    story.pay("pi_2", 48_000);
    let second = PaymentId::new("pi_2");
    let attempt = story.begin(Performer::Refund).attempt;
    story.event(Event::ReturnFailed {
        attempt,
        payment: second.clone(),
        failure: REFUSED,
    });
    let attempt = story.begin(Performer::Reconciliation).attempt;
    story.event(Event::RefundsListed {
        attempt,
        payment: second,
        refunds: vec![],
    });
    let case = story.case();
    assert!(matches!(story.choose(&case, Choice::Undo), Decision::Refuse(_)));
    assert_eq!(story.state(), "Delivered");
}

#[test]
fn a_decision_about_an_older_order_is_refused() {
    let mut story = Story::with_person();
    let decision = Event::PersonDecided {
        case: story.case(),
        seen: story.order.version,
        choice: Choice::Ignore,
        word: word("delivered by hand"),
    };
    story.refunded_by_hand(100);
    assert_eq!(
        story.try_event(&decision),
        Decision::Refuse("this changed while you looked")
    );
}

#[test]
fn retry_does_not_forget_that_it_may_have_happened() {
    let mut story = stuck_on_an_unknown_team();
    let case = story.case();
    story.choose(&case, Choice::Retry);
    let look = story.begin(Performer::Provisioning);
    story.event(seen(&look, Step::Team, &[]));
    // "Already taken" may speak of our own first try: it is looked at before it undoes anything.
    story.fail(Step::Team, Failure::new(FailureClass::Rejected, Reason::Taken));
    assert_eq!(story.state(), "Delivering");
    assert!(story.order.uncertain(Step::Team).is_some());
}

#[test]
fn undo_is_not_held_by_what_was_held_on_the_way_forward() {
    let mut story = stuck_on_an_unknown_team();
    story.refunded_by_hand(48_000);
    story.revoke();
    assert!(!story.idle(Performer::Provisioning), "the unknown team is looked for");

    let mut story = Story::paid();
    story.make(Step::Account, "u1");
    story.make(Step::Team, "g1");
    story.event(done(1, Step::Team, "g9"));
    let attempt = story.begin(Performer::Refund).attempt;
    story.event(Event::RevokeFailed {
        attempt,
        step: Step::Team,
        failure: REFUSED,
    });
    story.fail(Step::Membership, REFUSED);
    story.revoke();
    story.revoke();
    assert!(
        story.order.to_revoke(Step::Team).is_empty(),
        "the team is taken back with its surplus twin"
    );
}

#[test]
fn a_decision_is_never_lost_from_the_history() {
    let mut story = Story::undone();
    let (refund, status) = (crate::id::RefundId::new("re_1"), RefundStatus::Failed);
    story.event(Event::RefundSeen {
        payment: payment(),
        refund,
        amount_minor: 48_000,
        status,
        told: Particulars::default(),
    });
    // No mail goes out for a day: seven notices fail in turn.
    for _ in 0..24 * 60 {
        story.wait(60);
        while let Some(next) = begin(&story.order, Performer::Notification, story.moment()) {
            story.order = next.order;
            let Some(intent) = story.order.tell.intent.clone() else {
                break;
            };
            let crate::effect::Effect::Tell(notice) = intent.effect else {
                break;
            };
            let (attempt, failure) = (intent.attempt, DOWN);
            story.event(Event::NoticeFailed {
                attempt,
                notice,
                failure,
            });
        }
    }
    assert!(story.order.history.len() < 40, "{} lines", story.order.history.len());
    let case = story.case();
    story.choose(&case, Choice::Retry);
    let decided = |entry: &crate::history::Entry| matches!(entry.what, What::Decided { .. });
    assert!(story.order.history.iter().any(decided));
}

#[test]
fn undo_and_coordinate_keeps_its_case_open() {
    let ours = include_str!("../../../../../infra/policy.toml");
    let text = ours.replacen("rejected = \"undo\"", "rejected = \"undo and coordinate\"", 3);
    let mut story = Story::paid();
    story.order.policy = crate::policy::parse(&text).unwrap().into();
    story.make(Step::Account, "u1");
    story.fail(Step::Team, REFUSED);
    assert_eq!(story.state(), "Undoing");
    story.case();
}

#[test]
fn what_a_person_settled_by_a_refund_is_open_again_when_that_refund_fails() {
    let mut story = Story::undoing();
    story.revoke();
    story.return_refused(&payment());
    let case = story.case();
    story.refunded_by_hand(1_000);
    assert!(matches!(story.choose(&case, Choice::Ignore), Decision::Advance(_)));
    assert_eq!(story.state(), "Closed");
    story.refunded_by_hand_as("re_rest", 47_000, RefundStatus::Succeeded);
    story.refunded_by_hand_as("re_rest", 47_000, RefundStatus::Failed);
    assert_eq!(story.state(), "WithPerson");
    assert_eq!(
        story.order.cases.iter().filter(|case| case.resolved.is_none()).count(),
        1
    );
}

/// What was decided before role and version were kept reads as it was written, and stays so.
#[test]
fn a_decision_that_was_kept_without_role_and_version_reads_as_before() {
    let old = r#"{"decided":{"at":5,"choice":"retry","by":"Olu","reason":"It is back.","decision":"dec_1"}}"#;
    let read: Resolved = serde_json::from_str(old).unwrap();
    let Resolved::Decided { role, version, .. } = &read else {
        panic!("{read:?}")
    };
    assert_eq!((role.as_ref(), *version), ("", None));
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}
