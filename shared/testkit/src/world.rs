//! FakeWorld: everything outside the handlers, in one place, in time that only moves when told. The real adapters speak
//! to its Stripe and identity provider, over a wire that has no socket.

mod control;
pub mod mishaps;
mod partners;
mod store;
mod teller;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::env::Env;
use adapters::http::Http;
use adapters::stripe::{Stripe as StripeClient, StripeConfig};
use adapters::systems::{Systems, SystemsConfig};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use domain::Timestamp;
use domain::alert::Say;
use domain::breaker::Breaker;
use domain::case::{Case, Class};
use domain::effect::Performer;
use domain::finance::Figures;
use domain::id::{CaseId, OrderId};
use domain::notice::{Announcement, Audience, Notice};
use domain::order::Order;
use domain::policy::Owner;
use domain::receipt::Step;
use domain::unsent::Unsent;
use domain::wording::Message;

use crate::dice::Dice;
use crate::identity::Directory;
use crate::licences::{Licences, SECRET};
use crate::queues::{Queues, Settings};
use crate::stripe::Stripe;
use flow::ports::Overdue;
use mishaps::{Landing, Schedule};
use partners::Wire;
use serde_json::Value;
pub use witness::Seen;
use witness::Witness;

/// A message that somebody got.
#[derive(Clone, Debug)]
pub struct Told {
    pub to: Audience,
    pub message: Message,
    pub order: OrderId,
    /// What it was that they were told.
    pub notice: Notice,
    pub at: Timestamp,
}

/// What operations, or the next level, got about a class of cases.
#[derive(Clone, Debug)]
pub struct ClassTold {
    pub class: Class,
    pub say: Say,
    pub message: Message,
    pub at: Timestamp,
}

/// A message that was published to other systems.
#[derive(Clone, Debug)]
pub struct Announced {
    pub order: OrderId,
    pub said: Announcement,
    pub notice: Notice,
    pub body: String,
}

/// Changes of what passes through the ports, so that a test can plant a bug without touching the code that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tamper {
    /// The order as it is about to be stored, and the one that it replaces.
    pub commit: Option<fn(Option<&Order>, &mut Order)>,
    pub load: Option<fn(&mut Order)>,
    /// The idempotency key on the wire.
    pub key: Option<fn(&str) -> String>,
    /// Writes stand on no version.
    pub blind_writes: bool,
    /// The identity provider is never told which version a change is for.
    pub no_versions: bool,
    /// Whatever is written of a breaker, nobody reads it.
    pub no_breaker: bool,
    /// The body of a nudge.
    pub body: Option<fn(&Order, &str) -> String>,
}

/// What the world holds, whatever anybody recorded about it.
pub struct State {
    pub now: Timestamp,
    pub stripe: Stripe,
    pub directory: Directory,
    pub licences: Licences,
    pub queues: Queues,
    pub told: Vec<Told>,
    /// Alerts about classes of cases: no order's.
    pub class_alerts: Vec<ClassTold>,
    /// Test alerts: no order's.
    pub test_alerts: Vec<Message>,
    /// What Finance was sent by the day.
    pub digests: Vec<(Figures, Message)>,
    pub weekly: Vec<(Unsent, Message)>,
    pub first_times: Vec<(Owner, Message)>,
    /// The topic, as long as it is.
    pub announced: Vec<Announced>,
    /// The table answers nothing.
    pub store_down: bool,
    /// This order's item cannot be read.
    pub unreadable: Option<OrderId>,
    /// These orders' items were written by a version of ours that is newer than the functions.
    pub newer: BTreeSet<OrderId>,
    /// This case's item cannot be read.
    pub unreadable_case: Option<CaseId>,
    /// The mail server refuses every address.
    pub mails_refused: bool,
    /// The topic for other systems takes nothing.
    pub topic_refuses: bool,
    /// The index answers what was true when it was last asked.
    pub index_lags: bool,
    /// Conditional writes that were tried.
    pub writes: u64,
    /// In which state an order was, and for which event it was written anew.
    pub rows: BTreeSet<(&'static str, String)>,
    pub schedule: Schedule,
    pub tamper: Tamper,
    orders: BTreeMap<OrderId, Stored>,
    cases: BTreeMap<CaseId, Case>,
    controls: BTreeMap<&'static str, Value>,
    breakers: BTreeMap<Step, Breaker>,
    dice: Dice,
    witness: Witness,
    /// Stripe's answers of 500 on the wire, by key and time: it replays them. They lie over what the story has Stripe do.
    saved_errors: BTreeMap<String, i64>,
    landings: Vec<Landing>,
    index_before: BTreeMap<u8, Vec<Overdue>>,
}

/// An order's item, with what stands beside it for the index.
struct Stored {
    order: Order,
    due: Option<Timestamp>,
}

/// A handle on the world; every copy is the same world.
#[derive(Clone)]
pub struct FakeWorld {
    state: Arc<Mutex<State>>,
}

/// What a performer's queues are for: new work, waits, and what died in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Fresh,
    Delay,
    Dead,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Fresh, Self::Delay, Self::Dead];
}

