//! The first-time rule: what the policy answers for the first time is told to its owner, once, as new and intended.

use std::rc::Rc;
use std::time::Duration;

use domain::first::{Answer, Firsts};
use domain::policy::{self, Owner};
use flow::first::tell;
use flow::ports::Control as _;
use futures_util::FutureExt as _;
use testkit::identity::Fault;
use testkit::world::FakeWorld;
use testkit::world::mishaps::{Act, Mishap, Strike};

use crate::journey::{Journey, SHOP, START};

const LOOK: Duration = Duration::from_secs(600);
const POLICY: &str = include_str!("../../infra/policy.toml");

/// New orders start under this policy.
fn starts_under(journey: &mut Journey, text: &str) {
    let house = Rc::get_mut(&mut journey.house).expect("nobody works");
    house.shop = SHOP.clone();
    house.shop.policy = policy::parse(text).expect("a policy");
}

/// To whom, and the subject, since the last time.
fn told(journey: &Journey) -> Vec<(Owner, String)> {
    let told = std::mem::take(&mut journey.world.state().first_times);
    told.into_iter()
        .map(|(owner, message)| (owner, message.subject))
        .collect()
}

fn refuses_teams(journey: &Journey) {
    journey.world.state().directory.fault = Fault::RefuseTeams;
}

const REFUSED: &str = "New, and intended: Setting up the team: the other system refuses it";

#[test]
fn what_never_happened_before_is_told_once_and_once_again_under_a_new_policy() {
    let mut journey = Journey::begin(91);
    let good = journey.buys("team-year");
    journey.leaps(LOOK);
    assert_eq!(journey.state(&good), "Delivered");
    assert_eq!(told(&journey), [], "nothing failed");
    assert_eq!(
        journey.world.state().control::<Firsts>().version,
        0,
        "and nothing was written"
    );

    refuses_teams(&journey);
    let order = journey.buys("team-year");
    journey.leaps(LOOK);
    assert_eq!(journey.state(&order), "Undone");
    {
        let state = journey.world.state();
        let [(_, message)] = &state.first_times[..] else {
            panic!("one message: {:?}", state.first_times);
        };
        let text = message.lines.join("\n");
        for part in [
            "no glitch",
            "The order is undone: what was set up is taken back, and the money goes back.",
            "under version 1 of the policy",
            &format!("https://console.example/console/orders/{order}"),
            "https://console.example/console/expect/ops",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    assert_eq!(told(&journey), [(Owner::Operations, REFUSED.to_owned())]);

    journey.buys("team-year");
    journey.leaps(LOOK);
    assert_eq!(told(&journey), [], "it is known");

    starts_under(
        &mut journey,
        &POLICY.replacen("version = 1", "version = 2", 1).replacen(
            "[answers.team]",
            "[answers.team]\nowner = \"customer_service\"",
            1,
        ),
    );
    for expected in [vec![(Owner::CustomerService, REFUSED.to_owned())], vec![]] {
        journey.buys("team-year");
        journey.leaps(LOOK);
        assert_eq!(told(&journey), expected);
    }
    assert!(journey.verdict().is_empty());
}

/// Whatever is lost on the way, somebody is told; and only a run that died when it had told tells twice.
#[test]
fn a_message_that_fails_or_a_run_that_dies_is_made_good_by_a_later_run() {
    let mut journey = Journey::begin(92);
    refuses_teams(&journey);
    journey.buys("team-year");
    let firsts = journey.world.state().control::<Firsts>();
    for (act, nth, mishap, times) in [
        (Act::Tell, 1, Mishap::Refused, 1),
        (Act::Tell, 1, Mishap::Throttled, 1),
        (Act::Tell, 1, Mishap::LostBefore, 0),
        (Act::Tell, 1, Mishap::LostAfter, 1),
        (Act::Tell, 1, Mishap::KilledBefore, 1),
        (Act::Tell, 1, Mishap::KilledAfter, 2),
        (Act::ReadControl, 1, Mishap::KilledBefore, 1),
        (Act::WriteControl, 2, Mishap::KilledAfter, 1),
        (Act::WriteControl, 3, Mishap::KilledBefore, 2),
        (Act::WriteControl, 3, Mishap::Refused, 2),
    ] {
        let world = FakeWorld::new(92, START);
        let stored = world.set_control(&firsts).now_or_never();
        assert!(stored.expect("an end").expect("a store"));
        world.state().schedule.strikes = vec![Strike { act, nth, mishap }];
        for _ in 0..4 {
            let _comes_again = tell(&world, &world).now_or_never();
            let mut state = world.state();
            state.now = state.now.plus(LOOK);
        }
        assert_eq!(world.state().first_times.len(), times, "{mishap:?} at {act:?} {nth}");
    }
}

#[test]
fn each_answer_is_noted_with_the_order_that_met_it() {
    let mut journey = Journey::begin(93);
    refuses_teams(&journey);
    let order = journey.buys("team-year");
    let state = journey.world.state();
    let firsts = state.control::<Firsts>();
    let answers: Vec<Answer> = firsts.all().iter().map(|first| first.branch.answer).collect();
    assert_eq!(answers, [Answer::Undo]);
    assert_eq!(firsts.all()[0].order, order);
}
