//! How fast the console answers when there are many orders: the real binary under the emulator, over the table of the
//! local stack. It prints each page's times and how they compare with the lightest page's; it fails for no time.
//!
//! `cargo test --release -p acceptance --test console_speed -- --nocapture`; `SPEED_ORDERS=100000` in front of it makes
//! so many orders.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measure ends where it cannot go on, and says what it took"
)]

#[expect(dead_code, reason = "the other end-to-end tests need the rest of the town")]
mod town;

use std::time::{Duration, Instant};

use adapters::store::Store;
use domain::case::Case;
use domain::id::OrderId;
use domain::order::Order as Stored;
use flow::ports::{Archive as _, Basis, Ledger as _};
use futures_util::{StreamExt as _, stream};
use town::{FORM, Order, Town, fields};

const AT_ONCE: usize = 16;
/// Each page is asked for so often.
const ASKED: usize = 60;
/// Of so many orders each, in this order: with a person, decided by one, undone; the others are delivered.
const OF: u32 = 100;
const SHARES: [u32; 3] = [4, 8, 20];

/// An order with its cases, as the stack made it.
struct Model {
    order: Stored,
    cases: Vec<Case>,
}

impl Model {
    async fn of(store: &Store, order: &Order) -> Self {
        let order = store.load(&OrderId::new(order.id.as_str())).await.expect("a table");
        let order = order.expect("the order");
        let mut cases = Vec::new();
        for case in &order.cases {
            cases.extend(store.case(&case.id).await.expect("a table"));
        }
        Self { order, cases }
    }

    /// The same for another buyer: all of its own names are others.
    fn copied(&self, number: u32) -> Self {
        let old = self.order.id.as_str().trim_start_matches("ord_").to_owned();
        let new = format!("{number:08x}{}", old.get(8..).expect("a long id"));
        let again = |text: String| {
            let text = text
                .replace(&old, &new)
                .replace("jo@example.com", &format!("jo{number}@example.com"));
            let session = self.order.checkout.session.as_ref().map(|session| session.id.as_str());
            let payments = self.order.payments.iter().map(|payment| payment.id.as_str());
            payments
                .chain(session)
                .fold(text, |text, id| text.replace(id, &format!("{id}x{number}")))
        };
        let order = serde_json::to_string(&self.order).expect("JSON");
        let cases = self.cases.iter().map(|case| serde_json::to_string(case).expect("JSON"));
        Self {
            order: serde_json::from_str(&again(order)).expect("an order"),
            cases: cases
                .map(|case| serde_json::from_str(&again(case)).expect("a case"))
                .collect(),
        }
    }
}

/// With a person, decided by one, undone, delivered.
async fn models(town: &Town, store: &Store) -> [Model; 4] {
    town.set("idp-down");
    let decided = town.buy("team-year").await;
    town.hours(26).await;
    let stuck = Model::of(store, &decided).await;
    town.set("idp-well");
    town.decide(&decided, "retry", "The provider is back since noon.").await;
    town.hours(1).await;
    town.set("idp-teams");
    let undone = town.buy("team-year").await;
    town.set("idp-well");
    let delivered = town.buy("team-year").await;
    let of = async |order: &Order| Model::of(store, order).await;
    [stuck, of(&decided).await, of(&undone).await, of(&delivered).await]
}

fn percent(times: &[Duration], of: usize) -> f64 {
    let at = (times.len() * of / 100).min(times.len() - 1);
    times[at].as_secs_f64() * 1_000.0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_of_the_console_with_many_orders() {
    let orders: u32 = std::env::var("SPEED_ORDERS").map_or(10_000, |count| count.parse().expect("a number"));
    let town = Town::open().await;
    let store = town.store();
    let models = models(&town, &store).await;
    let model = |number: u32| {
        let share = SHARES.iter().position(|share| number % OF < *share);
        &models[share.unwrap_or(SHARES.len())]
    };
    let writes = stream::iter(1..=orders).map(async |number| {
        let Model { order, cases } = model(number).copied(number);
        store.commit(Basis::New, &order, &cases).await.expect("written");
    });
    writes.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;

    let cookie = town.cookie().await;
    let stuck = models[0].copied(OF).order.id.to_string();
    let why = format!("/orders/{stuck}/why");
    let (stuck, undone) = (
        format!("/orders/{stuck}"),
        format!("/orders/{}", models[2].copied(SHARES[1]).order.id),
    );
    let pages = [
        "/runbooks/delivery_stuck",
        "",
        stuck.as_str(),
        undone.as_str(),
        why.as_str(),
        "/classes/delivery_stuck",
        "/refunds",
        "/waiting",
        "/brakes",
        "/alerts",
        "/audit",
        "/health",
        "/expect/finance",
    ];
    let csrf = town::between(&town.console("").await, "name=\"csrf\" value=\"", "\"");
    let find = fields(&[("csrf", &csrf), ("q", "jo7@example.com")]);
    println!("{orders} orders, each page {ASKED} times: milliseconds, and times the lightest page's");
    let mut lightest = None;
    for page in pages.into_iter().chain(["/find"]) {
        let (url, mut times) = (town.shop(&format!("/console{page}")), Vec::new());
        let headers = [("content-type", FORM.to_owned()), ("cookie", cookie.clone())];
        for _ in 0..ASKED {
            let began = Instant::now();
            let (method, body) = if page == "/find" {
                ("POST", find.clone())
            } else {
                ("GET", String::new())
            };
            let answer = town.http.call(method, &url, &headers, body.into_bytes()).await;
            times.push(began.elapsed());
            let answer = answer.expect("an answer");
            let good = if method == "POST" { 303 } else { 200 };
            assert_eq!(answer.status, good, "{page}: {}", answer.text());
        }
        times.sort();
        let middle = percent(&times, 50);
        let ratio = middle / *lightest.get_or_insert(middle);
        let name = if page.is_empty() { "/" } else { page };
        println!(
            "{name:<48} p50 {middle:>7.1}  p95 {:>7.1}  max {:>7.1}  x {ratio:.1}",
            percent(&times, 95),
            percent(&times, 100),
        );
    }
}
