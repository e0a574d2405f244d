//! Stripe's refunds as they really come: late, in parts, pending, failed after all, and told by several mouths.

use super::story::*;
use crate::case::Class;
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::Failure;
use crate::id::RefundId;
use crate::money::Money;
use crate::payment::{Particulars, Payment, RefundStatus};
use crate::work::{Attempt, Subject};

fn own(story: &Story) -> &Payment {
    story.order.own_payment().expect("the payment")
}

fn seen(story: &mut Story, id: &str, amount_minor: i64, status: RefundStatus) {
    story.event(refund_event(id, amount_minor, status));
}

fn refund_event(id: &str, amount_minor: i64, status: RefundStatus) -> Event {
    Event::RefundSeen {
        payment: payment(),
        refund: RefundId::new(id),
        amount_minor,
        status,
        told: Particulars::default(),
    }
}

fn total(story: &mut Story, total_minor: i64) {
    story.event(Event::RefundedTotalSeen {
        payment: payment(),
        total_minor,
    });
}

fn answered(attempt: Attempt, id: &str, amount_minor: i64, status: RefundStatus) -> Event {
    Event::MoneyReturned {
        attempt,
        payment: payment(),
        refund: RefundId::new(id),
        amount_minor,
        status,
        told: Particulars::default(),
    }
}

/// We ask for the refund; Stripe answers with this one.
fn asks_and_gets(story: &mut Story, id: &str, amount_minor: i64, status: RefundStatus) {
    let attempt = story.begin(Performer::Refund).attempt;
    story.event(answered(attempt, id, amount_minor, status));
}

fn asks_and_fails(story: &mut Story, failure: Failure) {
    let attempt = story.begin(Performer::Refund).attempt;
    story.event(Event::ReturnFailed {
        attempt,
        payment: payment(),
        failure,
    });
}

/// Stripe is asked which refunds there are.
fn lists(story: &mut Story, refunds: &[(&str, i64, RefundStatus)]) {
    let intent = story.begin(Performer::Reconciliation);
    assert_eq!(intent.effect, Effect::AskReturn(payment()));
    let refunds = refunds
        .iter()
        .map(|(id, amount, status)| (RefundId::new(*id), *amount, *status, Particulars::default()));
    story.event(Event::RefundsListed {
        attempt: intent.attempt,
        payment: payment(),
        refunds: refunds.collect(),
    });
}

/// Undone but for the money.
fn owing() -> Story {
    let mut story = Story::undoing();
    story.revoke();
    story
}

#[test]
fn an_answer_that_brought_nothing_back_is_no_reason_to_ask_again_at_once() {
    let mut story = owing();
    asks_and_gets(&mut story, "re_1", 48_000, RefundStatus::Failed);
    assert!(story.idle(Performer::Refund));
    assert_eq!(story.state(), "WithPerson");
    assert_eq!(
        own(&story).owed.as_ref().unwrap().generation,
        2,
        "the old key would say the same again"
    );
}

#[test]
fn a_failure_told_before_our_own_answer_is_the_same() {
    let mut story = owing();
    let attempt = story.begin(Performer::Refund).attempt;
    seen(&mut story, "re_1", 48_000, RefundStatus::Failed);
    story.event(answered(attempt, "re_1", 48_000, RefundStatus::Pending));
    assert!(story.idle(Performer::Refund));
    assert_eq!(story.state(), "WithPerson");
}

#[test]
fn a_part_returned_before_the_payment_is_known_is_only_a_part() {
    let mut story = Story::of("team-year");
    seen(&mut story, "re_hand", 100, RefundStatus::Succeeded);
    assert_eq!(story.state(), "AwaitingPayment");
    story.pay("pi_1", 48_000);
    assert_eq!(story.state(), "Delivering");
    assert_eq!(own(&story).remaining(), Some(pounds(47_900)));
}

#[test]
fn all_of_it_returned_before_the_payment_is_known_is_an_undo() {
    let mut story = Story::of("team-year");
    seen(&mut story, "re_hand", 48_000, RefundStatus::Succeeded);
    story.pay("pi_1", 48_000);
    assert_eq!(story.state(), "Undone");
    let case = story.order.cases.iter().map(|case| case.class).collect::<Vec<_>>();
    assert_eq!(case, [Class::BecauseMissing]);
    // Three of the return, one for other systems; and Finance of the case, now and should nobody answer.
    assert_eq!(story.order.notices.len(), 6);
}

