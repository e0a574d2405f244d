//! A backlog as after a long outage: very many overdue orders, drained by the real binaries in real time, while new
//! buyers come and must not wait for it. It prints how long both took.
//!
//! `DRAIN_ORDERS=100000 cargo test --release -p acceptance --test drain -- --nocapture backlog` drains so many, and
//! `cargo test --release -p acceptance --test drain -- --nocapture outage` lets a thousand wait for six hours.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it cannot go on, and says how long it took"
)]

#[expect(dead_code, reason = "the other end-to-end tests need the rest of the town")]
mod town;

use std::time::{Duration, Instant};

use adapters::store::Store;
use domain::id::{OrderId, PaymentId, PublicToken, SessionId};
use domain::order::{Buyer, Order, Session};
use domain::{Moment, Timestamp};
use flow::ports::{Agenda as _, Basis, Clock as _, End, Ledger as _, SHARDS};
use futures_util::{StreamExt as _, stream};
use testkit::stripe::{Call, Form};
use town::Town;

/// One of so many is paid and not delivered; the others are payment pages that everybody left.
const PAID: u32 = 10;
const AT_ONCE: usize = 16;
const DAY_MS: i64 = 86_400_000;
/// Slower than this, a backlog of a hundred thousand would take more than two hours.
const ORDERS_PER_SECOND_MIN: f64 = 14.0;
/// What a buyer may wait for, while it drains.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// As many as `DRAIN_ORDERS` says, or else so many.
fn orders(or_else: u32) -> u32 {
    std::env::var("DRAIN_ORDERS").map_or(or_else, |count| count.parse().expect("a number"))
}

/// Placed at that time.
fn placed(number: u32, at: Timestamp) -> Order {
    let shop = checkout::Shop::read().expect("the shop");
    let product = shop.product("solo-year").expect("a product").clone();
    let policy = shop.policy.frozen_for(&product.steps);
    let buyer = Buyer {
        name: "Jo Doe".to_owned(),
        email: format!("jo{number}@example.com"),
        team: String::new(),
    };
    let (id, token) = (
        OrderId::new(format!("ord_{number:024x}")),
        PublicToken::from_bits(number.into()),
    );
    Order::new(id, token, buyer, product, policy, at, Timestamp(at.0 + 3_600_000))
}

fn overdue(town: &Town, number: u32, now: Timestamp) -> Order {
    let at = Timestamp(now.0 - 2 * DAY_MS - i64::from(number));
    let mut order = placed(number, at);
    order.checkout.session = Some(session(town, &order));
    if number.is_multiple_of(PAID) {
        order = paid(&order, at);
    }
    order
}

/// As the webhook would have recorded it.
fn paid(order: &Order, at: Timestamp) -> Order {
    let paid = domain::event::Event::PaymentCaptured {
        payment: PaymentId::new(order.id.as_str().replace("ord_", "pi_")),
        amount: order.product.price,
    };
    let moment = Moment { now: at, jitter: 0 };
    let domain::Decision::Advance(next) = domain::decide(order, &paid, moment) else {
        panic!("a payment moves an order on")
    };
    next.order
}

/// A payment page that nobody came back from.
fn session(town: &Town, order: &Order) -> Session {
    let fields = town::fields(&[
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "gbp"),
        ("line_items[0][price_data][unit_amount]", "12000"),
        ("line_items[0][price_data][product_data][name]", "Solo plan"),
        ("success_url", "https://shop.example"),
        ("client_reference_id", order.id.as_str()),
    ]);
    let mut stripe = town.stack.world.stripe();
    let reply = stripe.handle(&Call {
        method: "POST",
        path: "/v1/checkout/sessions",
        form: Form::parse(fields.as_bytes()),
        key: None,
        now: order.created_at.0,
    });
    // Two days ago it ran out, and nobody heard of it.
    if let Some(session) = stripe.sessions.last_mut() {
        "expired".clone_into(&mut session.status);
    }
    let id = reply.body["id"].as_str().expect("a session");
    Session {
        id: SessionId::new(id),
        url: "https://pay.example".into(),
    }
}

