//! Finding an order by whatever somebody has in hand.

use adapters::stripe::Stripe;
use desk::why::{Found, find};
use domain::Timestamp;
use domain::case::{Case, Class};
use domain::failure::Reason;
use domain::id::{OrderId, PublicToken};
use domain::order::{Buyer, Order};
use flow::ports::{Basis, Ledger as _};
use futures_util::FutureExt as _;
use testkit::world::FakeWorld;
use testkit::world::mishaps::{Act, Mishap, Wall};

use crate::journey::{Journey, SHOP, START};

const DAY_MS: i64 = 86_400_000;
const KEYLESS: Option<&Stripe> = None;

/// Placed so many days ago.
fn place(world: &FakeWorld, number: u32, email: &str, days: i64) -> Order {
    let product = SHOP.products[0].clone();
    let policy = SHOP.policy.frozen_for(&product.steps);
    let buyer = Buyer {
        name: "Jo Doe".to_owned(),
        email: email.to_owned(),
        team: "Blue".to_owned(),
    };
    // A reference is the beginning of the id.
    let id = OrderId::new(format!("ord_{number:08x}0123456789abcdef"));
    let at = Timestamp(START.0 - days * DAY_MS);
    let order = Order::new(id, PublicToken::from_bits(7), buyer, product, policy, at, at);
    let written = world.commit(Basis::New, &order, &[]).now_or_never();
    written.expect("at once").expect("written");
    order
}

/// Ids of what was found, or what is said.
fn found(world: &FakeWorld, text: &str) -> Result<Vec<String>, String> {
    let stripe = world.stripe_client();
    found_by(world, Some(&stripe), text)
}

/// The same, where Stripe can be asked or not.
fn found_by(world: &FakeWorld, stripe: Option<&Stripe>, text: &str) -> Result<Vec<String>, String> {
    let found = find(world, stripe, text, START).now_or_never().expect("at once");
    match found.expect("the store answers").0 {
        Found::One(order) => Ok(vec![order.id.to_string()]),
        Found::Several { orders, .. } => Ok(orders.iter().map(|order| order.id.to_string()).collect()),
        Found::CaseAlone(case) => Ok(vec![case.to_string()]),
        Found::None(tried) => Err(tried),
        Found::NotUnderstood(say) => Err(say.to_owned()),
    }
}

#[test]
fn a_buyers_orders_are_found_newest_first_and_nobody_elses() {
    let world = FakeWorld::new(1, START);
    let newer = place(&world, 1, "zoë@example.com", 0);
    let older = place(&world, 2, "zoë@example.com", 40);
    let other = place(&world, 3, "zoe@example.com", 1);
    let both = Ok(vec![newer.id.to_string(), older.id.to_string()]);
    // The same letters, typed on another keyboard.
    for text in ["zoë@example.com", " Zoe\u{308}@Example.com "] {
        assert_eq!(found(&world, text), both, "{text}");
    }
    assert_eq!(found(&world, "zoe@example.com"), Ok(vec![other.id.to_string()]));
    for number in 10..40 {
        place(&world, number, "bo@example.com", 2);
    }
    let many = find(&world, KEYLESS, "bo@example.com", START)
        .now_or_never()
        .expect("at once");
    let shown = matches!(many, Ok((Found::Several { orders, more: true, unread: 0 }, None)) if orders.len() == 20);
    assert!(shown, "the newest twenty, and it is said that there are more");
}

#[test]
fn a_reference_is_found_in_an_older_month_and_a_text_in_vain_says_how_far_was_looked() {
    let world = FakeWorld::new(1, START);
    let order = place(&world, 0x3f9a_21c4, "jo@example.com", 70);
    assert_eq!(found(&world, "mg 3f9a 21c4"), Ok(vec![order.id.to_string()]));
    let said = found_by(&world, KEYLESS, "re_1").expect_err("nobody's refund");
    assert!(
        said.contains("We looked through 1 order, back to 14 September 2026"),
        "{said}"
    );
    for text in ["Jo Doe", "xy_12"] {
        let said = found(&world, text).expect_err("nothing");
        assert!(said.contains("MG-3F9A-21C4") && said.contains("pi_..."), "{said}");
    }
}

