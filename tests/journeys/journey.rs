//! One journey: its world, the handlers in it, and what can happen to them.

use std::fmt::Write as _;
use std::time::Duration;

use adapters::lambda::http::{Request, Response};
use adapters::lambda::queue::{Answer, Record, each, nudged};
use adapters::scim::Scim;
use adapters::stripe::Stripe;
use adapters::stripe::signature::Secrets;
use checkout::Shop;
use desk::decision::{Decided, Wish};
use domain::Timestamp;
use domain::brake::Limits;
use domain::case::Choice;
use domain::effect::Performer;
use domain::id::OrderId;
use domain::order::Order;
use domain::wording;
use expect_test::expect_file;
use futures_util::FutureExt as _;
use stripe_webhook::handler::Trust;
use testkit::stripe::sign;
use testkit::world::{FakeWorld, Kind, queue};

const SECRET: &str = "whsec_of_the_journeys";
/// 23 November 2026, 19:05 UTC: when the story's customer paid.
const START: Timestamp = Timestamp(1_795_460_700_000);
/// As in the template.
const LIMITS: Limits = Limits {
    undos_max: 20,
    within: Duration::from_secs(600),
    off: false,
};
const ROUNDS_MAX: u32 = 1_000;

/// What happens to Stripe's events on their way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    Arrives,
    Lost,
    /// All of a moment twice, and the last one first.
    DoubledAndReversed,
}

pub(crate) struct Journey {
    pub(crate) world: FakeWorld,
    pub(crate) post: Post,
    stripe: Stripe,
    scim: Scim,
    shop: Shop,
    trust: Trust,
    /// Stripe's events that have been sent so far.
    sent: usize,
}

impl Journey {
    pub(crate) fn begin(seed: u64) -> Self {
        println!("seed {seed}");
        let world = FakeWorld::new(seed, START);
        Self {
            stripe: world.stripe_client(),
            scim: world.scim_client(),
            shop: Shop::read().expect("the catalogue and the policy"),
            trust: Trust {
                secrets: Secrets::of(&[SECRET]),
                livemode: false,
                account: None,
            },
            post: Post::Arrives,
            sent: 0,
            world,
        }
    }