/// Whether any order still owes anything, claimed or not.
async fn left(store: &Store) -> bool {
    let far = Timestamp(store.now().0 + 30 * DAY_MS);
    for shard in 0..SHARDS {
        let found = store.overdue(shard, far, End::Oldest, 1).await;
        if !found.expect("the index answers").is_empty() {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_drains_while_new_buyers_are_served() {
    let orders = orders(4_000);
    let town = Town::open().await;
    let store = town.store();
    let now = store.now();
    let began = Instant::now();
    let writes = stream::iter(0..orders).map(async |number| {
        let order = overdue(&town, number, now);
        store.commit(Basis::New, &order, &[]).await.expect("written");
    });
    writes.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    println!("{orders} orders written in {} s", began.elapsed().as_secs());

    let (began, mut served) = (Instant::now(), Vec::new());
    while left(&store).await {
        let bought = Instant::now();
        let order = town.buys_now("solo-year").await;
        while town.state(&order).await != "ready_to_use" {
            assert!(bought.elapsed() < SERVED_WITHIN, "a buyer waits behind the backlog");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        served.push(bought.elapsed());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    served.sort();
    let pick = |of: usize| {
        served
            .get(served.len() * of / 100)
            .copied()
            .unwrap_or_default()
            .as_millis()
    };
    println!(
        "{orders} overdue orders drained in {seconds:.0} s, {:.0} in a second; meanwhile {} new buyers were served, half of \
         them within {} ms, all but one in a hundred within {} ms",
        f64::from(orders) / seconds,
        served.len(),
        pick(50),
        pick(99),
    );
    assert!(f64::from(orders) / seconds >= ORDERS_PER_SECOND_MIN, "too slow");
    town.settle().await;
    let accounts = town.stack.world.directory().users.len();
    let paid = usize::try_from(orders.div_ceil(PAID)).expect("a number");
    // All new buyers are one person, who is found from the second time on.
    assert_eq!(accounts, paid + 1, "each paid order has its account, and nobody else");
}

/// As [`Town::later`], for more orders than fit into its patience.
async fn passes(town: &Town, step: Duration, times: u32) {
    const PATIENCE: Duration = Duration::from_secs(300);
    for _ in 0..times {
        town.stack.advance(step).expect("the clock moves");
        town.stack.settle(PATIENCE).await.expect("the system comes to rest");
    }
}

/// The most dangerous night, with the real binaries: nobody is refunded, operations is woken once, and all are delivered.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_wait_out_an_outage_of_six_hours() {
    let orders = orders(1_000);
    const STEP: Duration = Duration::from_secs(900);
    let town = Town::open().await;
    town.set("idp-down");
    let store = town.store();
    let now = store.now();
    let writes = stream::iter(0..orders).map(async |number| {
        let order = paid(&placed(number, now), now);
        store.commit(Basis::New, &order, &[]).await.expect("written");
    });
    writes.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    let began = Instant::now();
    passes(&town, STEP, 24).await;
    let woken = |town: &Town| -> Vec<String> {
        town.stack
            .world
            .alerts()
            .iter()
            .map(|alert| alert.subject.clone())
            .collect()
    };
    assert_eq!(woken(&town), ["Setting up the account fails for many orders"]);
    assert!(town.stack.world.stripe().refunds.is_empty(), "somebody was refunded");
    town.set("idp-well");
    passes(&town, STEP, 8).await;
    assert_eq!(
        woken(&town).last().map(String::as_str),
        Some("Over: setting up the account works again")
    );
    assert_eq!(woken(&town).len(), 2, "one alert, and one when it is over");
    assert_eq!(
        town.stack.world.directory().users.len(),
        orders as usize,
        "each is delivered once"
    );
    assert!(!left(&store).await, "an order still waits");
    assert!(town.console("").await.contains("Nothing waits for you"));
    println!(
        "{orders} orders waited out six hours in {} s",
        began.elapsed().as_secs()
    );
}
