//! What other systems are told, and how often.

use super::story::*;
use crate::case::Choice;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::Failure;
use crate::id::{DisputeId, RefundId};
use crate::notice::{Announcement, Audience, Notice, Told};
use crate::payment::{DisputeStatus, Particulars, RefundStatus};
use crate::policy::Policy;
use crate::receipt::Step;
use crate::{Decision, begin};

fn announcements(story: &Story) -> Vec<(Announcement, Told)> {
    let of = |notice: &Notice| Some((notice.announces()?, notice.told.clone()));
    story.order.notices.iter().filter_map(of).collect()
}

fn said(story: &Story) -> Vec<Announcement> {
    announcements(story).iter().map(|(said, _)| *said).collect()
}

fn last(story: &Story) -> Told {
    announcements(story).last().expect("an announcement").1.clone()
}

/// People's notices are taken; what is left is for other systems.
fn tell_people(story: &mut Story) {
    while let Some(next) = begin(&story.order, Performer::Notification, story.moment()) {
        let intent = next.order.tell.intent.clone().expect("an intent");
        let Effect::Tell(notice) = intent.effect else {
            panic!("{:?}", intent.effect)
        };
        let to = story
            .order
            .notices
            .iter()
            .find(|known| known.id == notice)
            .map(|known| known.to);
        if to == Some(Audience::Systems) {
            return;
        }
        story.order = next.order;
        let attempt = intent.attempt;
        story.event(Event::NoticeAccepted {
            attempt,
            notice,
            covered: false,
        });
    }
}

fn announcing_fails(story: &mut Story, failure: Failure) {
    tell_people(story);
    let intent = story.begin(Performer::Notification);
    let Effect::Tell(notice) = intent.effect else {
        panic!("{:?}", intent.effect)
    };
    story.event(Event::NoticeFailed {
        attempt: intent.attempt,
        notice,
        failure,
    });
}

fn announce_again(story: &mut Story, notice: u32, seen: u64) -> Decision {
    story.try_event(&Event::AnnounceAgain {
        notice,
        seen,
        by: "operator".into(),
        reason: "their queue was lost".into(),
    })
}

#[test]
fn an_order_is_announced_each_time_that_it_comes_to_stand_somewhere() {
    let delivered = Story::delivered();
    assert_eq!(said(&delivered), [Announcement::Delivered]);
    let mut undone = Story::undone();
    assert_eq!(said(&undone), [Announcement::Undone]);
    undone.event(Event::RefundSeen {
        payment: payment(),
        refund: RefundId::new("re_1"),
        amount_minor: 48_000,
        status: RefundStatus::Failed,
        told: Particulars::default(),
    });
    assert_eq!(said(&undone), [Announcement::Undone, Announcement::WithPerson]);
}

#[test]
fn a_person_who_retries_is_overtaken_and_the_delivery_is_announced() {
    let mut story = Story::with_person();
    let case = story.case();
    story.choose(&case, Choice::Retry);
    assert!(matches!(last(&story), Told::Overtaken(_)), "nobody had sent it yet");
    story.make(Step::Team, "g1");
    story.make(Step::Membership, "g1/u1");
    assert_eq!(said(&story), [Announcement::WithPerson, Announcement::Delivered]);
}

#[test]
fn what_was_announced_stays_and_what_follows_is_announced_too() {
    let mut story = Story::delivered();
    tell_people(&mut story);
    story.announce();
    story.refunded_by_hand(48_000);
    story.revoke();
    story.revoke();
    story.revoke();
    assert_eq!(story.state(), "Undone");
    assert_eq!(said(&story), [Announcement::Delivered, Announcement::Undone]);
    assert!(matches!(announcements(&story)[0].1, Told::Accepted(_)));
}

#[test]
fn other_systems_wait_until_people_are_told() {
    let mut story = Story::undone();
    let mut order = Vec::new();
    while let Some(next) = begin(&story.order, Performer::Notification, story.moment()) {
        let intent = next.order.tell.intent.clone().expect("an intent");
        story.order = next.order;
        let Effect::Tell(notice) = intent.effect else {
            panic!("{:?}", intent.effect)
        };
        let known = story.order.notices.iter().find(|known| known.id == notice);
        order.push(known.expect("a notice").to);
        let attempt = intent.attempt;
        story.event(Event::NoticeAccepted {
            attempt,
            notice,
            covered: false,
        });
    }
    assert_eq!(order.pop(), Some(Audience::Systems));
    assert!(order.len() == 3 && !order.contains(&Audience::Systems), "{order:?}");
}

