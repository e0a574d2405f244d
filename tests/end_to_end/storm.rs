//! Two hundred orders while functions are killed at random and messages get lost, with the real binaries. Then it stops,
//! time moves on, and what counts is what Stripe and the identity provider have: every order is delivered once and paid
//! once, or given back in full with nothing left of it, or a person has its case.
//!
//! The seed is printed; `STORM_SEED=...` draws the same weather again. What exactly a kill hits is real time's to say.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]

#[expect(dead_code, reason = "the other end-to-end tests need the rest of the town")]
mod town;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use local::kills::{Act, Moment};
use testkit::dice::Dice;
use town::{FORM, Order, Town, between, fields};

const ORDERS: usize = 200;
/// So many buy at the same time.
const AT_ONCE: usize = 10;
/// A page that fails is opened again, as a person would.
const TRIES: u32 = 40;
/// After that long nothing may be left to happen.
const HOURS: u32 = 60;
const QUARTER: Duration = Duration::from_secs(900);

/// What a buyer can choose: price, and accounts, teams and members that come with it.
const PRODUCTS: [(&str, i64, (usize, usize, usize)); 3] = [
    ("team-year", 48_000, (1, 1, 1)),
    ("solo-year", 12_000, (1, 0, 0)),
    ("team-on-delivery", 48_000, (1, 1, 1)),
];
/// Each function, and what it does to the world outside.
const ACTS: [(&str, &[Act]); 9] = [
    ("checkout", &[Act::Record, Act::Stripe, Act::Nudge]),
    ("stripe-webhook", &[Act::Record, Act::Nudge]),
    ("provisioning", &[Act::Record, Act::Identity, Act::Nudge]),
    ("refund", &[Act::Record, Act::Stripe, Act::Identity, Act::Nudge]),
    ("capture", &[Act::Record, Act::Stripe, Act::Nudge]),
    ("notification", &[Act::Record, Act::Mail]),
    ("reconciliation", &[Act::Record, Act::Claim, Act::Nudge]),
    ("coordination", &[Act::Record, Act::Nudge]),
    ("console", &[Act::Record]),
];
/// What must not be done twice.
const EFFECTS: [(&str, Act); 6] = [
    ("checkout", Act::Stripe),
    ("provisioning", Act::Identity),
    ("provisioning", Act::Identity),
    ("refund", Act::Stripe),
    ("capture", Act::Stripe),
    ("notification", Act::Mail),
];
const QUEUES: [&str; 7] = [
    "queues-well",
    "queues-well",
    "queues-well",
    "queues-lose",
    "queues-lose",
    "queues-double",
    "queues-late",
];
const WEBHOOKS: [&str; 7] = [
    "webhooks-well",
    "webhooks-well",
    "webhooks-drop",
    "webhooks-drop",
    "webhooks-double",
    "webhooks-late",
    "webhooks-reverse",
];
const STRIPE: [&str; 4] = [
    "next-500-done-refund",
    "next-500-done-capture",
    "next-409-open",
    "next-429-capture",
];
/// While these buy, teams are refused, and no message is lost that would spare them: few enough that nobody must be asked
/// whether so many may be undone.
const REFUSED: [usize; 2] = [4, 12];
/// While these buy, the provider is away.
const AWAY: [usize; 2] = [6, 15];

/// One order as it was bought.
struct Bought {
    order: Order,
    email: String,
    price: i64,
    access: (usize, usize, usize),
}