    /// Orders and pays; what follows has not happened yet.
    pub(crate) fn pays(&mut self, product: &str) -> OrderId {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("form", format!("{:032x}", self.world.order_ids().len() + 1).as_str()),
                ("product", product),
                ("name", "Jo Doe"),
                ("email", "jo@example.com"),
                ("team", "Blue"),
            ])
            .finish();
        let answer = self.checkout("POST", "/checkout", "application/x-www-form-urlencoded", &body);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let page = answer.headers.iter().find(|(name, _)| *name == "location");
        let session = page.and_then(|(_, to)| to.rsplit('/').next()).expect("a payment page");
        let now = self.world.state().now.0;
        let back = self.world.state().stripe.pay(session, None, now).expect("the payment");
        let slug = back.rsplit('/').next().expect("a status page");
        OrderId::new(slug.split('.').next().expect("an order"))
    }

    fn checkout(&self, method: &str, path: &str, kind: &str, body: &str) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: [("content-type".to_owned(), kind.to_owned())].into(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        let answered = checkout::handle(&self.world, &self.stripe, &self.shop, &request).now_or_never();
        answered.expect("checkout answers at once")
    }

    pub(crate) fn buys(&mut self, product: &str) -> OrderId {
        let order = self.pays(product);
        self.settles();
        order
    }

    /// Lets everything happen that happens by itself at this moment.
    pub(crate) fn settles(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let posted = self.posts();
            let polled = self.polls();
            if !(posted || polled) {
                return;
            }
        }
        panic!("the system never comes to rest");
    }

    /// Time passes, minute by minute, each with its sweep.
    pub(crate) fn passes(&mut self, time: Duration) {
        const MINUTE: Duration = Duration::from_secs(60);
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(MINUTE);
            left -= step;
            {
                let mut state = self.world.state();
                state.now = state.now.plus(step);
                let now = state.now.0;
                state.stripe.expire_overdue(now);
            }
            let swept = reconciliation::handler::on_schedule(&self.world, "sweep").now_or_never();
            let swept = swept.expect("the sweep ends");
            assert!(swept.is_ok() || self.world.state().store_down, "{swept:?}");
            self.settles();
        }
    }

    pub(crate) fn hours(&mut self, hours: u64) {
        self.passes(Duration::from_secs(hours * 3_600));
    }

    /// Stripe's new events go out; tells whether there were any.
    pub(crate) fn posts(&mut self) -> bool {
        let mut bodies: Vec<String> = {
            let state = self.world.state();
            let fresh = state.stripe.events.iter().skip(self.sent);
            fresh.map(|event| event.json().to_string()).collect()
        };
        self.sent += bodies.len();
        match self.post {
            Post::Arrives => {}
            Post::Lost => bodies.clear(),
            Post::DoubledAndReversed => {
                bodies.reverse();
                bodies = bodies.iter().flat_map(|body| [body.clone(), body.clone()]).collect();
            }
        }
        for body in &bodies {
            assert_eq!(self.webhook(body), 200, "{body}");
        }
        !bodies.is_empty()
    }

    fn webhook(&self, body: &str) -> u16 {
        let signature = sign(body.as_bytes(), SECRET, self.world.state().now.seconds());
        let request = Request {
            method: "POST".to_owned(),
            headers: [("stripe-signature".to_owned(), signature)].into(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        let answered = stripe_webhook::handle(&self.world, &self.trust, &self.stripe, &request).now_or_never();
        answered.expect("the webhook answers at once").status
    }

    /// One message of each queue, as the event source mapping hands them over.
    fn polls(&mut self) -> bool {
        let mut any = false;
        for performer in Performer::ALL {
            for kind in Kind::ALL {
                any |= self.poll(performer, kind);
            }
        }
        any
    }

    fn poll(&mut self, performer: Performer, kind: Kind) -> bool {
        let queue = &queue(performer, kind);
        let received = {
            let mut state = self.world.state();
            let now = state.now.0;
            state.queues.receive(queue, 1, now).expect("the queue")
        };
        let Some(message) = received.first() else {
            return false;
        };
        let record = Record {
            message_id: message.id.clone(),
            body: message.body.clone(),
            source: format!("arn:aws:sqs:eu-central-1:0:{queue}"),
        };
        // None: it was killed on its way, and the message comes again.
        let answer = if kind == Kind::Dead {
            self.coordinate(record)
        } else {
            self.perform(performer, record)
        };
        if answer.is_some_and(|answer| answer.batch_item_failures.is_empty()) {
            let receipt = message.receipt.as_deref().unwrap_or_default();
            self.world.state().queues.delete(queue, receipt).expect("the queue");
        }
        true
    }

    fn perform(&self, performer: Performer, record: Record) -> Option<Answer> {
        let (world, scim, stripe) = (&self.world, &self.scim, &self.stripe);
        let records = [record];
        let on_record = async |record: &Record| match performer {
            Performer::Provisioning => {
                nudged(record, async |nudge| provisioning::handle(world, scim, nudge).await).await
            }
            Performer::Capture => nudged(record, async |nudge| capture::handle(world, stripe, nudge).await).await,
            Performer::Refund => {
                nudged(record, async |nudge| {
                    refund::handle(world, LIMITS, scim, stripe, nudge).await
                })
                .await
            }
            Performer::Notification => {
                nudged(record, async |nudge| notification::handle(world, world, nudge).await).await
            }
            Performer::Reconciliation => {
                nudged(record, async |nudge| reconciliation::handle(world, stripe, nudge).await).await
            }
        };
        each("journey", &records, &on_record).now_or_never()
    }

    fn coordinate(&self, record: Record) -> Option<Answer> {
        let records = [record];
        let on_record = async |record: &Record| {
            let handled = coordination::handle(&self.world, record).await;
            handled.map(|_rearmed| ()).map_err(|trouble| trouble.to_string())
        };
        each("journey", &records, &on_record).now_or_never()
    }

    /// A person decides the order's open case.
    pub(crate) fn decides(&mut self, id: &OrderId, choice: Choice, reason: &str) {
        let order = self.order(id);
        let case = order.cases.iter().find(|case| case.resolved.is_none());
        let wish = Wish {
            case: case.expect("an open case").id.clone(),
            choice,
            by: "operator".to_owned(),
            reason: reason.to_owned(),
            seen: order.version,
        };
        let decided = desk::decision::decide(&self.world, order, &wish).now_or_never();
        assert_eq!(decided.expect("at once").expect("recorded"), Decided::Recorded);
        self.settles();
    }

    pub(crate) fn order(&self, id: &OrderId) -> Order {
        self.world.order(id).expect("the order")
    }

    pub(crate) fn state(&self, id: &OrderId) -> &'static str {
        self.order(id).state.name()
    }

    /// The oracle looks at the partners, then the trace is compared with its golden file.
    pub(crate) fn ends(&self, name: &str) {
        let mut trace = String::new();
        for id in self.world.order_ids() {
            let order = self.order(&id);
            self.check(&order);
            let _ = writeln!(trace, "{}", self.trace(&order));
        }
        expect_file![format!("golden/{name}.txt")].assert_eq(&trace);
    }

    /// Every charge is made good: delivered, given back, or in a person's hands; never two of them, never none.
    fn check(&self, order: &Order) {
        let state = self.world.state();
        let (captured, returned) = state.stripe.truth(order.id.as_str());
        let access = state.directory.truth(order.id.as_str());
        let granted = [access.users, access.teams, access.members];
        let wanted = order.product.steps.len();
        let in_hand = order.cases.iter().any(|case| case.resolved.is_none());
        assert!(returned <= captured, "more came back than was paid");
        let delivered =
            captured - returned == order.product.price.minor && granted.iter().filter(|n| **n == 1).count() == wanted;
        let given_back = captured == returned && granted == [0; 3];
        assert!(
            delivered || given_back || in_hand,
            "{}: {captured} paid, {returned} returned, {granted:?} granted, and nobody's case",
            order.state.name()
        );
        assert!(granted.iter().all(|n| *n <= 1), "something was made twice: {granted:?}");
        assert!(
            order.due().is_none() || in_hand,
            "it never comes to rest: {:?}",
            order.owed(domain::owed::Which::Work, state.now)
        );
    }

    fn trace(&self, order: &Order) -> String {
        let mut trace = String::new();
        for entry in &order.history {
            let since = entry.at.since(START).as_secs();
            let (hours, minutes, seconds) = (since / 3_600, since / 60 % 60, since % 60);
            let said = wording::line(entry, order.product.price.currency);
            let _ = writeln!(trace, "{hours:>4}:{minutes:02}:{seconds:02}  {said}");
        }
        let state = self.world.state();
        let (captured, returned) = state.stripe.truth(order.id.as_str());
        let access = state.directory.truth(order.id.as_str());
        let told: Vec<String> = state
            .told
            .iter()
            .map(|told| format!("  {}: {}", told.to.name(), told.message.subject))
            .collect();
        let status = wording::status(order, state.now);
        let _ = write!(
            trace,
            "\nends {}; Stripe holds {captured} of which {returned} went back; the provider has {} account, {} team, {} member\n\
             the customer reads: {}. {}\ntold\n{}\n{} writes, {} sends, {} calls of Stripe, {} of the provider",
            order.state.name(),
            access.users,
            access.teams,
            access.members,
            status.headline,
            status.body.join(" "),
            told.join("\n"),
            state.writes,
            state.queues.sends,
            state.stripe.calls,
            state.directory.calls,
        );
        trace
    }
}
