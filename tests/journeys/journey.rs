//! One journey: its world, the handlers in it, and what can happen to them.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use adapters::lambda::http::{Request, Response};
use adapters::secret::Held;
use adapters::stripe::Stripe;
use adapters::stripe::signature::Secrets;
use adapters::systems::Systems;
use checkout::Shop;
use desk::access::{Actor, Role};
use desk::decision::{Decided, Wish, amount_to_write};
use domain::Timestamp;
use domain::brake::Limits;
use domain::case::Choice;
use domain::id::{DecisionId, OrderId};
use domain::order::Order;
use futures_util::FutureExt as _;
use stripe_webhook::handler::Trust;
use testkit::world::FakeWorld;

use crate::mailroom::{Parcel, Travel};
use crate::oracle::{BOUNDED, Oracle};
use crate::planted;
use crate::rows::Provocation;
use crate::workers::Frozen;

pub(crate) const SECRET: &str = "whsec_of_the_journeys";
/// 23 November 2026, 19:05 UTC: when the story's customer paid.
pub(crate) const START: Timestamp = Timestamp(1_795_460_700_000);
const ROUNDS_MAX: usize = 1_000;
/// Each round takes one message from each queue.
const ROUNDS_MAX_PER_ORDER: usize = 20;
/// A buyer who sees an error page clicks again, some minutes later.
const CLICKS_MAX: u32 = 4;
/// As in the template.
pub(crate) const CATCH_UP: Duration = Duration::from_secs(600);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// What happens to Stripe's events on their way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    Arrives,
    Lost,
    /// All of a moment twice, and the last one first.
    DoubledAndReversed,
}

/// The clients and settings that every handler shares.
pub(crate) struct House {
    pub(crate) stripe: Stripe,
    pub(crate) systems: Systems,
    pub(crate) shop: Shop,
    pub(crate) trust: Trust,
    /// Of the brake on undoing.
    pub(crate) limits: Limits,
}

/// As in the template.
pub(crate) const LIMITS: Limits = Limits {
    undos_max: 20,
    within: Duration::from_secs(600),
    off: false,
};

/// Ways in which the machinery around the handlers may be broken on purpose.
#[derive(Clone, Copy, Default)]
pub(crate) struct Broken {
    /// Nobody looks at what is overdue.
    pub(crate) no_sweeps: bool,
    /// A second sweeper runs in the same minute, and knows nothing of the first.
    pub(crate) two_sweepers: bool,
    /// Stripe hears 200 whatever came of it.
    pub(crate) always_ok: bool,
    /// Nobody reads Stripe's lists.
    pub(crate) no_catch_up: bool,
    pub(crate) no_audits: bool,
}

pub(crate) struct Journey {
    pub(crate) world: FakeWorld,
    pub(crate) post: Post,
    pub(crate) broken: Broken,
    /// All orders are the same person's.
    pub(crate) one_buyer: bool,
    /// What happens to one of Stripe's events.
    pub(crate) travel: Option<Travel>,
    /// Done to the orders in each state that they come to, and in which, with how many payments, it was.
    pub(crate) provocation: Option<Provocation>,
    pub(crate) provoked: BTreeSet<(&'static str, usize)>,
    pub(crate) oracle: Oracle,
    pub(crate) house: Rc<House>,
    /// Stripe's events that have been sent so far.
    pub(crate) sent: usize,
    pub(crate) parcels: Vec<Parcel>,
    pub(crate) frozen: Vec<Frozen>,
    pub(crate) swept_at: Timestamp,
    /// When Stripe's lists were last read, and how many events there were then.
    pub(crate) caught_up: (Timestamp, usize),
}

/// The shop's own products, and some that no shop would put side by side. Read once for thousands of worlds.
pub(crate) static SHOP: LazyLock<Shop> = LazyLock::new(|| {
    const MORE: &str = include_str!("products.toml");
    let mut shop = Shop::read().expect("the catalogue and the policy");
    shop.products
        .extend(domain::catalogue::parse(MORE).expect("more products"));
    shop
});

impl Journey {
    pub(crate) fn begin(seed: u64) -> Self {
        println!("seed {seed}");
        Self::begin_untold(seed)
    }

