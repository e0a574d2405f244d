//! Stripe as a model: Sessions, PaymentIntents, refunds, idempotency keys, events. Stateful, and able to fail.

mod answer;
mod form;
mod objects;
mod signature;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::queues::Millis;
pub use answer::{Fate, Reply};
use answer::{error, missing, ok};
pub use form::Form;
pub use objects::{Event, Intent, Refund, Session};
pub use signature::sign;

/// What goes wrong on demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub refuse_refunds: bool,
    /// The next refund is made and its answer lost.
    pub lose_next_refund: bool,
    /// The next refund is answered 500, made or not; its key replays that.
    pub fail_next_refund: Option<Done>,
}

/// Whether the failing call did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Yes,
    No,
}

struct Saved {
    at: Millis,
    request: String,
    reply: Reply,
}

/// One account in test mode.
#[derive(Default)]
pub struct Stripe {
    pub sessions: Vec<Session>,
    pub intents: Vec<Intent>,
    pub refunds: Vec<Refund>,
    pub events: Vec<Event>,
    pub faults: Faults,
    pub calls: u64,
    /// Where payment pages live.
    pub pages: String,
    saved: BTreeMap<String, Saved>,
    counter: u64,
}

const KEY_LIFE_MS: Millis = 86_400_000;

/// One call of the API.
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub form: Form,
    pub key: Option<&'a str>,
    pub now: Millis,
}

impl Stripe {
    /// Answers as Stripe does: a key answers for a day with what was first answered under it.
    pub fn handle(&mut self, call: &Call<'_>) -> Reply {
        self.calls += 1;
        if call.method != "POST" {
            return self.obey(call);
        }
        let request = format!("{} {:?}", call.path, call.form);
        if let Some(key) = call.key {
            self.saved.retain(|_, saved| call.now - saved.at < KEY_LIFE_MS);
            if let Some(saved) = self.saved.get(key) {
                if saved.request != request {
                    return error(
                        400,
                        "idempotency_error",
                        "",
                        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                    );
                }
                return Reply {
                    replayed: true,
                    fate: Fate::Answered,
                    ..saved.reply.clone()
                };
            }
        }
        let refund = call.path == "/v1/refunds";
        let failing = self.faults.fail_next_refund.take_if(|_| refund);
        let mut reply = match failing {
            Some(Done::No) => error(500, "api_error", "", "Something went wrong on Stripe's end."),
            Some(Done::Yes) => {
                self.obey(call);
                error(500, "api_error", "", "Something went wrong on Stripe's end.")
            }
            None => self.obey(call),
        };
        if let Some(key) = call.key {
            self.saved.insert(
                key.to_owned(),
                Saved {
                    at: call.now,
                    request,
                    reply: reply.clone(),
                },
            );
        }
        if refund && reply.status < 300 && std::mem::take(&mut self.faults.lose_next_refund) {
            reply.fate = Fate::Lost;
        }
        reply
    }

    fn obey(&mut self, call: &Call<'_>) -> Reply {
        let (form, now) = (&call.form, call.now);
        let parts: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        match (call.method, parts.as_slice()) {
            ("POST", ["checkout", "sessions"]) => self.open_session(form, now),
            ("GET", ["checkout", "sessions", id]) => {
                found(self.sessions.iter().find(|s| s.id == *id).map(Session::json))
            }
            ("POST", ["checkout", "sessions", id, "expire"]) => self.expire_session(id, now),
            ("GET", ["payment_intents", id]) => found(self.intents.iter().find(|i| i.id == *id).map(Intent::json)),
            ("POST", ["payment_intents", id]) => self.annotate(id, form),
            ("POST", ["refunds"]) => self.refund(form, now),
            ("GET", ["refunds", id]) => found(self.refunds.iter().find(|r| r.id == *id).map(Refund::json)),
            ("GET", ["refunds"]) => {
                let of = form.get("payment_intent");
                let mine = self
                    .refunds
                    .iter()
                    .rev()
                    .filter(|refund| of.is_none_or(|of| refund.intent == of));
                list("/v1/refunds", form, &mine.map(Refund::json).collect::<Vec<_>>())
            }
            ("GET", ["events"]) => list(
                "/v1/events",
                form,
                &self.events.iter().rev().map(Event::json).collect::<Vec<_>>(),
            ),
            _ => error(
                404,
                "invalid_request_error",
                "",
                &format!("Unrecognized request URL ({}: {}).", call.method, call.path),
            ),
        }
    }

