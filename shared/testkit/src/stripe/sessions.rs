//! Payment pages: opened by us, paid by the buyer at once or in days, or over.

use super::answer::{invalid, missing, ok, refused};
use super::objects::Means;
use super::{Form, Intent, Reply, Session, Stripe};
use crate::queues::Millis;

impl Stripe {
    pub(super) fn open_session(&mut self, form: &Form, now: Millis) -> Reply {
        let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let amount = form.number("line_items[0][price_data][unit_amount]");
        let quantity = form.number("line_items[0][quantity]");
        let (Some(amount), Some(quantity)) = (
            amount.filter(|amount| *amount >= 0),
            quantity.filter(|count| *count > 0),
        ) else {
            let needs = "line_items[0] needs quantity and price_data[unit_amount].";
            return invalid("line_items[0]", "parameter_missing", needs);
        };
        if form.get("mode") != Some("payment") {
            return invalid("mode", "parameter_missing", "This account sells with mode=payment.");
        }
        let manual = match form.get("payment_intent_data[capture_method]") {
            None | Some("automatic" | "automatic_async") => false,
            Some("manual") => true,
            Some(_) => return invalid("payment_intent_data[capture_method]", "", "Invalid capture_method."),
        };
        let expires_at = form.number("expires_at").unwrap_or(now / 1000 + 86_400);
        if expires_at < now / 1000 + 1_800 - 60 || expires_at > now / 1000 + 86_400 + 60 {
            let window = "expires_at must be between 30 minutes and 24 hours after Checkout Session creation.";
            return invalid("expires_at", "", window);
        }
        // A name that can never exist (RFC 2606) stands for whatever Stripe's own look finds wrong.
        if field("customer_email").ends_with(".invalid") {
            let says = format!("Invalid email address: {}", field("customer_email"));
            return invalid("customer_email", "email_invalid", &says);
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
            manual,
            status: "open".to_owned(),
            payment_status: "unpaid",
            intent: None,
            created: now / 1000,
        };
        let body = session.json();
        self.sessions.push(session);
        ok(body)
    }

    pub(super) fn expire_session(&mut self, id: &str, now: Millis) -> Reply {
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) else {
            return missing();
        };
        if session.status != "open" {
            let only = "Only Checkout Sessions with a status of open can be expired.";
            return refused("", only);
        }
        session.status = "expired".to_owned();
        let body = session.json();
        self.emit("checkout.session.expired", body.clone(), now);
        ok(body)
    }

    pub(super) fn expire_unpaid(&mut self, now: Millis) {
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

    /// The buyer pays on the payment page. `amount` is what is charged, so that a test may charge the wrong one.
    pub fn pay(&mut self, session: &str, amount: Option<i64>, now: Millis) -> Result<String, &'static str> {
        self.complete(session, amount, Means::Card, now)
    }

    /// The buyer chooses a bank debit: the form is done, and the money comes in days or never.
    pub fn pay_later(&mut self, session: &str, now: Millis) -> Result<String, &'static str> {
        self.complete(session, None, Means::BankDebit, now)
    }

    fn complete(
        &mut self,
        session: &str,
        amount: Option<i64>,
        means: Means,
        now: Millis,
    ) -> Result<String, &'static str> {
        self.expire_overdue(now);
        let (intent, charge) = (self.id("pi_"), self.id("ch_"));
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
        if session.manual && means == Means::BankDebit {
            return Err("A bank debit cannot be held. Pay with a card.");
        }
        session.status = "complete".to_owned();
        session.amount = amount.unwrap_or(session.amount);
        let back = session.success_url.clone();
        if session.amount == 0 {
            // Nothing is charged, so there is no PaymentIntent at all.
            session.payment_status = "no_payment_required";
            let body = session.json();
            self.emit("checkout.session.completed", body, now);
            return Ok(back);
        }
        session.intent = Some(intent.clone());
        let made = Intent::of(session, intent, charge, means, now);
        let first = match (means, session.manual) {
            (Means::Card, false) => Some("payment_intent.succeeded"),
            (Means::Card, true) => Some("payment_intent.amount_capturable_updated"),
            (Means::BankDebit, _) => None,
        };
        if made.status == "succeeded" {
            session.payment_status = "paid";
        }
        let (session_json, intent_json) = (session.json(), made.json());
        self.intents.push(made);
        if let Some(kind) = first {
            self.emit(kind, intent_json, now);
        }
        self.emit("checkout.session.completed", session_json, now);
        Ok(back)
    }

    /// The bank pays a debit. False: none is on its way.
    pub fn money_arrives(&mut self, session: &str, now: Millis) -> bool {
        let Some((session, intent)) = self.under_way(session) else {
            return false;
        };
        session.payment_status = "paid";
        intent.status = "succeeded";
        intent.received = intent.amount;
        let (session, intent) = (session.json(), intent.json());
        self.emit("payment_intent.succeeded", intent, now);
        self.emit("checkout.session.async_payment_succeeded", session, now);
        true
    }

    /// The bank refuses a debit, days after the buyer has gone. False: none is on its way.
    pub fn money_fails(&mut self, session: &str, now: Millis) -> bool {
        let Some((session, intent)) = self.under_way(session) else {
            return false;
        };
        intent.status = "requires_payment_method";
        let (session, intent) = (session.json(), intent.json());
        self.emit("payment_intent.payment_failed", intent, now);
        self.emit("checkout.session.async_payment_failed", session, now);
        true
    }

    fn under_way(&mut self, session: &str) -> Option<(&mut Session, &mut Intent)> {
        let session = self.sessions.iter_mut().find(|known| known.id == session)?;
        let intent = self
            .intents
            .iter_mut()
            .find(|intent| session.intent.as_ref() == Some(&intent.id))?;
        (intent.status == "processing").then_some((session, intent))
    }
}