/// A performer's queue, named as in the template.
pub fn queue(performer: Performer, kind: Kind) -> &'static str {
    let [fresh, delay, dead] = match performer {
        Performer::Provisioning => ["ProvisioningQueue", "ProvisioningDelayQueue", "ProvisioningDeadQueue"],
        Performer::Capture => ["CaptureQueue", "CaptureDelayQueue", "CaptureDeadQueue"],
        Performer::Refund => ["RefundQueue", "RefundDelayQueue", "RefundDeadQueue"],
        Performer::Notification => ["NotificationQueue", "NotificationDelayQueue", "NotificationDeadQueue"],
        Performer::Reconciliation => [
            "ReconciliationQueue",
            "ReconciliationDelayQueue",
            "ReconciliationDeadQueue",
        ],
    };
    match kind {
        Kind::Fresh => fresh,
        Kind::Delay => delay,
        Kind::Dead => dead,
    }
}

/// Hidden for longer than a lease, received this often before it is dead: as in the template.
const VISIBILITY_MS: i64 = 300_000;
const RECEIVES_MAX: u32 = 5;

impl FakeWorld {
    /// `seed` decides all chance: tokens and jitter.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let mut queues = Queues::default();
        for (performer, kind) in Performer::ALL
            .into_iter()
            .flat_map(|performer| Kind::ALL.map(|kind| (performer, kind)))
        {
            let dead = (kind != Kind::Dead).then(|| (queue(performer, Kind::Dead).to_owned(), RECEIVES_MAX));
            let settings = Settings {
                visibility_ms: VISIBILITY_MS,
                delay_ms: 0,
                redrive: dead,
            };
            queues.create(queue(performer, kind), settings);
        }
        let mut stripe = Stripe::default();
        "https://pay.example".clone_into(&mut stripe.pages);
        let mut directory = Directory::default();
        directory.page_max = 1;
        let state = State {
            now,
            stripe,
            directory,
            licences: Licences::default(),
            queues,
            told: Vec::new(),
            class_alerts: Vec::new(),
            test_alerts: Vec::new(),
            digests: Vec::new(),
            weekly: Vec::new(),
            first_times: Vec::new(),
            announced: Vec::new(),
            store_down: false,
            unreadable: None,
            newer: BTreeSet::new(),
            unreadable_case: None,
            mails_refused: false,
            topic_refuses: false,
            index_lags: false,
            writes: 0,
            rows: BTreeSet::new(),
            schedule: Schedule::default(),
            tamper: Tamper::default(),
            orders: BTreeMap::new(),
            cases: BTreeMap::new(),
            controls: BTreeMap::new(),
            breakers: BTreeMap::new(),
            dice: Dice::of(seed),
            witness: Witness::default(),
            saved_errors: BTreeMap::new(),
            landings: Vec::new(),
            index_before: BTreeMap::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The real client, speaking to this world's Stripe.
    pub fn stripe_client(&self) -> StripeClient {
        let env = Env::from_pairs(pairs(&[
            ("MAKEGOOD_STRIPE_KEY", "rk_test_world"),
            ("MAKEGOOD_LIVEMODE", "false"),
            ("MAKEGOOD_PUBLIC_URL", "https://shop.example"),
        ]));
        StripeClient::new(StripeConfig::of_shop(&env), self.http())
    }

    /// The real clients, speaking to this world's identity provider and licence service. `revoke` is what is done to an
    /// account that is taken back: `delete` or `deactivate`.
    pub fn systems(&self, revoke: &str) -> Systems {
        let secret = format!("licence={SECRET}");
        let env = Env::from_pairs(pairs(&[
            ("MAKEGOOD_SCIM_URL", "https://idp.example/scim/v2"),
            ("MAKEGOOD_SCIM_TOKEN", "world"),
            ("MAKEGOOD_SCIM_REVOKE", revoke),
            ("MAKEGOOD_STEP_ADDRESSES", "licence=https://licences.example/makegood"),
            ("MAKEGOOD_STEP_SECRETS", &secret),
        ]));
        Systems::new(SystemsConfig::read(&env), self.http())
    }

    fn http(&self) -> Http {
        Http::over(SharedHttpConnector::new(Wire(self.clone())))
    }

    /// The order as it is stored; only tests look past the ports.
    pub fn order(&self, id: &OrderId) -> Option<Order> {
        self.state().orders.get(id).map(|stored| stored.order.clone())
    }

    pub fn order_ids(&self) -> Vec<OrderId> {
        self.state().orders.keys().cloned().collect()
    }
}

impl State {
    /// Every order as it is stored, with its entry in the index of what is due.
    pub fn stored(&self) -> impl Iterator<Item = (&Order, Option<Timestamp>)> {
        self.orders.values().map(|stored| (&stored.order, stored.due))
    }

    pub fn stored_order(&self, id: &OrderId) -> Option<(&Order, Option<Timestamp>)> {
        self.orders.get(id).map(|stored| (&stored.order, stored.due))
    }

    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// The earliest entry of the index.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.orders.values().filter_map(|stored| stored.due).min()
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

impl std::fmt::Debug for FakeWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeWorld(..)")
    }
}
