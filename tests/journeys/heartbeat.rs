//! Whether alerts are heard: days with and without an answer, and publishing that fails.

use std::time::Duration;

use desk::access::{Actor, Role};
use domain::case::{Case, Class, Resolved};
use domain::heartbeat::Heartbeat;
use domain::id::DecisionId;
use flow::heartbeat::{Beaten, acknowledge};
use futures_util::FutureExt as _;
use testkit::world::FakeWorld;
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::journey::START;

/// Those who are on call.
const OPERATOR: &str = "operator";

/// So many hours, each with its run; what the last one came to.
fn hours(world: &FakeWorld, hours: u32) -> Option<Beaten> {
    let mut last = None;
    for _ in 0..hours {
        let ran = notification::handler::heartbeat(world, world).now_or_never();
        last = ran.and_then(Result::ok);
        let mut state = world.state();
        state.now = state.now.plus(Duration::from_secs(3_600));
    }
    last
}

fn sent(world: &FakeWorld) -> usize {
    world.state().test_alerts.len()
}

/// Somebody got the last test alert.
fn answers(world: &FakeWorld) -> bool {
    let sent_at = world.state().control::<Heartbeat>().sent_at().expect("a test alert");
    let said = acknowledge(world, sent_at, OPERATOR).now_or_never();
    said.expect("an end").expect("a store")
}

fn cases(world: &FakeWorld) -> Vec<Case> {
    let state = world.state();
    let cases = state.cases().filter(|case| case.class == Class::AlertsUnheard);
    cases.cloned().collect()
}

fn is_open(case: &Case) -> bool {
    case.resolved.is_none()
}

#[test]
fn a_test_alert_a_day_that_is_answered_is_no_case() {
    let world = FakeWorld::new(41, START);
    for day in 1..=7 {
        hours(&world, 2);
        assert_eq!(sent(&world), day);
        assert!(answers(&world));
        assert!(!answers(&world), "that is known");
        assert_eq!(hours(&world, 22).map(|ran| ran.unheard), Some(false));
    }
    assert_eq!(cases(&world), []);
    let state = world.state();
    assert!(state.told.is_empty(), "nobody is told of an order");
    let text = state.test_alerts[0].lines.join("\n");
    assert!(text.contains("https://console.example/console/alerts"), "{text}");
}

#[test]
fn a_test_alert_that_nobody_answers_is_one_case_until_somebody_answers() {
    let world = FakeWorld::new(42, START);
    assert_eq!(hours(&world, 24).map(|ran| ran.unheard), Some(false), "there is time");
    assert_eq!(cases(&world), []);
    assert_eq!(hours(&world, 23).map(|ran| ran.unheard), Some(true));
    let opened = cases(&world);
    assert_eq!(opened.len(), 1);
    assert!(opened.iter().all(|case| is_open(case) && case.order.is_none()));
    assert_eq!(sent(&world), 2, "they go on");
    assert!(answers(&world));
    let healed = |case: &Case| matches!(case.resolved, Some(Resolved::Healed { .. }));
    assert!(cases(&world).iter().all(healed));
    assert_eq!(hours(&world, 1).map(|ran| ran.unheard), Some(false));
    // It is answered, so the next day begins as if nothing had been.
    hours(&world, 20);
    assert_eq!(cases(&world).len(), 1);
}

#[test]
fn what_a_person_closed_comes_again_while_nobody_answers() {
    let world = FakeWorld::new(43, START);
    hours(&world, 25);
    let case = cases(&world).pop().expect("a case");
    let page = DecisionId::new("page");
    let operator = Actor {
        name: OPERATOR.to_owned(),
        role: Role::Operator,
    };
    let closed = desk::decision::close(&world, &case, &operator, "The phone was charged again.", &page).now_or_never();
    assert!(closed.is_some_and(|closed| closed.is_ok()));
    hours(&world, 24);
    let open = cases(&world).into_iter().filter(is_open).count();
    assert_eq!((cases(&world).len(), open), (2, 1));
    assert!(answers(&world));
    let decided = |case: &&Case| matches!(case.resolved, Some(Resolved::Decided { .. }));
    assert_eq!(cases(&world).iter().filter(decided).count(), 1, "a person's end stands");
    assert!(!cases(&world).iter().any(is_open));
}

/// What befalls the publishing or the records of a run is mended by a later one: no day without a test alert that may
/// have come, and without an answer always one case.
#[test]
fn a_run_that_fails_is_made_good_by_the_next_one() {
    let mut runs = 0;
    for act in [Act::Tell, Act::ReadControl, Act::WriteControl] {
        for mishap in act.mishaps() {
            // A frozen worker goes on when others have been at it: two workers have their own tests.
            if matches!(mishap, Mishap::FrozenBefore | Mishap::FrozenAfter) {
                continue;
            }
            for nth in 1..=4 {
                let world = FakeWorld::new(44, START);
                let mishap = *mishap;
                world.state().schedule.strikes.push(Strike { act, nth, mishap });
                hours(&world, 30);
                let told = format!("{mishap:?} at {act:?} {nth}");
                // Lost before it came: it may have, so it is not sent again that day.
                let least = if mishap == Mishap::LostBefore && nth <= 2 { 1 } else { 2 };
                assert!((least..=3).contains(&sent(&world)), "{told}: {}", sent(&world));
                assert_eq!(cases(&world).len(), 1, "{told}");
                assert!(answers(&world), "{told}");
                assert!(!cases(&world).iter().any(is_open), "{told}");
                runs += 1;
            }
        }
    }
    assert!(runs > 50, "{runs}");
}

#[test]
fn a_topic_that_takes_nothing_is_a_case_too() {
    let world = FakeWorld::new(45, START);
    let refused = |nth| Strike {
        act: Act::Tell,
        nth,
        mishap: Mishap::Refused,
    };
    world.state().schedule.strikes.extend((1..=40).map(refused));
    let ran = hours(&world, 30).expect("a run");
    assert!(!ran.sent && ran.failed.is_some() && ran.unheard);
    assert_eq!((sent(&world), cases(&world).len()), (0, 1));
    hours(&world, 12);
    assert_eq!(sent(&world), 1, "it is published as soon as it can be");
}