#[test]
fn a_question_about_a_refund_on_its_way_that_fails_alarms_nobody() {
    let mut story = owing();
    asks_and_gets(&mut story, "re_1", 48_000, RefundStatus::Pending);
    assert_eq!(story.state(), "Returning");
    let told = story.order.notices.len();
    story.wait(12 * 3_600);
    lists(&mut story, &[("re_1", 48_000, RefundStatus::Pending)]);
    assert!(story.idle(Performer::Reconciliation), "not again before its time");
    for _ in 0..3 {
        story.wait(12 * 3_600);
        let attempt = story.begin(Performer::Reconciliation).attempt;
        story.event(Event::AskFailed { attempt, failure: DOWN });
    }
    assert_eq!(story.order.notices.len(), told);
    assert!(story.order.cases.is_empty());
}

#[test]
fn a_refund_that_is_told_ends_its_counter_whoever_tells() {
    let mut story = owing();
    asks_and_fails(&mut story, LOST);
    seen(&mut story, "re_1", 48_000, RefundStatus::Pending);
    assert!(story.order.work.tries(&Subject::Return(payment())).is_none());
}

#[test]
fn a_late_word_of_the_charge_does_not_end_what_has_failed() {
    let mut story = owing();
    asks_and_gets(&mut story, "re_1", 48_000, RefundStatus::Pending);
    seen(&mut story, "re_1", 48_000, RefundStatus::Failed);
    let told = story.order.notices.len();
    story.wait(3_600);
    total(&mut story, 48_000);
    assert_eq!(story.state(), "WithPerson");
    lists(&mut story, &[("re_1", 48_000, RefundStatus::Failed)]);
    assert_eq!(story.state(), "WithPerson");
    assert_eq!(
        story.order.notices.len(),
        told,
        "nobody is told of a refund that is none"
    );
    assert!(story.idle(Performer::Reconciliation));
}

#[test]
fn the_charges_total_makes_nothing_final() {
    let mut story = owing();
    let attempt = story.begin(Performer::Refund).attempt;
    total(&mut story, 48_000);
    story.event(answered(attempt, "re_1", 48_000, RefundStatus::Pending));
    assert_eq!(story.state(), "Returning");
}

#[test]
fn totals_and_parts_are_not_counted_twice() {
    let mut story = Story::delivered();
    total(&mut story, 12_000);
    lists(&mut story, &[("re_a", 12_000, RefundStatus::Succeeded)]);
    total(&mut story, 36_000);
    seen(&mut story, "re_b", 24_000, RefundStatus::Succeeded);
    assert_eq!(story.state(), "Delivered");
    assert_eq!(own(&story).returned_minor(), 36_000);
    assert!(story.idle(Performer::Reconciliation), "the total is explained");
}

#[test]
fn what_is_asked_for_is_what_is_still_with_us() {
    let mut story = owing();
    let attempt = story.begin(Performer::Refund).attempt;
    // Somebody gives a part back by hand while we ask for all of it.
    story.event(Event::ReturnFailed {
        attempt,
        payment: payment(),
        failure: REFUSED,
    });
    lists(&mut story, &[("re_hand", 8_000, RefundStatus::Succeeded)]);
    assert!(story.order.cases.is_empty(), "the refusal is explained");
    let intent = story.begin(Performer::Refund);
    assert_eq!(own(&story).owed.as_ref().map(|owed| owed.amount), Some(pounds(40_000)));
    story.event(answered(intent.attempt, "re_1", 40_000, RefundStatus::Succeeded));
    assert_eq!(story.state(), "Undone");
    // The part that was given by hand falls through: that much is owed anew.
    seen(&mut story, "re_hand", 8_000, RefundStatus::Failed);
    let case = story.case();
    story.choose(&case, crate::case::Choice::Retry);
    story.begin(Performer::Refund);
    let owed = own(&story).owed.clone().unwrap();
    assert_eq!(owed.amount, Money::new(8_000, owed.amount.currency));
}

#[test]
fn an_old_key_is_asked_about_before_another_is_used() {
    let mut story = owing();
    asks_and_fails(&mut story, DOWN);
    story.wait(23 * 3_600);
    assert!(story.idle(Performer::Refund));
    lists(&mut story, &[]);
    story.begin(Performer::Refund);
    let owed = own(&story).owed.as_ref().unwrap();
    assert_eq!((owed.generation, owed.key_used_at), (2, Some(story.now)));
}
