//! Money that somebody returned by hand gets its because later, and nothing of the order waits for it.

use super::story::*;
use crate::because::{Code, Said, at_stripe};
use crate::case::{Choice, Class};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::finance::refunds;
use crate::history::What;
use crate::id::RefundId;
use crate::notice::{Audience, Template};
use crate::order::Order;
use crate::payment::{Particulars, RefundStatus, Written};
use crate::work::Intent;

const SAID: &str = "£480.00 was returned by hand in Stripe: looked at it together.";

fn open(order: &Order) -> Vec<Class> {
    let open = order.cases.iter().filter(|case| case.resolved.is_none());
    open.map(|case| case.class).collect()
}

fn written(story: &Story) -> Vec<Option<Written>> {
    let refunds = story.order.payments.iter().flat_map(|payment| payment.refunds.iter());
    refunds
        .map(|refund| refund.words.as_ref().map(|words| words.written))
        .collect()
}

fn sentences(order: &Order) -> Vec<String> {
    refunds(order)
        .iter()
        .map(|line| line.because.sentence().to_owned())
        .collect()
}

fn annotate(story: &mut Story) -> Intent {
    let intent = story.begin(Performer::Refund);
    assert!(matches!(intent.effect, Effect::Annotate { .. }), "{:?}", intent.effect);
    intent
}

fn fail_to_annotate(story: &mut Story, failure: crate::failure::Failure) {
    let intent = annotate(story);
    story.event(Event::AnnotateFailed {
        attempt: intent.attempt,
        payment: payment(),
        refund: RefundId::new("re_hand"),
        failure,
    });
}

/// Refunded in full before anything was set up: all is well but for the words.
fn returned_early() -> Story {
    let mut story = Story::paid();
    story.refunded_by_hand(48_000);
    story
}

#[test]
fn a_small_case_asks_finance_for_the_words_and_nothing_waits_for_it() {
    let mut story = returned_early();
    assert_eq!(
        (story.state(), open(&story.order)),
        ("Undone", vec![Class::BecauseMissing])
    );
    let about_case = |template: &Template| matches!(template, Template::WithPerson { .. } | Template::Reminder { .. });
    let told = |story: &Story| -> Vec<Audience> {
        let notices = story.order.notices.iter();
        notices
            .filter(|notice| about_case(&notice.template))
            .map(|notice| notice.to)
            .collect()
    };
    let told = told(&story);
    assert!(
        told.iter().all(|to| *to == Audience::Finance) && !told.is_empty(),
        "{told:?}"
    );
    let notices = story.order.notices.len();

    let case = story.case();
    assert!(matches!(story.choose(&case, Choice::Retry), crate::Decision::Refuse(_)));
    assert!(matches!(story.choose(&case, Choice::Undo), crate::Decision::Refuse(_)));
    story.choose(&case, Choice::Ignore);
    assert_eq!((story.state(), open(&story.order)), ("Undone", Vec::new()));
    assert_eq!(story.order.notices.len(), notices, "nobody is told again");
    let undo = story.order.undo.as_ref().expect("undone");
    let owed = story.order.payments[0].owed.as_ref().expect("returned");
    assert_eq!((undo.because.sentence(), owed.because.sentence()), (SAID, SAID));
    assert_eq!(sentences(&story.order), [SAID]);
    assert_eq!(undo.because.code(), Code::PersonDecided);

    let intent = annotate(&mut story);
    story.event(Event::Annotated {
        attempt: intent.attempt,
        payment: payment(),
        refund: RefundId::new("re_hand"),
    });
    assert_eq!(written(&story), [Some(Written::At(story.now))]);
    assert!(story.idle(Performer::Refund));
}

#[test]
fn a_case_about_the_same_money_asks_for_the_words_too() {
    let mut after = Story::delivered();
    after.refunded_by_hand(48_000);
    assert_eq!(open(&after.order), [Class::ReturnedAfterDelivery]);
    let case = after.case();
    after.choose(&case, Choice::Ignore);
    assert_eq!(
        (open(&after.order), sentences(&after.order)),
        (Vec::new(), vec![SAID.to_owned()])
    );

    let mut part = Story::delivered();
    part.refunded_by_hand(10_000);
    assert_eq!(open(&part.order), [Class::PartlyReturned]);
    let case = part.case();
    part.choose(&case, Choice::Ignore);
    let said = "£100.00 was returned by hand in Stripe: looked at it together.";
    assert_eq!(
        (open(&part.order), sentences(&part.order)),
        (Vec::new(), vec![said.to_owned()])
    );
    // Another part is another question, and ends the order.
    part.refunded_by_hand_as("re_rest", 38_000, RefundStatus::Succeeded);
    assert_eq!(open(&part.order), [Class::ReturnedAfterDelivery]);
    let case = part.case();
    part.choose(&case, Choice::Ignore);
    assert_eq!(open(&part.order), []);
    assert_eq!(part.order.undo.as_ref().map(|undo| undo.because.sentence()), Some(SAID));
}

