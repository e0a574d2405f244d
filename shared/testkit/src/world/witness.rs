//! What the wire itself can see: that whoever calls had written down before what it is about to do, and that an
//! idempotency key stands for one request.

mod lapses;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Timestamp;
use domain::effect::Effect;
use domain::id::{ObjectId, OrderId, PaymentId, RefundId};
use domain::order::Order;
use domain::owed::Which;
use domain::receipt::Step;
use domain::work::{Attempt, Subject};
use serde_json::Value;

use self::lapses::lapses;
use super::State;
use super::mishaps::{Mishap, Strike};
use crate::queues::Millis;
use crate::stripe::{Form, KEY_LIFE_MS};

/// A rule that was broken, seen while it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub invariant: &'static str,
    pub says: String,
}

/// One idempotency key as the wire saw it used.
#[derive(Debug)]
pub(super) struct Key {
    /// Its fingerprint.
    request: u64,
    first_at: Millis,
    /// Answers of 500 and more under it.
    failures: u32,
}

/// What the wire remembers.
#[derive(Debug, Default)]
pub(super) struct Witness {
    seen: Vec<Seen>,
    keys: BTreeMap<String, Key>,
    /// Every intent that was ever stored, for those who were frozen meanwhile.
    intents: Vec<(OrderId, Effect)>,
    /// Whom the identity provider asked to stay away, and until when.
    waits: Vec<(Caller, Timestamp)>,
}

/// Whoever calls the identity provider.
#[derive(Debug)]
struct Caller {
    order: OrderId,
    system: Step,
    attempt: Attempt,
}

