//! Two versions at one table, as while a new one is put in place or taken back: what the newer one wrote, the older one
//! leaves as it is, and goes on with everything else.

use std::time::Duration;

use adapters::stripe::Stripe;
use desk::audit::endings;
use desk::why::{Found, find};
use domain::Timestamp;
use domain::case::{Choice, Class, Resolved};
use domain::id::OrderId;
use domain::order::Order;
use domain::wording::{NEWER, endings_unread};
use flow::ports::{Archive as _, Ledger as _, Trouble};
use futures_util::FutureExt as _;
use testkit::identity::Fault;

use crate::journey::{CATCH_UP, Journey, MINUTE};
use crate::keyboard::types;

const HOUR: Duration = Duration::from_secs(3_600);

/// From now on these orders are as a newer version wrote them.
fn written_by_newer(journey: &Journey, orders: &[&OrderId]) {
    journey.world.state().newer.extend(orders.iter().copied().cloned());
}

fn versions_are_one_again(journey: &Journey) {
    journey.world.state().newer.clear();
}

fn trouble(journey: &Journey, id: &OrderId) -> Trouble {
    let loaded = journey.world.load(id).now_or_never().expect("at once");
    loaded.expect_err("it must not be read")
}

/// The order as it is stored, past the ports, and whether somebody must still look at it.
fn stands(journey: &Journey, id: &OrderId) -> (Order, bool) {
    let state = journey.world.state();
    let (order, due) = state.stored_order(id).expect("the order");
    (order.clone(), due.is_some())
}

/// Everything that wakes anybody: Stripe's word, a nudge, the sweeper, Stripe's lists, both audits.
#[test]
fn what_a_newer_version_wrote_is_left_as_it_is_by_whoever_is_woken_for_it() {
    let mut journey = Journey::begin(301);
    let (told, nudged) = (journey.pays("solo-year"), journey.pays("team-year"));
    // The first is newer before Stripe's word comes, the second when its nudge is under way.
    written_by_newer(&journey, &[&told]);
    journey.posts();
    written_by_newer(&journey, &[&nudged]);
    let before = [&told, &nudged].map(|id| stands(&journey, id));
    let other = journey.buys("solo-year");
    journey.passes(CATCH_UP);
    assert_eq!(journey.state(&other), "Delivered", "others are served");
    for (id, before) in [&told, &nudged].into_iter().zip(&before) {
        assert_eq!(stands(&journey, id), *before, "nobody writes to it, and it stays due");
    }
    let people = journey.world.state().directory.users.len();
    assert_eq!(people, 1, "only the other order's buyer has an account");
    assert!(trouble(&journey, &told).is_newer());
    versions_are_one_again(&journey);
    journey.passes(HOUR);
    for id in [&told, &nudged] {
        assert_eq!(journey.state(id), "Delivered", "its message and its due were kept");
    }
}

#[test]
fn whoever_was_faster_may_be_a_newer_version() {
    let mut journey = Journey::begin(302);
    let id = journey.pays("solo-year");
    let order = journey.order(&id);
    written_by_newer(&journey, &[&id]);
    let basis = flow::ports::Basis::Version(order.version + 1);
    let lost = flow::ports::Ledger::commit(&journey.world, basis, &order, &[]).now_or_never();
    let trouble = lost.expect("at once").expect_err("nothing is written");
    assert!(trouble.is_newer(), "{trouble}");
}

#[test]
fn lists_say_that_some_cannot_be_read_and_show_the_others() {
    let mut journey = Journey::begin(303);
    journey.one_buyer = true;
    let (newer, older) = (journey.buys("solo-year"), journey.buys("solo-year"));
    written_by_newer(&journey, &[&newer]);
    let now = journey.world.state().now;
    let listed = journey.world.orders(&now.month(), 10).now_or_never().expect("at once");
    let listed = listed.expect("the list");
    let ids: Vec<&OrderId> = listed.orders.iter().map(|order| &order.id).collect();
    assert_eq!((ids, listed.unread), (vec![&older], 1));

    let look = |text: &str| {
        let looked = find(&journey.world, None::<&Stripe>, text, now).now_or_never();
        looked.expect("at once").map(|(found, _)| found)
    };
    let of_buyer = look("jo@example.com").expect("an answer");
    let Found::Several { orders, more, unread } = of_buyer else {
        panic!("nobody knows that it is the one: {of_buyer:?}")
    };
    let ids: Vec<&OrderId> = orders.iter().map(|order| &order.id).collect();
    assert_eq!((ids, more, unread), (vec![&older], false, 1));
    let alone = look(newer.as_str()).expect_err("it must not be read");
    assert!(alone.is_newer(), "{alone}");
    let Found::None(said) = look("re_nobody").expect("an answer") else {
        panic!("there is no such refund")
    };
    assert!(said.contains("1 more cannot be read"), "{said}");

    let walked = flow::finance::walk(&journey.world, now, HOUR, |_order| {}).now_or_never();
    let whole = walked.expect("at once").expect("the store");
    assert!(!whole, "no sum passes for all of them");

    let typed = types(&journey.world, &["show", newer.as_str()]);
    assert!(typed.err.contains(NEWER), "{typed:?}");
}

/// A page of nothing but what cannot be read is not the last one.
#[test]
fn the_list_of_endings_says_that_some_cannot_be_read_and_goes_on_past_them() {
    let mut journey = Journey::begin(305);
    journey.world.state().directory.fault = Fault::Down;
    let orders = ["team-year", "team-year"].map(|product| journey.pays(product));
    journey.settles();
    journey.leaps(HOUR * 30);
    journey.world.state().directory.fault = Fault::None;
    for id in &orders {
        journey.decides(id, Choice::Retry, "The provider is back since noon.");
        journey.passes(MINUTE);
    }
    let list = |before, limit| {
        let listed = journey.world.closed_cases(before, limit).now_or_never();
        listed.expect("at once").expect("the list")
    };
    let (all, unread, more) = list(Timestamp(i64::MAX), 100);
    assert!(all.len() >= 2 && unread.is_empty() && !more, "{all:?}");
    journey.world.state().unreadable_case = Some(all[0].id.clone());
    let (shown, unread, more) = list(Timestamp(i64::MAX), 1);
    let closed_at = all[0].resolved.as_ref().map(Resolved::at).expect("it is closed");
    assert_eq!((shown, unread, more), (Vec::new(), vec![closed_at], true));
    assert_eq!(
        list(closed_at, 1).0.first(),
        all.get(1),
        "the next page has the next one"
    );

    let page = endings(&journey.world, Timestamp(i64::MAX)).now_or_never();
    let (lines, unread, older) = page.expect("at once").expect("the page");
    assert_eq!((lines.len(), unread, older), (all.len() - 1, 1, None));
    assert!(endings_unread(unread).starts_with("1 more cannot be read"));
}

/// A page of nothing but newer orders stops neither audit.
#[test]
fn audits_go_on_past_what_they_cannot_read() {
    let mut journey = Journey::begin(304);
    let order = journey.buys("team-year");
    journey.passes(MINUTE);
    written_by_newer(&journey, &[&order]);
    journey.passes(HOUR * 2);
    let money = {
        let state = journey.world.state();
        state.control::<domain::audit::Books>().audited_at
    };
    assert!(money.is_some(), "the round came to its end");
    // What Stripe said of it in vain for an hour is a person's; what cannot be read is no difference.
    let classes: Vec<Class> = journey.world.state().cases().map(|case| case.class).collect();
    assert!(classes.iter().all(|class| *class == Class::Unrecorded), "{classes:?}");
}
