//! A world in which nothing adds up: each kind of difference is one case that names the money and the order, and a person's
//! word mends it.

use std::time::Duration;

use domain::case::{Choice, Class};
use domain::id::OrderId;
use domain::receipt::Step;
use flow::ports::{Basis, Ledger as _};
use futures_util::FutureExt as _;
use serde_json::json;
use testkit::identity::Fault;

use crate::journey::{Journey, Post};
use crate::planted::{self, Planted};
use crate::stories::decide;

const DAY: Duration = Duration::from_secs(86_400);

/// Orders that ended well, and some that did not: the audits find nothing.
fn sound_world(journey: &mut Journey) -> (Vec<OrderId>, Vec<OrderId>) {
    let delivered: Vec<OrderId> = (0..planted::DELIVERED).map(|_| journey.buys("team-year")).collect();
    journey.world.state().directory.fault = Fault::RefuseTeams;
    let undone: Vec<OrderId> = (0..planted::UNDONE).map(|_| journey.buys("team-year")).collect();
    journey.world.state().directory.fault = Fault::None;
    journey
        .orders("team-year", 90)
        .expect("a payment page that nobody pays");
    journey.passes(DAY * 2);
    assert_eq!(journey.world.state().cases().count(), 0, "a sound world has no cases");
    (delivered, undone)
}

fn open_cases(journey: &Journey) -> Vec<(Class, String, String)> {
    let state = journey.world.state();
    let mut open = planted::open(state.cases());
    open.sort();
    open
}

#[test]
fn each_planted_difference_is_one_case_that_names_money_and_order() {
    let mut journey = Journey::begin(61);
    let (delivered, undone) = sound_world(&mut journey);
    let mut all = journey.world.order_ids().into_iter();
    let unpaid = all
        .find(|id| journey.state(id) == "Closed")
        .expect("nobody paid for it");
    let read = |ids: Vec<OrderId>| ids.iter().map(|id| journey.order(id)).collect();
    let planted = Planted {
        delivered: read(delivered),
        undone: read(undone),
        unpaid,
    };
    journey.post = Post::Lost;
    journey.broken.no_catch_up = true;
    journey.oracle.only_at_the_end = true;
    for order in planted.record() {
        let written = journey.world.commit(Basis::Version(order.version - 1), &order, &[]);
        written.now_or_never().expect("at once").expect("written");
    }
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        planted.money(&mut state.stripe, now);
        planted.access(&mut state.directory, now);
    }

    journey.passes(DAY + DAY / 8);
    planted.are_exactly(journey.world.state().cases());

    // Each has its repair: what only a person can settle outside comes again, everything else is as it should be.
    for _ in 0..3 {
        decide(&mut journey, Choice::Retry);
    }
    journey.post = Post::Arrives;
    journey.passes(DAY + DAY / 8);
    let state = |number: usize| journey.state(&planted.delivered[number].id);
    assert_eq!(
        journey.order(&planted.delivered[0].id).payments.len(),
        2,
        "it has learned of its second payment"
    );
    assert_eq!((state(2), state(4), state(6)), ("Undone", "Delivered", "Delivered"));
    assert_eq!(journey.state(&planted.undone[0].id), "Undone");
    for user in [planted.comes_back().as_str(), "u_unpaid"] {
        let state = journey.world.state();
        let mut users = state.directory.users.iter();
        assert!(
            users.any(|known| known.id == user && known.deleted_at.is_some()),
            "{user}"
        );
    }
    let left: Vec<Class> = open_cases(&journey).iter().map(|(class, _, _)| *class).collect();
    let expected = [
        // What follows from the refund by hand.
        Class::ReturnedAfterDelivery,
        Class::MoneyWithoutOrder,
        // Money that a record denies, and an amount that was changed: settled outside.
        Class::Unaccounted,
        Class::Unaccounted,
        // Without an order. The team whose receipt was torn out of its order was found again.
        Class::AccessLeft,
    ];
    assert_eq!(left, expected, "{:#?}", open_cases(&journey));
}

/// What comes back under the name that it had: a membership, and an account that somebody switched off.
#[test]
fn what_is_missing_comes_back_though_it_bears_its_old_name() {
    let mut journey = Journey::begin(62);
    let orders: Vec<OrderId> = (0..3).map(|_| journey.buys("team-year")).collect();
    journey.passes(DAY / 8);
    let object = |id: &OrderId, step| {
        let order = journey.order(id);
        order.winner(step).expect("it was made").object.to_string()
    };
    let (left, off, gone) = (
        object(&orders[0], Step::Team),
        object(&orders[1], Step::Account),
        (object(&orders[2], Step::Account), object(&orders[2], Step::Team)),
    );
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        let directory = &mut state.directory;
        let group = directory
            .groups
            .iter_mut()
            .find(|group| group.id == left)
            .expect("a team");
        group.body["members"] = json!([]);
        let user = directory
            .users
            .iter_mut()
            .find(|user| user.id == off)
            .expect("an account");
        user.body["active"] = json!(false);
        // Account and team of one order at once: each is a case, and one word mends both.
        directory
            .users
            .iter_mut()
            .find(|user| user.id == gone.0)
            .expect("an account")
            .deleted_at = Some(now);
        directory
            .groups
            .iter_mut()
            .find(|group| group.id == gone.1)
            .expect("a team")
            .deleted_at = Some(now);
    }
    journey.passes(DAY + DAY / 8);
    let classes =
        |journey: &Journey| -> Vec<Class> { open_cases(journey).iter().map(|(class, _, _)| *class).collect() };
    assert_eq!(
        classes(&journey),
        [Class::AccessMissing; 4],
        "{:#?}",
        open_cases(&journey)
    );
    for _ in 0..2 {
        decide(&mut journey, Choice::Retry);
    }
    let calls = journey.world.state().directory.calls;
    journey.passes(DAY + DAY / 8);
    let after = journey.world.state().directory.calls;
    assert!(
        after - calls < 100,
        "it is asked for again and again: {}",
        after - calls
    );
    for order in &orders {
        assert_eq!(journey.state(order), "Delivered");
    }
    assert_eq!(classes(&journey), [], "{:#?}", open_cases(&journey));
    assert!(journey.world.state().stripe.refunds.is_empty(), "nobody is refunded");
}

/// Behind a wrong address nothing is ever there: that is no case of anybody's.
#[test]
fn a_provider_that_is_not_itself_makes_no_cases() {
    let mut journey = Journey::begin(63);
    for _ in 0..3 {
        journey.buys("team-year");
    }
    journey.passes(DAY / 8);
    journey.world.state().directory.fault = Fault::Elsewhere;
    journey.passes(DAY * 2);
    assert_eq!(journey.world.state().cases().count(), 0);
}