#[test]
fn a_case_leads_to_its_order_and_one_without_an_order_to_itself() {
    let world = FakeWorld::new(1, START);
    let order = place(&world, 1, "jo@example.com", 0);
    for (id, of) in [("case_of_it", Some(order.id.clone())), ("case_alone", None)] {
        let mut case = Case::without_order(id.to_owned(), Class::DeadLetters, START, "It waits.".to_owned(), None);
        case.order = of;
        let opened = world.open_case(&case).now_or_never();
        opened.expect("at once").expect("opened");
    }
    assert_eq!(found(&world, "case_of_it"), Ok(vec![order.id.to_string()]));
    assert_eq!(found(&world, "case_alone"), Ok(vec!["case_alone".to_owned()]));
    assert!(found(&world, "case_none").is_err());
}

/// By the list of refunds, in which no other order stands.
#[test]
fn a_refund_is_found_behind_any_number_of_orders() {
    let mut journey = Journey::begin(61);
    let order = journey.buys("team-year");
    let payment = journey.order(&order).payments[0].id.to_string();
    {
        let mut state = journey.world.state();
        let now = state.now.0;
        assert_eq!(state.stripe.refund_by_hand(&payment, now).status, 200);
    }
    journey.settles();
    for number in 0..1_000 {
        place(&journey.world, number, "bo@example.com", -1);
    }
    let told = journey.order(&order);
    let refund = told.payments[0].refunds.first().expect("we were told");
    assert_eq!(found(&journey.world, refund.id.as_str()), Ok(vec![order.to_string()]));
}

#[test]
fn no_look_goes_further_than_a_thousand_orders() {
    let world = FakeWorld::new(1, START);
    let oldest = place(&world, 0xffff, "jo@example.com", 20);
    for number in 0..1_000 {
        place(&world, number, "bo@example.com", 1 + i64::from(number / 100));
    }
    let said = found_by(&world, KEYLESS, "dp_nobodys").expect_err("nowhere");
    assert!(
        said.contains("We looked through 1000 orders, back to 13 November 2026"),
        "{said}"
    );
    for indexed in ["jo@example.com", &oldest.reference()] {
        assert_eq!(found(&world, indexed), Ok(vec![oldest.id.to_string()]), "{indexed}");
    }
}

#[test]
fn what_no_order_keeps_leads_to_it_by_stripes_word() {
    let mut journey = Journey::begin(62);
    let bystander = journey.buys("solo-year");
    let order = journey.buys("team-year");
    let payment = journey.order(&order).payments[0].id.to_string();
    let kept = {
        let mut state = journey.world.state();
        let now = state.now.0;
        let before = state.stripe.events.len();
        let charge = state.stripe.intents.iter().find(|paid| paid.id == payment);
        let charge = charge.expect("the payment").charge.clone();
        assert_eq!(state.stripe.refund_part_by_hand(&payment, 100, now).status, 200);
        let dispute = state.stripe.dispute(&payment, now).expect("it is paid");
        let refund = state.stripe.refunds.last().expect("made by hand").id.clone();
        // Nobody has told us of them yet.
        let events = state.stripe.events[before..].iter().map(|event| event.id.clone());
        let events: Vec<String> = events.collect();
        assert!(events.len() > 1, "{events:?}");
        [vec![charge, refund, dispute], events].concat()
    };
    for id in &kept {
        assert_eq!(found(&journey.world, id), Ok(vec![order.to_string()]), "{id}");
        let alone = found_by(&journey.world, KEYLESS, id).expect_err("only Stripe knows");
        assert!(alone.contains("Open its payment in Stripe"), "{id}: {alone}");
    }
    let events = {
        let state = journey.world.state();
        let of = |event: &testkit::stripe::Event| event.id.clone();
        state.stripe.events.iter().map(of).collect::<Vec<_>>()
    };
    for event in events {
        let led_to = found(&journey.world, &event).expect("each event is of one of them");
        assert!(
            led_to == [order.to_string()] || led_to == [bystander.to_string()],
            "{event}"
        );
    }
}

