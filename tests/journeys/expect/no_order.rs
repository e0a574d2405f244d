//! What happens beside the orders, made to happen.

use std::rc::Rc;
use std::time::Duration;

use domain::notice::Audience;
use domain::policy::{Matter, Policy};
use domain::rehearsal::Said;
use futures_util::FutureExt as _;
use testkit::world::FakeWorld;

use super::{HOUR, Seen};
use crate::journey::{Journey, START};

/// A day of runs, and nobody answers.
pub(super) fn test_alert() -> Seen {
    let world = FakeWorld::new(72, START);
    for _ in 0..=24 {
        let ran = notification::handler::heartbeat(&world, &world).now_or_never();
        ran.expect("an end").expect("a run");
        let mut state = world.state();
        state.now = state.now.plus(HOUR);
    }
    let state = world.state();
    let first = state.test_alerts.first().expect("a test alert");
    Seen {
        said: vec![Said {
            to: Audience::Ops,
            after: Duration::ZERO,
            subject: first.subject.clone(),
        }],
        cases: state
            .cases()
            .map(|case| (case.class, case.opened_at.since(START)))
            .collect(),
        ..Seen::default()
    }
}

/// Mails about so many orders are left unsent that it is one too many.
pub(super) fn left_untold(policy: &Policy) -> Seen {
    let mut journey = Journey::begin_untold(73);
    let house = Rc::get_mut(&mut journey.house).expect("nobody works");
    house.shop.policy = policy.clone();
    journey.world.state().mails_refused = true;
    let allowed = policy.ignored_max(Matter::Tell);
    for orders in [allowed, 1] {
        assert_eq!(journey.world.state().cases().count(), 0, "these are allowed");
        for _ in 0..orders {
            journey.pays("solo-year");
        }
        journey.settles();
    }
    let state = journey.world.state();
    let now = state.now;
    Seen {
        cases: state
            .cases()
            .map(|case| (case.class, now.since(case.opened_at)))
            .collect(),
        ..Seen::default()
    }
}

/// What owners were told that is new, by the time that was promised.
pub(super) fn first_time(journey: &Journey) -> Seen {
    let state = journey.world.state();
    let said = state.first_times.iter().map(|(owner, message)| Said {
        to: owner.audience(),
        after: Duration::ZERO,
        subject: message.subject.clone(),
    });
    Seen {
        said: said.collect(),
        ..Seen::default()
    }
}

/// Two weeks of runs, in which nothing is left unsent.
pub(super) fn weekly() -> Seen {
    let world = FakeWorld::new(74, START);
    for _ in 0..14 * 24 {
        let ran = notification::handler::tell_service(&world, &world).now_or_never();
        ran.expect("an end").expect("a run");
        let mut state = world.state();
        state.now = state.now.plus(HOUR);
    }
    let state = world.state();
    assert_eq!(state.weekly.len(), 3, "at once in a new table, then each Monday");
    let (_, mail) = &state.weekly[0];
    Seen {
        said: vec![Said {
            to: Audience::CustomerService,
            after: Duration::ZERO,
            subject: mail.subject.clone(),
        }],
        ..Seen::default()
    }
}
