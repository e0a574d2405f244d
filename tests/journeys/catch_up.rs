//! What no event told: Stripe's own lists are read every ten minutes, from where the last run ended.

use std::time::Duration;

use domain::bookmark::Bookmark;
use domain::case::Class;
use domain::order::{Order, State};
use domain::receipt::Step;
use flow::ports::{Basis, Ledger as _};
use futures_util::FutureExt as _;
use testkit::identity::Fault;

use crate::journey::{CATCH_UP, Journey, Post};
use crate::stories::pay_again;

const DAY: Duration = Duration::from_secs(86_400);

/// Nobody looks at what is overdue, so that nobody asks about a payment page either.
fn deaf(seed: u64) -> Journey {
    let mut journey = Journey::begin(seed);
    journey.post = Post::Lost;
    journey.broken.no_sweeps = true;
    journey
}

#[test]
fn more_payments_than_a_page_holds_are_found_without_one_event() {
    const ORDERS: usize = 130;
    let mut journey = deaf(51);
    journey.oracle.only_at_the_end = true;
    for _ in 0..ORDERS {
        journey.tries_to_pay("solo-year");
    }
    journey.passes(CATCH_UP + CATCH_UP);
    let delivered = |journey: &Journey| {
        journey
            .world
            .state()
            .stored()
            .filter(|(order, _)| order.state.name() == "Delivered")
            .count()
    };
    assert_eq!(delivered(&journey), ORDERS);
    let writes = journey.world.state().writes;
    journey.passes(CATCH_UP);
    assert_eq!(
        journey.world.state().writes,
        writes,
        "what is known is not written again"
    );
}

#[test]
fn what_could_not_be_recorded_is_read_again() {
    let mut journey = deaf(52);
    let order = journey.tries_to_pay("solo-year").expect("paid");
    journey.world.state().unreadable = Some(order.clone());
    journey.passes(CATCH_UP * 3);
    let behind = {
        let state = journey.world.state();
        state.control::<Bookmark>().behind(state.now)
    };
    assert!(behind >= CATCH_UP, "{behind:?}");
    journey.world.state().unreadable = None;
    journey.passes(CATCH_UP);
    assert_eq!(journey.state(&order), "Delivered");
}

/// One order that cannot be read at all is a person's after an hour, and nobody else waits for it.
#[test]
fn what_can_never_be_recorded_keeps_nobody_waiting() {
    let mut journey = deaf(55);
    let poison = journey.tries_to_pay("solo-year").expect("paid");
    journey.world.state().unreadable = Some(poison.clone());
    journey.passes(CATCH_UP * 4);
    assert_eq!(journey.world.state().cases().count(), 0, "it may mend itself");
    journey.passes(CATCH_UP * 4);
    let after = journey.tries_to_pay("solo-year").expect("paid");
    journey.passes(CATCH_UP * 2);
    assert_eq!(journey.state(&after), "Delivered");
    let state = journey.world.state();
    assert!(!state.control::<Bookmark>().too_far_behind(state.now));
    let cases: Vec<_> = state.cases().filter(|case| case.class == Class::Unrecorded).collect();
    assert!(
        !cases.is_empty() && cases.len() <= 3,
        "one for each of Stripe's objects: {cases:#?}"
    );
    for case in cases {
        assert!(case.consequence.contains(poison.as_str()), "{}", case.consequence);
    }
}

/// Of two payments the first is the order's own, though a page of others lies between them.
#[test]
fn of_two_payments_on_two_pages_the_first_is_kept() {
    let mut journey = deaf(56);
    journey.oracle.only_at_the_end = true;
    let order = journey.tries_to_pay("solo-year").expect("paid");
    for _ in 0..120 {
        journey.tries_to_pay("solo-year");
    }
    pay_again(&mut journey);
    let paid: Vec<String> = {
        let state = journey.world.state();
        state.stripe.intents.iter().map(|intent| intent.id.clone()).collect()
    };
    journey.passes(CATCH_UP + CATCH_UP);
    let order = journey.order(&order);
    let own = order.own_payment().expect("paid");
    assert_eq!(
        (order.payments.len(), Some(own.id.as_str())),
        (2, paid.first().map(String::as_str))
    );
}