/// An order that knows of a dispute, with the dispute's id.
fn disputed(seed: u64) -> (Journey, OrderId, String) {
    let mut journey = Journey::begin(seed);
    let order = journey.buys("solo-year");
    let payment = journey.order(&order).payments[0].id.to_string();
    let dispute = {
        let mut state = journey.world.state();
        let now = state.now.0;
        state.stripe.dispute(&payment, now).expect("it is paid")
    };
    journey.settles();
    (journey, order, dispute)
}

/// Stripe's account may be another one, and a thing may be gone there.
#[test]
fn what_an_order_has_is_found_though_stripe_knows_nothing_of_it() {
    let (journey, order, dispute) = disputed(64);
    journey.world.state().stripe.disputes.clear();
    assert_eq!(found(&journey.world, &dispute), Ok(vec![order.to_string()]));
}

/// Somebody waits for the page, and its function for no more than ten seconds.
#[test]
fn stripe_is_waited_for_as_long_as_a_page_may_take_and_the_table_is_asked_all_the_same() {
    let (journey, order, dispute) = disputed(66);
    let (stripe, began) = (journey.world.stripe_client(), journey.world.state().now);
    let silence = Wall {
        act: Act::Stripe,
        meets: |_method, _path| true,
        mishap: Mishap::KilledBefore,
    };
    journey.world.state().schedule.walls.push(silence);
    let looks = |text: &str| {
        let found = find(&journey.world, Some(&stripe), text, began).now_or_never();
        found.expect("at once").expect("the store answers")
    };
    let (said, failure) = looks("dp_nobodys");
    assert!(
        matches!(&said, Found::None(said) if said.contains("gave no answer that helps")),
        "{said:?}"
    );
    assert_eq!(failure.map(|failure| failure.reason), Some(Reason::NoAnswer));
    let waited = journey.world.state().now.since(began);
    assert!(waited.as_secs() <= 3, "{waited:?}");
    let (found, failure) = looks(&dispute);
    assert!(matches!(found, Found::One(found) if found.id == order));
    assert!(failure.is_some());
}

#[test]
fn what_is_not_ours_at_stripe_is_said_so_and_so_is_an_order_that_is_not_here() {
    let mut journey = Journey::begin(63);
    journey.buys("solo-year");
    {
        let mut state = journey.world.state();
        let ours = state.stripe.intents[0].clone();
        let other = |name: &str, order: Option<&str>| {
            let mut other = ours.clone();
            (other.id, other.charge) = (format!("pi_{name}"), format!("ch_{name}"));
            other.metadata.clear();
            other
                .metadata
                .extend(order.map(|order| ("order".to_owned(), order.to_owned())));
            other
        };
        let elsewhere = other("elsewhere", Some("ord_00000000000000000000beef"));
        state.stripe.intents.extend([other("shoes", None), elsewhere]);
    }
    for id in ["ch_shoes", "pi_shoes", "ch_nobodys", "evt_nobodys"] {
        let said = found(&journey.world, id).expect_err("nothing of ours");
        assert!(said.contains("knows no order of ours"), "{id}: {said}");
        assert_eq!(
            said.contains("We looked through 1 order"),
            id != "evt_nobodys",
            "{id}: {said}"
        );
    }
    let said = found(&journey.world, "ch_elsewhere").expect_err("it is not here");
    assert!(
        said.contains("ord_00000000000000000000beef") && said.contains("tell operations"),
        "{said}"
    );
}