/// How an order ended, in the partners' own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Delivered,
    GivenBack,
    WithPerson,
    /// None of these: what the storm is looking for.
    Open,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_orders_under_random_kills_are_all_made_good() {
    let seed = seed();
    println!("seed {seed}; the same weather again: STORM_SEED={seed}");
    let town = Town::open().await;
    let mut dice = Dice::of(seed);
    let (mut bought, mut unheard) = (Vec::new(), 0);
    for round in 0..ORDERS / AT_ONCE {
        let lost = town.weather(&mut dice, round);
        let before = town.stack.world.stripe().events.len();
        let buyers = (0..AT_ONCE).map(|number| town.buyer(round * AT_ONCE + number, Dice::of(dice.bits())));
        bought.extend(join_all(buyers).await);
        town.later(Duration::from_secs(60), 2).await;
        if lost {
            unheard += town.stack.world.stripe().events.len() - before;
        }
    }
    town.set("all-well");
    town.minutes(10).await;
    town.later(QUARTER, 8).await;
    town.answers_the_brake(&bought).await;
    let mut ends = town.ends(&bought).await;
    for _ in 0..HOURS {
        if !ends.contains(&End::Open) {
            break;
        }
        town.hours(1).await;
        ends = town.ends(&bought).await;
    }
    town.judge(&bought, &ends).await;
    let count = |end| ends.iter().filter(|known| **known == end).count();
    let (deaths, nudges) = (town.deaths(), town.stack.sqs.lost());
    println!(
        "storm with seed {seed}: {ORDERS} orders, {deaths} deaths of functions, {nudges} nudges and {unheard} webhooks lost: \
         {} delivered, {} given back, {} with a person",
        count(End::Delivered),
        count(End::GivenBack),
        count(End::WithPerson)
    );
    assert!(deaths > 30 && nudges + unheard > 0, "that was no storm");
}

fn seed() -> u64 {
    let given = std::env::var("STORM_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::from(now.subsec_nanos())
    })
}

impl Town {
    /// What goes wrong while the next ones buy; whether Stripe's messages are lost.
    fn weather(&self, dice: &mut Dice, round: usize) -> bool {
        let webhooks = dice.pick(&WEBHOOKS);
        self.set(dice.pick(&QUEUES));
        self.set(webhooks);
        self.set(dice.pick(&STRIPE));
        self.set(match round {
            round if REFUSED.contains(&round) => "idp-teams",
            round if AWAY.contains(&round) => "idp-down",
            _ => "idp-well",
        });
        if REFUSED.contains(&round) {
            self.set("queues-double");
            self.set("webhooks-double");
        }
        // Each dies at least once after what it does at Stripe, at the provider or in a mailbox; and six anywhere.
        for (function, act) in EFFECTS {
            let nth = u32::try_from(1 + dice.draw(AT_ONCE)).expect("a small number");
            self.stack.world.kills.plan(function, act, Moment::After, nth);
        }
        for _ in 0..6 {
            let (function, acts) = dice.pick(&ACTS);
            let moment = dice.pick(&[Moment::Before, Moment::After]);
            let nth = u32::try_from(1 + dice.draw(5)).expect("a small number");
            self.stack.world.kills.plan(function, dice.pick(acts), moment, nth);
        }
        webhooks == "webhooks-drop" && !REFUSED.contains(&round)
    }

    /// Somebody buys, whatever dies meanwhile. Half of them look at the page that they come back to.
    async fn buyer(&self, number: usize, mut dice: Dice) -> Bought {
        let (product, price, access) = PRODUCTS[number % PRODUCTS.len()];
        let email = format!("buyer{number}@example.com");
        self.perhaps_kill(&mut dice);
        let token = self.token(product).await;
        let form = fields(&[
            ("form", &token),
            ("product", product),
            ("name", "Jo Doe"),
            ("email", &email),
            ("team", &format!("Team {number}")),
        ]);
        let page = self.pressed(&form).await;
        self.perhaps_kill(&mut dice);
        let order = self.pay(&page, "pay=yes").await;
        if dice.draw(2) == 0 {
            let _seen = self.http.call("GET", &order.back, &[], Vec::new()).await;
        }
        Bought {
            order,
            email,
            price,
            access,
        }
    }

    fn perhaps_kill(&self, dice: &mut Dice) {
        if dice.draw(12) == 0 {
            let (function, _) = dice.pick(&ACTS);
            self.stack.world.kills.now(function);
        }
    }

    async fn token(&self, product: &str) -> String {
        for _ in 0..TRIES {
            let page = self.get(&self.shop(&format!("/?product={product}")), &[]).await;
            if page.status == 200 {
                return between(&page.text(), "name=\"form\" value=\"", "\"");
            }
        }
        panic!("the shop stays closed");
    }

    /// Presses the button until there is a payment page.
    async fn pressed(&self, form: &str) -> String {
        let mut said = Vec::new();
        for _ in 0..TRIES {
            let sent = self.post(&self.shop("/checkout"), FORM, form.as_bytes()).await;
            if let Some(page) = sent.header("location") {
                return page.to_owned();
            }
            said.push(sent.status);
        }
        panic!("no payment page: {said:?}");
    }