#[test]
fn money_for_an_order_that_is_not_here_is_a_case_though_no_event_came() {
    let mut journey = deaf(53);
    journey.pays_for_nobody("48000");
    journey.passes(CATCH_UP * 4);
    let state = journey.world.state();
    let cases: Vec<_> = state.cases().collect();
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert_eq!(
        (cases[0].class, cases[0].money.map(|money| money.minor)),
        (Class::MoneyWithoutOrder, Some(48_000))
    );
    let said = &cases[0].consequence;
    assert!(
        said.starts_with("£480.00 came in (pi_") && said.contains("refund it in Stripe"),
        "{said}"
    );
}

/// A table that comes from a backup knows nothing of what happened since: nothing is undone on it before Stripe is read.
#[test]
fn a_restored_old_table_undoes_nothing_before_it_has_caught_up() {
    let mut journey = Journey::begin(54);
    journey.passes(CATCH_UP);
    journey.broken.no_catch_up = true;
    journey.passes(DAY * 2);
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let order = journey.pays("team-year");
    journey.settles();
    journey.hours(2);
    assert_eq!(journey.state(&order), "Undoing");
    assert!(
        journey.world.state().stripe.refunds.is_empty(),
        "undone on an old record"
    );
    assert_eq!(
        journey.world.state().cases().count(),
        0,
        "nobody is asked about what mends itself"
    );
    journey.hours(5);
    let asks = |journey: &Journey| {
        let state = journey.world.state();
        state.cases().filter(|case| case.class == Class::MassUndo).count()
    };
    assert_eq!(
        asks(&journey),
        1,
        "what does not mend itself in six hours is a person's"
    );
    journey.broken.no_catch_up = false;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Undone");
}

/// The backup knew an order that waited for its team, and not that the team came.
#[test]
fn what_was_made_after_the_backup_is_found_and_not_made_again() {
    let mut journey = Journey::begin(55);
    journey.world.state().directory.fault = Fault::Down;
    let order = journey.pays("team-year");
    journey.settles();
    let backup = journey.order(&order);
    journey.world.state().directory.fault = Fault::None;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    let now = journey.order(&order);
    let restored = Order {
        version: now.version + 1,
        ..backup
    };
    let written = journey.world.commit(Basis::Version(now.version), &restored, &[]);
    written.now_or_never().expect("at once").expect("written");
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    let truth = journey.world.state().directory.truth(order.as_str());
    assert_eq!((truth.users, truth.teams, truth.members), (1, 1, 1));
}

/// A second team that the order knows of and left alone is not the one that it lacks.
#[test]
fn what_the_order_left_alone_is_not_found_again_and_again() {
    let mut journey = Journey::begin(56);
    let order = journey.buys("team-year");
    journey.hours(1);
    journey.oracle.only_at_the_end = true;
    let mut lacking = journey.order(&order);
    let basis = Basis::Version(lacking.version);
    lacking.version += 1;
    lacking.state = State::Delivering {
        since: journey.world.state().now,
    };
    for receipt in lacking.receipts.iter_mut().filter(|receipt| receipt.step == Step::Team) {
        (receipt.surplus, receipt.left) = (true, true);
    }
    let written = journey.world.commit(basis, &lacking, &[]);
    written.now_or_never().expect("at once").expect("written");
    let calls = journey.world.state().directory.calls;
    journey.hours(1);
    assert_eq!(journey.state(&order), "Delivered");
    let calls = journey.world.state().directory.calls - calls;
    assert!(calls < 20, "it is asked for again and again: {calls}");
}
