//! Journeys that end with everything taken back and given back, or with a person.

use domain::case::Choice;
use testkit::identity::Fault;
use testkit::stripe::{Done, Misfire};

use crate::journey::{Journey, Post};

#[test]
fn account_yes_team_no() {
    let mut journey = Journey::begin(11);
    journey.world.state().directory.fault = Fault::RefuseTeams;
    journey.buys("team-year");
    journey.ends("account_yes_team_no");
}

#[test]
fn the_refunds_reply_is_lost() {
    let mut journey = Journey::begin(12);
    journey.world.state().directory.fault = Fault::Refuse;
    journey.post = Post::Lost;
    let lost = ("/refunds".to_owned(), Misfire::Lost);
    journey.world.state().stripe.faults.next.push(lost);
    journey.pays("team-year");
    journey.hours(1);
    assert_eq!(journey.world.state().stripe.refunds.len(), 1);
    journey.ends("the_refunds_reply_is_lost");
}

#[test]
fn stripe_answers_500_and_replays_it() {
    for (done, name) in [
        (Done::No, "stripe_fails_the_refund"),
        (Done::Yes, "stripe_fails_after_the_refund"),
    ] {
        let mut journey = Journey::begin(13);
        journey.world.state().directory.fault = Fault::RefuseTeams;
        journey.post = Post::Lost;
        journey.pays("team-year");
        let failing = ("/refunds".to_owned(), Misfire::Error500(done));
        journey.world.state().stripe.faults.next.push(failing);
        journey.hours(2);
        assert_eq!(journey.world.state().stripe.refunds.len(), 1);
        journey.ends(name);
    }
}

#[test]
fn refunds_are_refused_and_a_person_retries() {
    let mut journey = Journey::begin(14);
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::RefuseTeams;
        state.stripe.faults.refuse_refunds = true;
    }
    let order = journey.buys("team-year");
    assert_eq!(journey.state(&order), "WithPerson");
    journey.world.state().stripe.faults.refuse_refunds = false;
    journey.decides(&order, Choice::Retry, "Stripe has lifted the restriction.");
    assert_eq!(journey.state(&order), "Undone");
    journey.ends("refunds_are_refused_and_a_person_retries");
}

#[test]
fn provider_down_for_a_day_and_a_person_undoes() {
    let mut journey = Journey::begin(15);
    journey.world.state().directory.fault = Fault::Down;
    let order = journey.buys("team-year");
    journey.hours(26);
    journey.decides(&order, Choice::Undo, "Agreed with the customer by phone.");
    journey.hours(1);
    // The money does not wait for the provider. The order does: it may have made something.
    assert_eq!(journey.world.state().stripe.truth(order.as_str()), (48_000, 48_000));
    assert_eq!(journey.state(&order), "Undoing");
    journey.world.state().directory.fault = Fault::None;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Undone");
    journey.ends("provider_down_for_a_day_and_a_person_undoes");
}

#[test]
fn refunded_by_hand_after_delivery() {
    let mut journey = Journey::begin(16);
    let order = journey.buys("team-year");
    {
        let mut state = journey.world.state();
        let (payment, now) = (state.stripe.intents[0].id.clone(), state.now.0);
        state.stripe.refund_by_hand(&payment, now);
    }
    journey.settles();
    assert_eq!(journey.state(&order), "Undone");
    journey.ends("refunded_by_hand_after_delivery");
}

#[test]
fn the_refund_fails_on_day_20() {
    let mut journey = Journey::begin(17);
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let order = journey.buys("team-year");
    journey.hours(20 * 24);
    {
        let mut state = journey.world.state();
        let (refund, now) = (state.stripe.refunds[0].id.clone(), state.now.0);
        assert!(state.stripe.fail_refund(&refund, now));
    }
    journey.settles();
    assert_eq!(journey.state(&order), "WithPerson");
    journey.ends("the_refund_fails_on_day_20");
}

#[test]
fn refund_and_payment_events_in_reverse_order() {
    let mut journey = Journey::begin(18);
    journey.post = Post::DoubledAndReversed;
    journey.pays("team-year");
    {
        let mut state = journey.world.state();
        let (payment, now) = (state.stripe.intents[0].id.clone(), state.now.0);
        state.stripe.refund_by_hand(&payment, now);
    }
    journey.settles();
    journey.hours(1);
    journey.ends("refund_and_payment_events_in_reverse_order");
}

/// The charge's word comes first, and the refund's own never.
#[test]
fn a_part_returned_before_we_know_of_the_payment() {
    let mut journey = Journey::begin(19);
    let order = journey.pays("team-year");
    {
        let mut state = journey.world.state();
        let (payment, now) = (state.stripe.intents[0].id.clone(), state.now.0);
        state.stripe.refund_part_by_hand(&payment, 10_000, now);
        let events = &mut state.stripe.events;
        events.retain(|event| event.kind != "refund.created");
        events.reverse();
    }
    journey.settles();
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("a_part_returned_before_we_know_of_the_payment");
}