    fn open_session(&mut self, form: &Form, now: Millis) -> Reply {
        let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let amount = form.number("line_items[0][price_data][unit_amount]");
        let quantity = form.number("line_items[0][quantity]");
        let (Some(amount), Some(quantity)) = (amount.filter(|amount| *amount > 0), quantity.filter(|count| *count > 0))
        else {
            return error(
                400,
                "invalid_request_error",
                "parameter_missing",
                "line_items[0] needs quantity and price_data[unit_amount].",
            );
        };
        if form.get("mode") != Some("payment") {
            return error(
                400,
                "invalid_request_error",
                "parameter_missing",
                "This account sells with mode=payment.",
            );
        }
        let expires_at = form.number("expires_at").unwrap_or(now / 1000 + 86_400);
        if expires_at < now / 1000 + 1_800 - 60 || expires_at > now / 1000 + 86_400 + 60 {
            return error(
                400,
                "invalid_request_error",
                "",
                "expires_at must be between 30 minutes and 24 hours after Checkout Session creation.",
            );
        }
        let id = self.id("cs_test_");
        let session = Session {
            url: format!("{}/c/pay/{id}", self.pages),
            product: field("line_items[0][price_data][product_data][name]"),
            amount: amount * quantity,
            currency: field("line_items[0][price_data][currency]"),
            email: field("customer_email"),
            reference: field("client_reference_id"),
            metadata: form.map("metadata"),
            intent_metadata: form.map("payment_intent_data[metadata]"),
            success_url: field("success_url").replace("{CHECKOUT_SESSION_ID}", &id),
            id,
            cancel_url: field("cancel_url"),
            expires_at,
            status: "open".to_owned(),
            intent: None,
            created: now / 1000,
        };
        let body = session.json();
        self.sessions.push(session);
        ok(body)
    }