    fn deaths(&self) -> u32 {
        let life = |name: &str| self.stack.emulator.life(name).expect("the function");
        ACTS.iter().map(|(function, _)| life(function).borrow().deaths).sum()
    }

    /// Where too many wanted to be undone at once, a person says that it is right.
    async fn answers_the_brake(&self, bought: &[Bought]) {
        let inbox = self.console("").await;
        let Some((_, asking)) = inbox.split_once("<h2>Many orders want to be undone at once") else {
            return;
        };
        let id = between(asking, "/console/orders/", "\"");
        let asked = bought.iter().find(|one| one.order.id == id).expect("an order of ours");
        self.decide(&asked.order, "retry", "Right: the plan has no more teams.")
            .await;
        self.hours(1).await;
    }

    async fn ends(&self, bought: &[Bought]) -> Vec<End> {
        let mut ends = Vec::new();
        for one in bought {
            ends.push(self.end(one).await);
        }
        ends
    }

    async fn end(&self, one: &Bought) -> End {
        let (money, access) = (self.stack.world.stripe().money(&one.order.id), self.access(&one.order));
        let nothing_left = access == (0, 0, 0) && money.held == 0 && money.captured == money.returned;
        if (money.captured, money.returned, money.held) == (one.price, 0, 0) && access == one.access {
            return End::Delivered;
        }
        if nothing_left {
            return End::GivenBack;
        }
        let shown = self.console(&format!("/orders/{}", one.order.id)).await;
        if shown.contains("action=\"/console/cases/") {
            return End::WithPerson;
        }
        End::Open
    }

    /// What must hold of all of them, and of everything at Stripe and at the provider together.
    async fn judge(&self, bought: &[Bought], ends: &[End]) {
        let mut wrong = Vec::new();
        for (one, end) in bought.iter().zip(ends) {
            let page = self.state(&one.order).await;
            let says = match end {
                End::Delivered => page == "ready_to_use",
                End::GivenBack => page == "refunded" || page == "hold_released",
                End::WithPerson => true,
                End::Open => false,
            };
            let mut mails = self.mails_to(&one.email);
            let sent = mails.len();
            mails.sort();
            mails.dedup();
            if !says || sent != mails.len() || (sent > 1 && *end == End::Delivered) {
                let money = self.stack.world.stripe().money(&one.order.id);
                let access = self.access(&one.order);
                wrong.push(format!(
                    "{} {} ended {end:?}, its page says {page}, {money:?}, {access:?}, mails {mails:?}",
                    one.email, one.order.id
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.nothing_doubled(bought);
    }

    fn nothing_doubled(&self, bought: &[Bought]) {
        let stripe = self.stack.world.stripe();
        assert_eq!(stripe.sessions.len(), ORDERS, "one payment page for each");
        let mut payments: BTreeMap<&str, u32> = BTreeMap::new();
        for intent in &stripe.intents {
            *payments.entry(intent.metadata["order"].as_str()).or_default() += 1;
            let returns = stripe
                .refunds
                .iter()
                .filter(|refund| refund.intent == intent.id)
                .count();
            assert!(returns <= 1, "{}: {returns} refunds", intent.id);
            assert!(intent.refunded == 0 || intent.refunded == intent.received, "{intent:?}");
        }
        for one in bought {
            assert_eq!(
                payments.remove(one.order.id.as_str()),
                Some(1),
                "{} is paid once",
                one.order.id
            );
        }
        assert!(payments.is_empty(), "payments of nobody's order: {payments:?}");
        let directory = self.stack.world.directory();
        let orders = || bought.iter().map(|one| directory.truth(&one.order.id));
        let standing = |resources: &[testkit::identity::Resource]| {
            let standing = resources.iter().filter(|resource| resource.deleted_at.is_none());
            standing.count()
        };
        assert!(orders().all(|truth| truth.users <= 1 && truth.teams <= 1 && truth.members <= 1));
        assert_eq!(
            standing(&directory.users),
            orders().map(|truth| truth.users).sum::<usize>()
        );
        assert_eq!(
            standing(&directory.groups),
            orders().map(|truth| truth.teams).sum::<usize>()
        );
    }
}