    /// Without a word: there are thousands of these.
    pub(crate) fn begin_untold(seed: u64) -> Self {
        let world = FakeWorld::new(seed, START);
        let house = House {
            stripe: world.stripe_client(),
            systems: world.systems("delete"),
            shop: SHOP.clone(),
            trust: Trust {
                secrets: Held::of(Secrets::of(&[SECRET])),
                livemode: false,
                account: None,
            },
            limits: LIMITS,
        };
        Self {
            post: Post::Arrives,
            broken: Broken::default(),
            one_buyer: false,
            travel: None,
            provocation: None,
            provoked: BTreeSet::new(),
            oracle: Oracle::default(),
            house: Rc::new(house),
            sent: 0,
            parcels: Vec::new(),
            frozen: Vec::new(),
            swept_at: START,
            caught_up: (START, 0),
            world,
        }
    }

    /// Orders and pays; what follows has not happened yet.
    pub(crate) fn pays(&mut self, product: &str) -> OrderId {
        self.tries_to_pay(product).expect("the payment page")
    }

    /// The same, by a buyer who meets error pages and gives up at some time.
    pub(crate) fn tries_to_pay(&mut self, product: &str) -> Option<OrderId> {
        let number = self.world.state().stored().count() + 1;
        for _ in 0..CLICKS_MAX {
            if let Some(session) = self.orders(product, number) {
                let now = self.world.state().now.0;
                let paid = self.world.state().stripe.pay(&session, None, now);
                let back = paid.expect("the payment");
                let slug = back.rsplit('/').next().expect("a status page");
                return Some(OrderId::new(slug.split('.').next().expect("an order")));
            }
            self.passes(MINUTE * 2);
        }
        None
    }

    /// So much is paid under the name of an order that is not here.
    pub(crate) fn pays_for_nobody(&self, minor: &str) {
        let mut state = self.world.state();
        let now = state.now.0;
        planted::pays_for_nobody(&mut state.stripe, minor, now);
    }

    /// Submits the form; none: no payment page came of it.
    pub(crate) fn orders(&mut self, product: &str, number: usize) -> Option<String> {
        // One buyer per order, but for the first: they give the story its name.
        let email = match number {
            1 => "jo@example.com".to_owned(),
            _ if self.one_buyer => "jo@example.com".to_owned(),
            more => format!("jo{more}@example.com"),
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("form", format!("{number:032x}").as_str()),
                ("product", product),
                ("name", "Jo Doe"),
                ("email", &email),
                ("team", "Blue"),
            ])
            .finish();
        let answer = self.checkout("POST", "/checkout", "application/x-www-form-urlencoded", &body);
        self.observe();
        let answer = answer.filter(|answer| answer.status == 303)?;
        let page = answer.headers.iter().find(|(name, _)| *name == "location");
        page.and_then(|(_, to)| to.rsplit('/').next()).map(str::to_owned)
    }

    /// None: it was killed on its way.
    fn checkout(&self, method: &str, path: &str, kind: &str, body: &str) -> Option<Response> {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: [("content-type".to_owned(), kind.to_owned())].into(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        let house = &self.house;
        checkout::handle(&self.world, &house.stripe, &house.shop, &request).now_or_never()
    }

    pub(crate) fn buys(&mut self, product: &str) -> OrderId {
        let order = self.pays(product);
        self.settles();
        order
    }

    /// Lets everything happen that happens by itself at this moment.
    pub(crate) fn settles(&mut self) {
        let orders = self.world.state().stored().count();
        for _ in 0..ROUNDS_MAX + orders * ROUNDS_MAX_PER_ORDER {
            self.provokes();
            let posted = self.posts();
            let polled = self.polls();
            if !(posted || polled) {
                return;
            }
        }
        self.oracle
            .accuse(BOUNDED, "the system never comes to rest at one moment".to_owned());
    }

    /// Time passes, minute by minute, each with its sweep.
    pub(crate) fn passes(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(MINUTE);
            left -= step;
            let then = self.world.state().now.plus(step);
            self.moves_to(then);
            self.sweeps();
            self.catches_up();
            self.settles();
        }
    }

