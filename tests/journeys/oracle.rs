//! The oracle: what must hold whatever goes wrong, by name. It looks at what Stripe, the identity provider and the
//! people themselves have, and at the order's record only to hold it against them. Safety is looked at after every
//! step; what must come true in the end, in `ends`.

mod announced;
mod ends;
mod record;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::Timestamp;
use domain::id::OrderId;
use domain::order::Order;
use serde_json::Value;
use testkit::world::State;

use crate::journey::Journey;
use record::over;
use truth::Truth;

pub(crate) const CONSERVATION: &str = "M1 Conservation";
pub(crate) const NO_OVER_REFUND: &str = "M2 No over-refund";
pub(crate) const SINGLE_CHARGE: &str = "M3 Single charge";
pub(crate) const NO_ACCESS_WITHOUT_MONEY: &str = "M4 No access without money";
pub(crate) const NO_MONEY_WITHOUT_ACCESS: &str = "M5 No money without access";
pub(crate) const ONE_DECISION: &str = "D1 One decision";
pub(crate) const MONOTONE: &str = "D2 Monotone";
pub(crate) const ACK_AFTER_PERSIST: &str = "W2 Ack after persist";
pub(crate) const SAME_END: &str = "W3 Same end";
pub(crate) const INTENT_FIRST: &str = "W1 Intent first";
pub(crate) const KEY_TRUTH: &str = "W4 Key truth";
pub(crate) const FENCE: &str = "D3 Fence";
pub(crate) const LIVENESS: &str = "L1 Liveness";
pub(crate) const BOUNDED: &str = "L2 Bounded";
pub(crate) const UNDO_ENDS: &str = "L3 Undo ends";
pub(crate) const QUIET_DATA: &str = "S4 Quiet data";
pub(crate) const TOLD: &str = "T1 Told";
pub(crate) const ANNOUNCED: &str = "T2 Announced";
pub(crate) const BRAKE: &str = "B1 Brake";
pub(crate) const BREAKER: &str = "B2 Breaker";
pub(crate) const RETRY_AFTER: &str = "B3 Retry-After";
pub(crate) const AUDIT: &str = "A1 Audit";

/// Access may outlive the money for so long: what is uncertain is looked for (15 min), a worker may be frozen (10 min),
/// and one retry may come late (30 min and its jitter).
const REVOKE_WITHIN: Duration = Duration::from_secs(65 * 60);
/// Money may be without access for so long without a person's knowing: the policy's day, and one retry.
const DELIVER_WITHIN: Duration = Duration::from_secs(25 * 3_600);
/// A decided undo is over by then, or a person knows: the policy's case after an hour, and two retries.
const UNDO_WITHIN: Duration = Duration::from_secs(130 * 60);
/// The sweeper looks each minute, a claim holds for five, and the store may be away for a while.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(3_600);
/// A whole story with a mishap, and then a retry every half hour of two writes each, with some air.
const WRITES: u64 = 50;
const WRITES_PER_HOUR: u64 = 6;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: &'static str,
    pub(crate) says: String,
}

/// What it remembers of one order.
struct Watched {
    order: Order,
    since: Since,
}

/// Since when something is so that must not last. What is in a person's hands may.
#[derive(Clone, Copy, Default)]
struct Since {
    /// There is access and no money behind it.
    bare: Option<Timestamp>,
    /// There is money and no full access, and no undo is decided.
    waiting: Option<Timestamp>,
    /// Undo is decided and not over.
    undoing: Option<Timestamp>,
}

impl Since {
    fn moved_on(self, truth: &Truth, order: &Order, now: Timestamp) -> Self {
        let kept = |since: Option<Timestamp>, holds: bool| {
            (holds && !truth.in_hand && !truth.settled).then(|| since.unwrap_or(now))
        };
        Self {
            bare: kept(self.bare, truth.bare()),
            waiting: kept(self.waiting, truth.waiting() && order.undo.is_none()),
            undoing: kept(self.undoing, order.undo.is_some() && !over(&order.state)),
        }
    }
}

#[derive(Default)]
pub(crate) struct Oracle {
    /// From which state to which an order has gone.
    pub(crate) moves: BTreeSet<(&'static str, &'static str)>,
    watched: BTreeMap<OrderId, Watched>,
    found: Vec<Violation>,
    /// Too many orders to look at each after every step.
    pub(crate) only_at_the_end: bool,
    /// How many mishaps more than one it must bear with.
    pub(crate) trouble: u64,
    /// How much later than usual things may come, because the world holds them back.
    pub(crate) patience: Duration,
}

impl Journey {
    /// After every step.
    pub(crate) fn observe(&mut self) {
        if !self.oracle.only_at_the_end {
            self.oracle.step(&mut self.world.state());
        }
    }

    /// Everything that was broken on the way or is not as it should be now.
    pub(crate) fn verdict(&mut self) -> Vec<Violation> {
        let mut state = self.world.state();
        self.oracle.step(&mut state);
        self.oracle.end(&state);
        std::mem::take(&mut self.oracle.found)
    }
}

impl Oracle {
    /// Each rule is reported once per run: the first breach is the one to read.
    pub(crate) fn accuse(&mut self, invariant: &'static str, says: String) {
        if !self.found.iter().any(|known| known.invariant == invariant) {
            self.found.push(Violation { invariant, says });
        }
    }

    pub(crate) fn is_content(&self) -> bool {
        self.found.is_empty()
    }

