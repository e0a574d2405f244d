//! Stripe's objects, with the fields that its own clients read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::queues::Millis;

type Metadata = BTreeMap<String, String>;

/// How long a card's hold stands.
const HOLD_SECONDS: i64 = 7 * 86_400;

/// What the buyer pays with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    Card,
    BankDebit,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    pub url: String,
    pub product: String,
    pub amount: i64,
    pub currency: String,
    pub email: String,
    pub reference: String,
    pub metadata: Metadata,
    pub intent_metadata: Metadata,
    pub success_url: String,
    pub cancel_url: String,
    pub expires_at: i64,
    /// The payment is held, to be captured by a call of its own.
    pub manual: bool,
    pub status: String,
    pub payment_status: &'static str,
    pub intent: Option<String>,
    pub created: i64,
}

impl Session {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "checkout.session", "mode": "payment", "status": self.status,
            "payment_status": self.payment_status, "payment_intent": self.intent,
            "amount_subtotal": self.amount, "amount_total": self.amount, "currency": self.currency,
            "client_reference_id": self.reference, "customer_email": self.email, "metadata": self.metadata,
            "success_url": self.success_url, "cancel_url": self.cancel_url, "expires_at": self.expires_at,
            "url": if self.status == "open" { json!(self.url) } else { Value::Null },
            "created": self.created, "livemode": false,
        })
    }
}

/// Why and when a payment was given up.
#[derive(Clone, Debug)]
pub struct Canceled {
    pub at: i64,
    pub reason: Option<String>,
}

/// A PaymentIntent with its one charge.
#[derive(Clone, Debug)]
pub struct Intent {
    pub id: String,
    pub charge: String,
    pub amount: i64,
    pub currency: String,
    pub metadata: Metadata,
    pub means: Means,
    pub manual: bool,
    pub status: &'static str,
    /// Held and not yet captured.
    pub capturable: i64,
    /// Captured.
    pub received: i64,
    /// Held, and given up without being captured.
    pub released: i64,
    pub refunded: i64,
    /// When the hold lapses, in seconds.
    pub capture_before: Option<i64>,
    pub canceled: Option<Canceled>,
    pub disputed: bool,
    pub created: i64,
}

impl Intent {
    pub(super) fn of(session: &Session, id: String, charge: String, means: Means, now: Millis) -> Self {
        let (status, capturable, received) = match (means, session.manual) {
            (Means::Card, false) => ("succeeded", 0, session.amount),
            (Means::Card, true) => ("requires_capture", session.amount, 0),
            (Means::BankDebit, _) => ("processing", 0, 0),
        };
        Self {
            id,
            charge,
            amount: session.amount,
            currency: session.currency.clone(),
            metadata: session.intent_metadata.clone(),
            means,
            manual: session.manual,
            status,
            capturable,
            received,
            released: 0,
            refunded: 0,
            capture_before: session.manual.then_some(now / 1000 + HOLD_SECONDS),
            canceled: None,
            disputed: false,
            created: now / 1000,
        }
    }

    pub fn json(&self) -> Value {
        let canceled = self.canceled.as_ref();
        let failed = self.status == "requires_payment_method";
        json!({
            "id": self.id, "object": "payment_intent", "amount": self.amount, "amount_received": self.received,
            "amount_capturable": self.capturable, "capture_method": if self.manual { "manual" } else { "automatic" },
            "currency": self.currency, "latest_charge": self.charge, "metadata": self.metadata, "status": self.status,
            "canceled_at": canceled.map(|canceled| canceled.at),
            "cancellation_reason": canceled.and_then(|canceled| canceled.reason.as_deref()),
            "last_payment_error": failed.then(|| json!({ "type": "card_error", "code": "payment_intent_payment_attempt_failed" })),
            "created": self.created, "livemode": false,
        })
    }

    pub fn charge_json(&self) -> Value {
        let status = match (self.means, self.status) {
            (Means::Card, _) | (Means::BankDebit, "succeeded") => "succeeded",
            (Means::BankDebit, "processing") => "pending",
            (Means::BankDebit, _) => "failed",
        };
        let details = match self.means {
            Means::Card => json!({ "type": "card", "card": { "capture_before": self.capture_before } }),
            Means::BankDebit => json!({ "type": "bacs_debit", "bacs_debit": {} }),
        };
        // What is released counts as refunded here, although it was never taken.
        let refunded = self.refunded + self.released;
        json!({
            "id": self.charge, "object": "charge", "amount": self.amount, "amount_captured": self.received,
            "amount_refunded": refunded, "captured": self.received > 0, "paid": status == "succeeded",
            "refunded": refunded == self.amount, "disputed": self.disputed, "payment_method_details": details,
            "currency": self.currency, "payment_intent": self.id, "metadata": self.metadata, "status": status,
            "created": self.created, "livemode": false,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Refund {
    pub id: String,
    pub intent: String,
    pub charge: String,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    pub pending_reason: Option<&'static str>,
    pub failure: Option<&'static str>,
    /// What was chosen in the Dashboard; ours have none.
    pub reason: Option<String>,
    pub metadata: Metadata,
    pub created: i64,
}

impl Refund {
    pub fn json(&self) -> Value {
        let mut refund = json!({
            "id": self.id, "object": "refund", "amount": self.amount, "currency": self.currency, "charge": self.charge,
            "payment_intent": self.intent, "metadata": self.metadata, "reason": self.reason, "status": self.status,
            "created": self.created,
        });
        // Stripe leaves these out where they say nothing.
        if let Some(reason) = self.pending_reason {
            refund["pending_reason"] = json!(reason);
        }
        if let Some(failure) = self.failure {
            refund["failure_reason"] = json!(failure);
            refund["failure_balance_transaction"] = json!(self.id.replace("re_", "txn_"));
        }
        if self.status == "requires_action" {
            let until = self.created + 45 * 86_400;
            refund["next_action"] = json!({
                "type": "display_details",
                "display_details": { "email_sent": { "email_sent_at": self.created }, "expires_at": until },
            });
        }
        refund
    }
}

#[derive(Clone, Debug)]
pub struct Dispute {
    pub id: String,
    pub intent: String,
    pub charge: String,
    pub amount: i64,
    pub currency: String,
    pub status: &'static str,
    pub created: i64,
}

impl Dispute {
    pub fn is_open(&self) -> bool {
        self.status == "needs_response"
    }

    pub fn is_lost(&self) -> bool {
        self.status == "lost"
    }

    /// The money is away, for now or for good.
    pub(super) fn takes_from(&self, intent: &str) -> bool {
        self.intent == intent && (self.is_open() || self.is_lost())
    }

    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "dispute", "amount": self.amount, "currency": self.currency, "charge": self.charge,
            "payment_intent": self.intent, "metadata": {}, "reason": "fraudulent", "status": self.status,
            "is_charge_refundable": false, "created": self.created, "livemode": false,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub created: i64,
    /// Somebody said 2xx to it.
    pub delivered: bool,
    /// The whole event, as it is sent each time.
    pub body: Arc<Value>,
}

impl Event {
    pub(super) fn of(id: String, kind: &str, object: Value, now: Millis) -> Self {
        let created = now / 1000;
        let mut body = json!({
            "id": id, "object": "event", "type": kind, "api_version": "2026-06-24.dahlia",
            "created": created, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "data": {},
        });
        body["data"]["object"] = object;
        Self {
            id,
            kind: kind.to_owned(),
            created,
            delivered: false,
            body: Arc::new(body),
        }
    }
}
