//! Journeys that end with everything delivered.

use std::time::Duration;

use domain::case::Choice;
use testkit::identity::Fault;

use crate::journey::{Journey, Post};

#[test]
fn bought_and_delivered() {
    let mut journey = Journey::begin(1);
    let order = journey.buys("team-year");
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("bought_and_delivered");
}

#[test]
fn provider_down_for_six_hours() {
    let mut journey = Journey::begin(2);
    journey.world.state().directory.fault = Fault::Down;
    let order = journey.buys("team-year");
    journey.hours(6);
    assert_eq!(journey.state(&order), "Delivering");
    journey.world.state().directory.fault = Fault::None;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("provider_down_for_six_hours");
}

#[test]
fn a_provider_that_says_when_to_come_back_is_not_asked_before() {
    const WAIT_S: u32 = 2_400;
    let mut journey = Journey::begin(11);
    // It asks for no order.
    journey.broken.no_audits = true;
    {
        let mut state = journey.world.state();
        state.directory.fault = Fault::Down;
        state.directory.retry_after = Some(WAIT_S);
    }
    let order = journey.buys("team-year");
    journey.hours(2);
    let asked = journey.world.state().directory.down_at.clone();
    let apart = asked.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(
        asked.len() > 1 && apart.min() >= Some(i64::from(WAIT_S) * 1_000),
        "{asked:?}"
    );
    journey.world.state().directory.fault = Fault::None;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("provider_down_and_it_says_for_how_long");
}

#[test]
fn every_event_lost() {
    let mut journey = Journey::begin(3);
    journey.post = Post::Lost;
    let order = journey.buys("team-year");
    assert_eq!(journey.state(&order), "AwaitingPayment");
    journey.passes(Duration::from_secs(900));
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("every_event_lost");
}

#[test]
fn events_doubled_and_reversed() {
    let mut journey = Journey::begin(4);
    journey.post = Post::DoubledAndReversed;
    journey.buys("team-year");
    journey.ends("events_doubled_and_reversed");
}

#[test]
fn killed_between_effect_and_record() {
    let mut journey = Journey::begin(5);
    journey.world.state().directory.fault = Fault::Kill;
    let order = journey.buys("team-year");
    assert_eq!(journey.state(&order), "Delivering");
    journey.hours(1);
    journey.ends("killed_between_effect_and_record");
}

#[test]
fn the_provider_loses_its_reply() {
    let mut journey = Journey::begin(6);
    journey.world.state().directory.fault = Fault::LoseReply;
    journey.buys("team-year");
    journey.hours(1);
    journey.ends("the_provider_loses_its_reply");
}

#[test]
fn no_mail_can_be_sent() {
    let mut journey = Journey::begin(7);
    journey.world.state().mails_refused = true;
    journey.buys("team-year");
    journey.ends("no_mail_can_be_sent");
}

#[test]
fn provider_down_for_a_day_and_a_person_retries() {
    let mut journey = Journey::begin(8);
    journey.world.state().directory.fault = Fault::Down;
    let order = journey.buys("team-year");
    journey.hours(26);
    assert_eq!(journey.state(&order), "WithPerson");
    journey.world.state().directory.fault = Fault::None;
    journey.decides(&order, Choice::Retry, "The provider is back since noon.");
    assert_eq!(journey.state(&order), "Delivered");
    journey.ends("provider_down_for_a_day_and_a_person_retries");
}

#[test]
fn the_store_is_away_until_messages_die() {
    let mut journey = Journey::begin(9);
    journey.pays("team-year");
    journey.posts();
    journey.world.state().store_down = true;
    journey.settles();
    journey.passes(Duration::from_secs(1_800));
    assert!(!journey.world.state().queues.bodies("ProvisioningDeadQueue").is_empty());
    journey.world.state().store_down = false;
    journey.passes(Duration::from_secs(180));
    journey.ends("the_store_is_away_until_messages_die");
}

#[test]
fn dead_letters_are_put_back_by_hand() {
    let mut journey = Journey::begin(10);
    journey.pays("team-year");
    journey.posts();
    journey.world.state().store_down = true;
    journey.passes(Duration::from_secs(1_800));
    {
        let mut state = journey.world.state();
        state.store_down = false;
        let now = state.now.0;
        let moved = state
            .queues
            .redrive("ProvisioningDeadQueue", Some("ProvisioningQueue"), now);
        assert_eq!(moved, Ok(1));
    }
    journey.settles();
    journey.passes(Duration::from_secs(600));
    journey.ends("dead_letters_are_put_back_by_hand");
}