    fn step(&mut self, state: &mut State) {
        for seen in state.broken() {
            self.accuse(seen.invariant, seen.says);
        }
        let now = state.now;
        let state: &State = state;
        for (order, due) in state.stored() {
            self.look(state, order, due, now);
        }
        for intent in &state.stripe.intents {
            if intent.refunded > intent.amount {
                self.accuse(NO_OVER_REFUND, format!("{}: {} refunded", intent.id, intent.refunded));
            }
            let ours = state.stripe.refunds.iter().filter(|refund| refund.intent == intent.id);
            let live = ours.filter(|refund| refund.metadata.contains_key("because") && holds(&refund.status));
            let full = live.filter(|refund| refund.amount == intent.received).count();
            if full > 1 {
                self.accuse(NO_OVER_REFUND, format!("{}: we refunded it twice", intent.id));
            }
        }
        if state.queues.cut > 0 {
            self.accuse(BOUNDED, "a chain of messages was cut as a loop".to_owned());
        }
        for body in state.queues.all_bodies() {
            if body.contains('@') || body.contains("Jo Doe") || body.contains("Blue") {
                self.accuse(QUIET_DATA, format!("a message says {body}"));
            }
        }
    }

    fn look(&mut self, state: &State, order: &Order, due: Option<Timestamp>, now: Timestamp) {
        let before = self.watched.remove(&order.id);
        match &before {
            Some(before) if before.order == *order => {}
            Some(before) => self.compare(&before.order, order),
            None => {}
        }
        self.due(order, due, now);
        let truth = Truth::of(state, order);
        let since = before.as_ref().map_or(Since::default(), |before| before.since);
        let since = since.moved_on(&truth, order, now);
        let longer = |since: Option<Timestamp>, than| since.is_some_and(|at| now.since(at) > than + self.patience);
        let broken = [
            (NO_ACCESS_WITHOUT_MONEY, longer(since.bare, REVOKE_WITHIN)),
            (NO_MONEY_WITHOUT_ACCESS, longer(since.waiting, DELIVER_WITHIN)),
            (UNDO_ENDS, longer(since.undoing, UNDO_WITHIN)),
        ];
        for (invariant, _) in broken.into_iter().filter(|(_, broken)| *broken) {
            self.accuse(invariant, format!("{} is {}: {truth:?}", order.id, order.state.name()));
        }
        if !truth.ever_paid && truth.made != [0; 4] {
            self.accuse(NO_ACCESS_WITHOUT_MONEY, format!("{}: never paid, {truth:?}", order.id));
        }
        let hours = now.since(order.created_at).as_secs() / 3_600;
        if order.version > WRITES * (1 + self.trouble) + hours * WRITES_PER_HOUR {
            self.accuse(BOUNDED, format!("{} was written {} times", order.id, order.version));
        }
        let order = match before {
            Some(before) if before.order.version == order.version => before.order,
            Some(_) | None => order.clone(),
        };
        let watched = Watched { order, since };
        self.watched.insert(watched.order.id.clone(), watched);
    }

    /// Stripe heard 200: what it said must be in the record.
    pub(crate) fn acknowledged(&mut self, state: &State, event: &Value) {
        let (kind, object) = (&event["type"], &event["data"]["object"]);
        let text = |name: &str| object[name].as_str().unwrap_or_default();
        let payment = match kind.as_str().unwrap_or_default() {
            "payment_intent.succeeded" | "payment_intent.amount_capturable_updated" | "payment_intent.canceled" => {
                text("id")
            }
            "checkout.session.completed" if text("payment_status") != "paid" => return,
            "charge.refunded" if object["captured"] == false => return,
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "refund.created"
            | "refund.failed"
            | "charge.refunded"
            | "charge.expired"
            | "charge.dispute.created"
            | "charge.dispute.closed" => text("payment_intent"),
            _ => return,
        };
        let paid = state.stripe.intents.iter().find(|intent| intent.id == payment);
        let order = paid.and_then(|paid| paid.metadata.get("order"));
        let Some((order, _due)) = order.and_then(|order| state.stored_order(&OrderId::new(order.as_str()))) else {
            return;
        };
        let known = order.payments.iter().find(|known| known.id.as_str() == payment);
        let recorded = known.is_some_and(|known| match kind.as_str().unwrap_or_default() {
            "refund.created" | "refund.failed" => known.refunds.iter().any(|refund| refund.id.as_str() == text("id")),
            "charge.refunded" => {
                let total = object["amount_refunded"].as_i64().unwrap_or_default();
                // Also what has come back since was known.
                let back: i64 = known.refunds.iter().map(|refund| refund.amount_minor).sum();
                back >= total || known.unexplained_minor.is_some() || known.listed_at.is_some()
            }
            "charge.dispute.created" | "charge.dispute.closed" => {
                known.disputes.iter().any(|dispute| dispute.id.as_str() == text("id"))
            }
            "payment_intent.canceled" | "charge.expired" => known.canceled.is_some(),
            "payment_intent.amount_capturable_updated" => known.stake().is_some() || known.canceled.is_some(),
            _ => known.captured.is_some(),
        });
        if !recorded {
            self.accuse(
                ACK_AFTER_PERSIST,
                format!("Stripe heard 200 for {kind}, and it is nowhere"),
            );
        }
    }
}

fn holds(status: &str) -> bool {
    !matches!(status, "failed" | "canceled")
}