    /// The same, with the uneventful minutes left out. Ends early when nothing is left to happen.
    pub(crate) fn leaps(&mut self, time: Duration) {
        let end = self.world.state().now.plus(time);
        while self.oracle.is_content()
            && let Some(next) = self.next_moment().filter(|next| *next <= end)
        {
            self.moves_to(next);
            if self.world.state().next_due().is_some_and(|due| due <= next) {
                self.sweeps();
            }
            self.catches_up();
            self.settles();
        }
        let end = end.max(self.world.state().now);
        self.moves_to(end);
        self.catches_up();
        self.observe();
    }

    /// When something happens next by itself: no earlier than in a second, so that time goes on.
    fn next_moment(&self) -> Option<Timestamp> {
        let state = self.world.state();
        let sweep = state.next_due().filter(|_| !self.broken.no_sweeps);
        let sweep = sweep.map(|due| due.max(self.swept_at.plus(MINUTE)));
        let message = state.queues.next_visible().map(Timestamp);
        let parcel = self.parcels.iter().map(|parcel| parcel.at).min();
        let thaw = self.frozen.iter().map(|frozen| frozen.until).min();
        let open = state.stripe.sessions.iter().filter(|session| session.status == "open");
        let expiry = open.map(|session| Timestamp(session.expires_at * 1_000)).min();
        let landing = state.next_landing();
        // Where nothing happened at Stripe, a run finds nothing.
        let (read_at, events) = self.caught_up;
        let unread = !self.broken.no_catch_up && state.stripe.events.len() != events;
        let reading = unread.then(|| read_at.plus(CATCH_UP));
        let next = [sweep, message, parcel, thaw, landing, expiry, reading]
            .into_iter()
            .flatten()
            .min()?;
        Some(next.max(state.now.plus(Duration::from_secs(1))))
    }

    fn moves_to(&mut self, then: Timestamp) {
        let mut state = self.world.state();
        state.now = then.max(state.now);
        let now = state.now.0;
        state.stripe.expire_overdue(now);
        state.land();
    }

    pub(crate) fn hours(&mut self, hours: u64) {
        self.passes(Duration::from_secs(hours * 3_600));
    }

    /// A person decides the order's open case.
    pub(crate) fn decides(&mut self, id: &OrderId, choice: Choice, reason: &str) {
        let decided = self.tries_to_decide(id, choice, reason);
        assert_eq!(decided, Some(Decided::Recorded));
        self.settles();
    }

    /// The same, by somebody whose page may come to nothing; none: it did.
    pub(crate) fn tries_to_decide(&mut self, id: &OrderId, choice: Choice, reason: &str) -> Option<Decided> {
        let order = self.order(id);
        let case = order.cases.iter().find(|case| case.resolved.is_none());
        let wish = Wish {
            case: case.expect("an open case").id.clone(),
            choice,
            by: Actor {
                name: "operator".to_owned(),
                role: Role::Operator,
            },
            reason: reason.to_owned(),
            code: "goodwill".to_owned(),
            amount: amount_to_write(&order, choice).unwrap_or_default(),
            seen: order.version,
            decision: DecisionId::new(format!("dec_{}_{}", order.id, order.version)),
        };
        let decided = desk::decision::decide(&self.world, order, &wish).now_or_never();
        self.observe();
        decided?.ok()
    }

    pub(crate) fn order(&self, id: &OrderId) -> Order {
        self.world.order(id).expect("the order")
    }

    pub(crate) fn state(&self, id: &OrderId) -> &'static str {
        let state = self.world.state();
        let (order, _due) = state.stored_order(id).expect("the order");
        order.state.name()
    }
}
