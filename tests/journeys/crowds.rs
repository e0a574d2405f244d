//! Many orders at once: what a long outage does to all of them, and how fast they live.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use domain::case::{Choice, Class};
use domain::notice::Audience;
use expect_test::expect_file;
use testkit::identity::Fault;

use crate::journey::Journey;

/// The most dangerous night: everybody's delivery fails for six hours. Nobody may be refunded for that.
#[test]
fn a_thousand_orders_wait_for_the_provider() {
    const ORDERS: usize = 1_000;
    let mut journey = Journey::begin(31);
    journey.oracle.only_at_the_end = true;
    journey.world.state().directory.fault = Fault::Down;
    for _ in 0..ORDERS {
        journey.pays("team-year");
    }
    journey.settles();
    journey.hours(6);
    let down = summary(&journey);
    {
        let state = journey.world.state();
        assert!(state.stripe.refunds.is_empty(), "somebody was refunded");
        assert!(state.cases().count() <= 1, "one outage is one case at most");
    }
    journey.world.state().directory.fault = Fault::None;
    journey.passes(Duration::from_secs(45 * 60));
    let up = summary(&journey);
    assert_eq!(up.get("Delivered"), Some(&ORDERS), "{up:?}");
    assert_eq!(
        alerts(&journey),
        [
            "Setting up the account fails for many orders",
            "Over: setting up the account works again"
        ],
        "one alert, and one when it is over"
    );
    let broken = journey.verdict();
    assert!(broken.is_empty(), "{broken:#?}");
    let state = journey.world.state();
    let mut trace = String::new();
    let _ = writeln!(
        trace,
        "after six hours without the provider: {down:?}\nafter three quarters of an hour with it: {up:?}\n\
         {} refunds, {} cases, {} people told, {} calls of the provider for each order",
        state.stripe.refunds.len(),
        state.cases().count(),
        state.told.len(),
        state.directory.calls / (ORDERS as u64),
    );
    expect_file!["golden/a_thousand_orders_wait_for_the_provider.txt"].assert_eq(&trace);
}

/// What operations was told.
fn alerts(journey: &Journey) -> Vec<String> {
    let state = journey.world.state();
    let told = state.told.iter().filter(|told| told.to == Audience::Ops);
    told.map(|told| told.message.subject.clone()).collect()
}

/// A topic that takes nothing holds no order up; from the twenty-first order of a day on one person knows, once.
#[test]
fn many_orders_that_cannot_be_announced_are_one_case_a_day() {
    let mut journey = Journey::begin(33);
    journey.world.state().topic_refuses = true;
    for orders in [20, 1, 9] {
        for _ in 0..orders {
            journey.pays("solo-year");
        }
        journey.settles();
        let state = journey.world.state();
        let cases = usize::from(orders != 20);
        assert_eq!(
            state.cases().filter(|case| case.class == Class::NotAnnounced).count(),
            cases
        );
    }
    assert_eq!(summary(&journey).get("Delivered"), Some(&30));
    let broken = journey.verdict();
    assert!(broken.is_empty(), "{broken:#?}");
    let state = journey.world.state();
    assert!(state.announced.is_empty());
    assert_eq!(state.cases().count(), 1);
}

/// Sixty refusals in a minute have one cause, and a person looks for it before more than a few are undone.
#[test]
fn many_undos_at_once_wait_for_a_person() {
    const ORDERS: usize = 60;
    let mut journey = Journey::begin(32);
    journey.oracle.only_at_the_end = true;
    journey.world.state().directory.fault = Fault::RefuseTeams;
    for _ in 0..ORDERS {
        journey.pays("team-year");
    }
    journey.settles();
    journey.leaps(Duration::from_secs(45 * 60));
    let (refunds, asking) = refunds_and_cases(&journey);
    assert_eq!(refunds, journey.house.limits.undos_max, "the brake lets so many pass");
    assert_eq!(asking, [Class::MassUndo], "one question for all");
    let undone = journey.world.order_ids().into_iter().find(|id| {
        let order = journey.order(id);
        order.cases.iter().any(|case| case.resolved.is_none())
    });
    journey.decides(
        &undone.expect("the case"),
        Choice::Retry,
        "Right: the plan has no more groups.",
    );
    journey.hours(2);
    let (refunds, asking) = refunds_and_cases(&journey);
    assert_eq!((refunds, asking.len()), (ORDERS, 0));
    assert_eq!(summary(&journey).get("Undone"), Some(&ORDERS));
    let broken = journey.verdict();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The worst night: undo is switched off, and on again.
#[test]
fn undo_can_be_switched_off() {
    let mut journey = Journey::begin(33);
    let switch = |journey: &mut Journey, off| {
        let house = Rc::get_mut(&mut journey.house).expect("nobody works at the moment");
        house.limits.off = off;
    };
    switch(&mut journey, true);
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let order = journey.buys("team-year");
    journey.hours(2);
    assert_eq!(journey.state(&order), "Undoing");
    assert_eq!(refunds_and_cases(&journey), (0, vec![Class::MassUndo]));
    journey.decides(&order, Choice::Retry, "Is it on again?");
    journey.hours(1);
    assert_eq!(
        refunds_and_cases(&journey),
        (0, vec![Class::MassUndo]),
        "a word is no switch"
    );
    switch(&mut journey, false);
    journey.hours(1);
    assert_eq!(journey.state(&order), "Undone");
    assert_eq!(refunds_and_cases(&journey), (1, vec![]));
    journey.ends("undo_can_be_switched_off");
}

fn refunds_and_cases(journey: &Journey) -> (usize, Vec<Class>) {
    let state = journey.world.state();
    let open = state.cases().filter(|case| case.resolved.is_none());
    (state.stripe.refunds.len(), open.map(|case| case.class).collect())
}

fn summary(journey: &Journey) -> BTreeMap<&'static str, usize> {
    let state = journey.world.state();
    let mut counts = BTreeMap::new();
    for (order, _due) in state.stored() {
        *counts.entry(order.state.name()).or_default() += 1;
    }
    counts
}

/// Orders from form to mail, through the real handlers and clients, on one core.
#[test]
#[ignore = "a measure, and only in release mode: cargo test --release -p acceptance --test journeys -- --ignored"]
fn lifetimes_per_second() {
    const WORLDS: u32 = 200;
    const ORDERS: u32 = 50;
    let began = Instant::now();
    for seed in 0..WORLDS {
        let mut journey = Journey::begin_untold(u64::from(seed));
        journey.oracle.only_at_the_end = true;
        for _ in 0..ORDERS {
            let order = journey.buys("team-year");
            assert_eq!(journey.state(&order), "Delivered");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let each = f64::from(WORLDS * ORDERS) / seconds;
    eprintln!(
        "{} orders in {seconds:.2} s: {each:.0} lifetimes per second",
        WORLDS * ORDERS
    );
}
