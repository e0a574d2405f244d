//! Stripe's objects, with the fields that its own clients read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

type Metadata = BTreeMap<String, String>;

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
    pub status: String,
    pub intent: Option<String>,
    pub created: i64,
}

impl Session {
    pub fn json(&self) -> Value {
        let paid = self.status == "complete";
        json!({
            "id": self.id, "object": "checkout.session", "mode": "payment", "status": self.status,
            "payment_status": if paid { "paid" } else { "unpaid" }, "payment_intent": self.intent,
            "amount_subtotal": self.amount, "amount_total": self.amount, "currency": self.currency,
            "client_reference_id": self.reference, "customer_email": self.email, "metadata": self.metadata,
            "success_url": self.success_url, "cancel_url": self.cancel_url, "expires_at": self.expires_at,
            "url": if self.status == "open" { json!(self.url) } else { Value::Null },
            "created": self.created, "livemode": false,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Intent {
    pub id: String,
    pub charge: String,
    pub amount: i64,
    pub currency: String,
    pub metadata: Metadata,
    pub refunded: i64,
    pub created: i64,
}

impl Intent {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "payment_intent", "amount": self.amount, "amount_received": self.amount,
            "amount_capturable": 0, "capture_method": "automatic", "currency": self.currency,
            "latest_charge": self.charge, "metadata": self.metadata, "status": "succeeded",
            "created": self.created, "livemode": false,
        })
    }

    pub fn charge_json(&self) -> Value {
        json!({
            "id": self.charge, "object": "charge", "amount": self.amount, "amount_captured": self.amount,
            "amount_refunded": self.refunded, "captured": true, "paid": true, "refunded": self.refunded == self.amount,
            "currency": self.currency, "payment_intent": self.id, "metadata": self.metadata, "status": "succeeded",
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
    pub metadata: Metadata,
    pub created: i64,
}

impl Refund {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "refund", "amount": self.amount, "currency": self.currency, "charge": self.charge,
            "payment_intent": self.intent, "metadata": self.metadata, "reason": null, "status": self.status,
            "created": self.created,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub object: Value,
    pub created: i64,
}

impl Event {
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "event", "type": self.kind, "api_version": "2026-06-24.dahlia",
            "created": self.created, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "data": { "object": self.object },
        })
    }
}