#[test]
fn words_that_came_with_the_refund_are_asked_of_nobody() {
    let said = Said::read("customer_request", "The customer found the plan too small.").expect("words");
    let seen = |said: Option<Said>| Event::RefundSeen {
        payment: payment(),
        refund: RefundId::new("re_hand"),
        amount_minor: 48_000,
        status: RefundStatus::Succeeded,
        told: Particulars {
            said,
            ..Particulars::default()
        },
    };
    let mut at_once = Story::paid();
    at_once.event(seen(Some(said.clone())));
    let mut later = Story::paid();
    later.event(seen(None));
    assert_eq!(open(&later.order), [Class::BecauseMissing]);
    later.event(seen(Some(said.clone())));
    for story in [at_once, later] {
        assert_eq!(open(&story.order), []);
        let undo = story.order.undo.as_ref().expect("undone");
        assert_eq!(
            (undo.because.code(), undo.because.sentence()),
            (Code::CustomerRequest, said.sentence.as_str())
        );
        assert_eq!(sentences(&story.order), [said.sentence.as_str()]);
        assert_eq!(
            written(&story),
            [Some(Written::Owed)],
            "the payment shall say it as well"
        );
    }
}

#[test]
fn our_own_refund_is_asked_about_by_nobody_whatever_its_metadata_says() {
    let mut story = Story::undoing();
    story.revoke();
    story.begin(Performer::Refund);
    let because = story.order.undo.as_ref().expect("undo").because.clone();
    for _ in 0..2 {
        let _told = story.try_event(&Event::RefundSeen {
            payment: payment(),
            refund: RefundId::new("re_1"),
            amount_minor: 48_000,
            status: RefundStatus::Succeeded,
            told: Particulars {
                said: Said::read(because.code().name(), because.sentence()),
                ..Particulars::default()
            },
        });
    }
    assert_eq!((open(&story.order), written(&story)), (Vec::new(), vec![None]));
    assert_eq!(
        story.order.payments[0].refunds[0].told,
        Particulars::default(),
        "not one byte more"
    );
}

#[test]
fn words_that_stripe_does_not_take_are_given_up_and_fail_no_order() {
    let case_of = |story: &Story| story.case();
    let mut refused = returned_early();
    let case = case_of(&refused);
    refused.choose(&case, Choice::Ignore);
    fail_to_annotate(&mut refused, REFUSED);

    let mut down = returned_early();
    down.choose(&case_of(&down.clone()), Choice::Ignore);
    fail_to_annotate(&mut down, DOWN);
    assert_eq!(written(&down), [Some(Written::Owed)], "it will pass");
    down.wait(8 * 86_400);
    fail_to_annotate(&mut down, LOST);

    for story in [refused, down] {
        assert_eq!(written(&story), [Some(Written::GivenUp(story.now))]);
        assert_eq!((story.state(), open(&story.order)), ("Undone", Vec::new()));
        assert!(story.idle(Performer::Refund));
        let given_up = |what: &What| matches!(what, What::Annotated { done: false, .. });
        assert!(story.order.history.iter().any(|entry| given_up(&entry.what)));
    }
}

#[test]
fn a_refund_by_hand_that_comes_back_asks_for_nothing_any_more() {
    let mut story = returned_early();
    story.refunded_by_hand_as("re_hand", 48_000, RefundStatus::Canceled);
    assert!(!open(&story.order).contains(&Class::BecauseMissing));
}

#[test]
fn what_stands_at_stripe_fits_there_and_names_nobody() {
    let mut person = Story::with_person();
    let case = person.case();
    let mut word = word(&"Agreed with the customer by phone. ".repeat(30));
    word.by = "Ada Young <ada@example.com>".to_owned();
    person.event(Event::PersonDecided {
        case: case.clone(),
        seen: person.order.version,
        choice: Choice::Undo,
        word,
    });
    let mut by_hand = returned_early();
    let small = by_hand.case();
    by_hand.choose(&small, Choice::Ignore);
    let said = |story: &Story| {
        let because = &story.order.undo.as_ref().expect("undo").because;
        let said = at_stripe(&story.order, because);
        assert!(said.len() <= 50);
        for (key, value) in &said {
            assert!(
                key.len() <= 40 && !value.is_empty() && value.chars().count() <= 500,
                "{key}: {value}"
            );
            assert!(!value.contains("Ada") && !value.contains('@'), "{key}: {value}");
        }
        let of = move |key: &str| {
            said.iter()
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value.clone())
        };
        [
            "because_code",
            "decided_by",
            "case_id",
            "decision_id",
            "explained_by",
            "failure_class",
            "step",
            "policy_version",
        ]
        .map(|key| of(key).unwrap_or_default())
    };
    let (case, small) = (case.as_str(), small.as_str());
    let automation = ["provisioning_failed", "automation", "", "", "", "rejected", "team", "1"];
    assert_eq!(said(&Story::undone()), automation);
    let operator = [
        "person_decided",
        "operator",
        case,
        "dec_1",
        "",
        "transient",
        "team",
        "1",
    ];
    assert_eq!(said(&person), operator);
    let hand = ["person_decided", "a person", small, "dec_1", "operator", "", "", "1"];
    assert_eq!(said(&by_hand), hand);
}