/// An announcement that waited for its next try comes behind what people are to be told by then.
#[test]
fn an_older_announcement_waits_for_a_newer_word_to_people() {
    let mut story = Story::delivered();
    announcing_fails(&mut story, DOWN);
    story.wait(60);
    story.event(Event::DisputeSeen {
        payment: payment(),
        dispute: DisputeId::new("dp_1"),
        amount_minor: 48_000,
        status: DisputeStatus::Open,
    });
    let intent = story.begin(Performer::Notification);
    let Effect::Tell(notice) = intent.effect else {
        panic!("{:?}", intent.effect)
    };
    let known = story.order.notices.iter().find(|known| known.id == notice);
    assert!(
        notice > 2 && known.expect("a notice").to != Audience::Systems,
        "{known:?}"
    );
}

#[test]
fn an_announcement_whose_outcome_nobody_knows_is_sent_again() {
    let mut story = Story::delivered();
    announcing_fails(&mut story, LOST);
    assert_eq!(last(&story), Told::Owed);
    story.wait(60);
    story.announce();
    assert!(matches!(last(&story), Told::Accepted(_)));
    // A worker that vanished over it is answered in the same way.
    let mut story = Story::delivered();
    tell_people(&mut story);
    story.begin(Performer::Notification);
    story.wait(61);
    let next = begin(&story.order, Performer::Notification, story.moment()).expect("the lapse is recorded");
    story.order = next.order;
    assert_eq!(last(&story), Told::Owed);
}

#[test]
fn an_order_from_before_is_not_held_up_and_is_no_case() {
    let mut story = Story::delivered();
    let mut stored = serde_json::to_value(&*story.order.policy).unwrap();
    stored["rows"].as_object_mut().unwrap().remove("announce").unwrap();
    story.order.policy = std::sync::Arc::new(serde_json::from_value::<Policy>(stored).unwrap());
    announcing_fails(&mut story, DOWN);
    assert!(matches!(last(&story), Told::GivenUp(_)));
    assert!(story.order.cases.is_empty() && story.order.due().is_none());
}

#[test]
fn a_person_has_it_announced_again_under_the_same_number() {
    let mut story = Story::delivered();
    announcing_fails(&mut story, REFUSED);
    assert!(matches!(last(&story), Told::GivenUp(_)));
    let (notice, version) = (2, story.order.version);
    assert_eq!(
        announce_again(&mut story, notice, version - 1),
        Decision::Refuse("this changed while you looked")
    );
    assert!(matches!(
        announce_again(&mut story, notice, version),
        Decision::Advance(_)
    ));
    assert_eq!(last(&story), Told::Owed);
    let version = story.order.version;
    assert_eq!(
        announce_again(&mut story, notice, version),
        Decision::Refuse("it is still to be announced")
    );
    story.announce();
    assert_eq!(said(&story), [Announcement::Delivered], "no other announcement");
    let version = story.order.version;
    assert!(
        matches!(announce_again(&mut story, 1, version), Decision::Refuse(_)),
        "a mail is sent once"
    );
    assert!(matches!(
        announce_again(&mut story, notice, version),
        Decision::Advance(_)
    ));
}

/// What is counted is what the decision then records.
#[test]
fn what_is_given_up_is_known_before_it_is_recorded() {
    for (failure, wait, given_up) in [
        (REFUSED, 0, true),
        (DOWN, 0, false),
        (LOST, 0, false),
        (DOWN, 24 * 3_600, true),
        (LOST, 24 * 3_600, true),
    ] {
        let mut story = Story::delivered();
        announcing_fails(&mut story, DOWN);
        story.wait(wait.max(60));
        let attempt = story.begin(Performer::Notification).attempt;
        let outcome = Event::NoticeFailed {
            attempt,
            notice: 2,
            failure,
        };
        assert_eq!(
            crate::decide::gives_up(&story.order, &outcome, story.now).is_some(),
            given_up,
            "{failure:?}"
        );
        story.event(outcome);
        assert_eq!(matches!(last(&story), Told::GivenUp(_)), given_up, "{failure:?}");
    }
    // So is a mail, and it counts as one.
    let mut story = Story::delivered();
    let attempt = story.begin(Performer::Notification).attempt;
    let (notice, failure) = (1, REFUSED);
    let outcome = Event::NoticeFailed {
        attempt,
        notice,
        failure,
    };
    assert_eq!(
        crate::decide::gives_up(&story.order, &outcome, story.now),
        Some(crate::budget::Ignored::Mail)
    );
}

#[test]
fn what_is_not_true_any_more_is_not_announced_again() {
    let mut story = Story::delivered();
    announcing_fails(&mut story, REFUSED);
    story.refunded_by_hand(48_000);
    let version = story.order.version;
    assert_eq!(
        announce_again(&mut story, 2, version),
        Decision::Refuse("the order has moved on since")
    );
}