impl State {
    /// Rules that were broken since the last look.
    pub fn broken(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.witness.seen)
    }

    pub(super) fn accuse(&mut self, invariant: &'static str, says: String) {
        self.witness.seen.push(Seen { invariant, says });
    }

    fn remember_intent(&mut self, order: &OrderId, effect: &Effect) {
        let known = |(of, known): &(OrderId, Effect)| of == order && known == effect;
        if !self.witness.intents.iter().any(known) {
            self.witness.intents.push((order.clone(), effect.clone()));
        }
    }

    /// D3: nobody takes a lane from a worker whose lease still holds.
    pub(super) fn witness_write(&mut self, order: &Order) {
        let before = self.orders.get(&order.id).map(|stored| &stored.order);
        let taken = Which::ALL.into_iter().find_map(|which| {
            let live = before?.lane(which).intent.as_ref()?;
            let ended = order
                .lane(which)
                .intent
                .as_ref()
                .is_none_or(|intent| intent.attempt != live.attempt);
            (ended && self.now < live.lease_until && lapses(order) > before.map_or(0, lapses)).then_some(live.attempt)
        });
        if let Some(attempt) = taken {
            self.accuse(
                "D3 Fence",
                format!("attempt {attempt} of {} is called off within its lease", order.id),
            );
        }
        for which in Which::ALL {
            if let Some(intent) = &order.lane(which).intent {
                self.remember_intent(&order.id, &intent.effect);
            }
        }
    }

    /// W1 for the identity provider: each change belongs to an intent of the order whose mark is on the object.
    pub(super) fn witness_identity(&mut self, method: &str, path: &str, body: &Value) {
        if method == "GET" {
            return;
        }
        let mut parts = path.trim_matches('/').splitn(2, '/');
        let (kind, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let switches_off = body["Operations"][0]["path"] == "active" && body["Operations"][0]["value"] == false;
        if (method, kind) == ("PATCH", "Users") && !switches_off {
            self.witness_taking(path, id);
            return;
        }
        let (mark, stands) = if method == "POST" {
            (body["externalId"].as_str().unwrap_or_default().to_owned(), true)
        } else {
            let all = if kind == "Users" {
                &self.directory.users
            } else {
                &self.directory.groups
            };
            let object = all.iter().find(|known| known.id == id);
            let mark = object.and_then(|object| object.body["externalId"].as_str());
            let stands = object.is_some_and(|object| object.deleted_at.is_none());
            (mark.unwrap_or_default().to_owned(), stands)
        };
        let Some((order, _step)) = mark.split_once(':') else {
            if stands {
                self.accuse("O1 Only ours", format!("{method} {path} touches what no order made"));
            }
            return;
        };
        let removes = body["Operations"][0]["op"] == "remove";
        let object = ObjectId::new(id);
        let allowed = |effect: &Effect| match effect {
            Effect::Deliver(Step::Account) => method == "POST" && kind == "Users",
            Effect::Deliver(Step::Team) => method == "POST" && kind == "Groups",
            Effect::Deliver(Step::Membership) => method == "PATCH" && !removes,
            Effect::Revoke {
                step: Step::Membership, ..
            } => method == "PATCH" && removes,
            Effect::Revoke {
                step: Step::Account | Step::Team,
                objects,
            } => (method == "DELETE" || switches_off) && objects.contains(&object),
            Effect::Deliver(Step::Signed(_))
            | Effect::Revoke {
                step: Step::Signed(_), ..
            }
            | Effect::LookFor(_)
            | Effect::PassBrake
            | Effect::ReturnMoney(_)
            | Effect::Annotate { .. }
            | Effect::Capture(_)
            | Effect::AskSession
            | Effect::AskPayment(_)
            | Effect::AskReturn(_)
            | Effect::AskDisputes(_)
            | Effect::Tell(_) => false,
        };
        self.demand(&OrderId::new(order), &format!("{method} {path}"), allowed);
    }

    /// W1 for the licence service: what it is asked to change belongs to an intent of the order that is named.
    pub(super) fn witness_licences(&mut self, path: &str, body: &[u8]) {
        if path == "/find" {
            return;
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body["data"][name].as_str().unwrap_or_default();
        let object = ObjectId::new(text("object"));
        let allowed = |effect: &Effect| match effect {
            Effect::Deliver(Step::Signed(_)) => path == "/deliver",
            Effect::Revoke {
                step: Step::Signed(_),
                objects,
            } => path == "/revoke" && objects.contains(&object),
            Effect::Deliver(_)
            | Effect::Revoke { .. }
            | Effect::LookFor(_)
            | Effect::PassBrake
            | Effect::ReturnMoney(_)
            | Effect::Annotate { .. }
            | Effect::Capture(_)
            | Effect::AskSession
            | Effect::AskPayment(_)
            | Effect::AskReturn(_)
            | Effect::AskDisputes(_)
            | Effect::Tell(_) => false,
        };
        self.demand(&OrderId::new(text("order")), &format!("POST {path}"), allowed);
    }

    /// Who calls a provider; none where several may.
    fn caller(&self) -> Option<Caller> {
        let mut callers = self.orders.values().filter_map(|stored| {
            let intent = stored.order.work.intent.as_ref()?;
            let system = Subject::of(&intent.effect).system()?;
            Some(Caller {
                order: stored.order.id.clone(),
                system,
                attempt: intent.attempt,
            })
        });
        let first = callers.next();
        first.filter(|_| callers.next().is_none())
    }

    pub(super) fn asked_to_wait(&mut self, wait: Duration) {
        let until = self.now.plus(wait);
        if let Some(caller) = self.caller() {
            self.witness.waits.push((caller, until));
        }
    }

    /// B3: an order that was asked to stay away does not come again before its time.
    pub(super) fn witness_wait(&mut self) {
        let (now, caller) = (self.now, self.caller());
        self.witness.waits.retain(|(_, until)| now < *until);
        let early = self.witness.waits.iter().any(|(asked, _)| {
            let of = |of: &Caller| (of.order.clone(), of.system);
            let same = |caller: &Caller| of(asked) == of(caller) && asked.attempt != caller.attempt;
            caller.as_ref().is_some_and(same)
        });
        // Whoever died before its record has told nobody what it was asked.
        let died = |strike: &Strike| matches!(strike.mishap, Mishap::KilledBefore | Mishap::KilledAfter);
        let excused = self.schedule.ever_frozen || self.schedule.strikes.iter().any(died);
        if early && !excused {
            self.accuse(
                "B3 Retry-After",
                format!("{caller:?} calls before the time that was asked for"),
            );
        }
    }

    /// W1 for an account that a second order shares or switches on: somebody of that address is being given an account.
    fn witness_taking(&mut self, path: &str, id: &str) {
        let user = self.directory.users.iter().find(|user| user.id == id);
        let address = user.and_then(|user| user.body["userName"].as_str()).unwrap_or_default();
        let finds = |order: &Order| {
            let intent = order.work.intent.as_ref().map(|intent| &intent.effect);
            let account = matches!(
                intent,
                Some(Effect::Deliver(Step::Account) | Effect::LookFor(Step::Account))
            );
            account && order.buyer.email == address
        };
        let intended = self.schedule.ever_frozen || self.orders.values().any(|stored| finds(&stored.order));
        if !intended {
            self.accuse("W1 Intent first", format!("PATCH {path}: nobody finds that account"));
        }
    }

    /// W1 and W4 for Stripe.
    pub(super) fn witness_stripe(&mut self, path: &str, form: &Form, key: Option<&str>) {
        let call = format!("POST {path}");
        let (path, action) = match path.rsplit_once('/') {
            Some((path, action @ ("capture" | "cancel"))) => (path, action),
            _ => (path, ""),
        };
        let of = form.get("payment_intent").or_else(|| path.rsplit('/').next());
        let payment = PaymentId::new(of.unwrap_or_default());
        let known = self.stripe.intents.iter().find(|intent| intent.id == payment.as_str());
        let metadata = |name: &str| known.and_then(|intent| intent.metadata.get(name)).map(String::as_str);
        let order = form.get("metadata[order]").or_else(|| metadata("order"));
        let order = OrderId::new(order.unwrap_or_default());
        let because = form.get("metadata[because]").or_else(|| metadata("because"));
        let says_why = because.is_some_and(|because| !because.is_empty());
        if path == "/v1/checkout/sessions" {
            let waits = self
                .orders
                .get(&order)
                .is_some_and(|stored| stored.order.payments.is_empty());
            if !waits {
                self.accuse("W1 Intent first", format!("{call}: no order waits for it"));
            }
        } else if action == "capture" {
            self.demand(&order, &call, |effect| *effect == Effect::Capture(payment.clone()));
        } else {
            let (to, refund) = (payment.clone(), RefundId::new(payment.as_str()));
            let returns = |effect: &Effect| {
                matches!(effect, Effect::Annotate { payment: of, refund: words } if *of == to || *words == refund)
                    || *effect == Effect::ReturnMoney(to.clone())
            };
            self.demand(&order, &call, returns);
            let stored = self.orders.get(&order).map(|stored| &stored.order);
            let written = stored
                .and_then(|order| order.payments.iter().find(|known| known.id == payment))
                .and_then(|known| known.owed.as_ref())
                .map(|owed| owed.amount.minor);
            if form.number("amount").is_some_and(|asked| written != Some(asked)) {
                let asked = form.get("amount").unwrap_or_default();
                self.accuse(
                    "W1 Intent first",
                    format!("{call}: {asked} is asked for, {written:?} is written"),
                );
            }
            if !says_why {
                self.accuse("A1 Audit", format!("{call}: no because"));
            }
        }
        match key {
            Some(key) => self.use_key(key, form.fingerprint(&call)),
            None if path == "/v1/refunds" || !action.is_empty() => {
                self.accuse("W4 Key truth", format!("{call} without a key"));
            }
            None => {}
        }
    }

    fn demand(&mut self, order: &OrderId, call: &str, allowed: impl Fn(&Effect) -> bool) {
        let stored = self.orders.get(order);
        let intent = stored.and_then(|stored| stored.order.work.intent.as_ref());
        let now = intent.is_some_and(|intent| allowed(&intent.effect));
        let once = || {
            let mut intents = self.witness.intents.iter();
            self.schedule.ever_frozen && intents.any(|(of, effect)| of == order && allowed(effect))
        };
        if !(now || once()) {
            let effect = intent.map(|intent| intent.effect.clone());
            self.accuse(
                "W1 Intent first",
                format!("{call} for {order}, whose intent is {effect:?}"),
            );
        }
    }

    fn use_key(&mut self, key: &str, request: u64) {
        let now = self.now.0;
        let known = self.witness.keys.entry(key.to_owned()).or_insert_with(|| Key {
            request,
            first_at: now,
            failures: 0,
        });
        let wrong = if known.request != request {
            Some("stands for two requests")
        } else if now - known.first_at > KEY_LIFE_MS {
            Some("is used after its life")
        } else if known.failures > 1 {
            Some("is used again though it only replays an error")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.accuse("W4 Key truth", format!("{key} {wrong}"));
        }
    }

    pub(super) fn key_failed(&mut self, key: &str) {
        if let Some(known) = self.witness.keys.get_mut(key) {
            known.failures += 1;
        }
    }
}