    fn expire_session(&mut self, id: &str, now: Millis) -> Reply {
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return missing();
        };
        if session.status != "open" {
            return error(
                400,
                "invalid_request_error",
                "",
                "Only Checkout Sessions with a status of open can be expired.",
            );
        }
        session.status = "expired".to_owned();
        let body = session.json();
        self.emit("checkout.session.expired", body.clone(), now);
        ok(body)
    }

    /// The buyer pays on the payment page. `amount` is what is charged, so that a test may charge the wrong one.
    pub fn pay(&mut self, session: &str, amount: Option<i64>, now: Millis) -> Result<String, &'static str> {
        self.expire_overdue(now);
        let intent = self.id("pi_");
        let charge = self.id("ch_");
        let session = self
            .sessions
            .iter_mut()
            .find(|known| known.id == session)
            .ok_or("There is no such payment page.")?;
        match session.status.as_str() {
            "open" => {}
            "complete" => return Err("This has been paid already."),
            _ => return Err("This payment page has expired. You have not been charged."),
        }
        session.status = "complete".to_owned();
        session.intent = Some(intent.clone());
        let paid = amount.unwrap_or(session.amount);
        session.amount = paid;
        let made = Intent {
            id: intent,
            charge,
            amount: paid,
            currency: session.currency.clone(),
            metadata: session.intent_metadata.clone(),
            refunded: 0,
            created: now / 1000,
        };
        let (session_json, intent_json, success) = (session.json(), made.json(), session.success_url.clone());
        self.intents.push(made);
        self.emit("payment_intent.succeeded", intent_json, now);
        self.emit("checkout.session.completed", session_json, now);
        Ok(success)
    }

    /// What nobody paid in time is over, and Stripe says so.
    pub fn expire_overdue(&mut self, now: Millis) {
        let overdue: Vec<String> = self
            .sessions
            .iter()
            .filter(|session| session.status == "open" && session.expires_at * 1000 <= now)
            .map(|session| session.id.clone())
            .collect();
        for id in overdue {
            self.expire_session(&id, now);
        }
    }

    fn annotate(&mut self, id: &str, form: &Form) -> Reply {
        let Some(intent) = self.intents.iter_mut().find(|intent| intent.id == id) else {
            return missing();
        };
        intent.metadata.extend(form.map("metadata"));
        ok(intent.json())
    }

    fn refund(&mut self, form: &Form, now: Millis) -> Reply {
        if self.faults.refuse_refunds {
            return error(
                400,
                "invalid_request_error",
                "charge_not_refundable",
                "This charge cannot be refunded by your account at the moment.",
            );
        }
        let intent = form.get("payment_intent").unwrap_or_default().to_owned();
        let id = self.id("re_");
        let Some(paid) = self.intents.iter_mut().find(|known| known.id == intent) else {
            return missing();
        };
        let left = paid.amount - paid.refunded;
        let amount = form.number("amount").unwrap_or(left);
        if left == 0 {
            return error(
                400,
                "invalid_request_error",
                "charge_already_refunded",
                "Charge has already been refunded.",
            );
        }
        if amount <= 0 || amount > left {
            return error(
                400,
                "invalid_request_error",
                "amount_too_large",
                "Refund amount is greater than unrefunded amount on charge.",
            );
        }
        paid.refunded += amount;
        let charge = paid.charge_json();
        let refund = Refund {
            id,
            intent,
            charge: paid.charge.clone(),
            amount,
            currency: paid.currency.clone(),
            status: "succeeded".to_owned(),
            metadata: form.map("metadata"),
            created: now / 1000,
        };
        let body = refund.json();
        self.refunds.push(refund);
        self.emit("refund.created", body.clone(), now);
        self.emit("charge.refunded", charge, now);
        ok(body)
    }

    /// Somebody refunds in the Dashboard, without a word to us.
    pub fn refund_by_hand(&mut self, intent: &str, now: Millis) -> Reply {
        self.refund(&Form::of(&[("payment_intent", intent)]), now)
    }

    /// A refund that had succeeded comes back, days later.
    pub fn fail_refund(&mut self, id: &str, now: Millis) -> bool {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == id) else {
            return false;
        };
        refund.status = "failed".to_owned();
        let (body, amount, of) = (refund.json(), refund.amount, refund.intent.clone());
        for intent in self.intents.iter_mut().filter(|intent| intent.id == of) {
            intent.refunded -= amount;
        }
        self.emit("refund.failed", body, now);
        true
    }

    fn emit(&mut self, kind: &str, object: Value, now: Millis) {
        let id = self.id("evt_");
        self.events.push(Event {
            id,
            kind: kind.to_owned(),
            object,
            created: now / 1000,
        });
    }

    fn id(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{:014}", self.counter)
    }

    /// Captured and returned of all payments that carry the order's id, in minor units: Stripe's own word.
    pub fn truth(&self, order: &str) -> (i64, i64) {
        let mine = || {
            self.intents
                .iter()
                .filter(|intent| intent.metadata.get("order").map(String::as_str) == Some(order))
        };
        (
            mine().map(|intent| intent.amount).sum(),
            mine().map(|intent| intent.refunded).sum(),
        )
    }
}

fn found(object: Option<Value>) -> Reply {
    object.map_or_else(missing, ok)
}

/// Newest first, with a cursor.
fn list(url: &str, form: &Form, all: &[Value]) -> Reply {
    let limit = usize::try_from(form.number("limit").unwrap_or(10).clamp(1, 100)).unwrap_or(10);
    let after = form.get("starting_after");
    let start = after
        .and_then(|after| all.iter().position(|object| object["id"] == after))
        .map_or(0, |at| at + 1);
    let data: Vec<Value> = all.iter().skip(start).take(limit).cloned().collect();
    let more = start + data.len() < all.len();
    ok(json!({ "object": "list", "url": url, "has_more": more, "data": data }))
}
