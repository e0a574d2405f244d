//! Holds: captured, given up, or lapsed.

use super::answer::{invalid, missing, ok, refused};
use super::objects::Canceled;
use super::{Form, Intent, Reply, Stripe};
use crate::queues::Millis;

const CANCELLATION_REASONS: [&str; 4] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];

impl Stripe {
    pub(super) fn annotate(&mut self, id: &str, form: &Form) -> Reply {
        let Some(intent) = self.intents.iter_mut().find(|intent| intent.id == id) else {
            return missing();
        };
        intent.metadata.extend(form.map("metadata"));
        ok(intent.json())
    }

    pub(super) fn capture(&mut self, id: &str, form: &Form, now: Millis) -> Reply {
        // Nobody captures what has lapsed, whether or not anybody has looked since.
        self.lapse_overdue(now);
        let Some(intent) = self.intents.iter_mut().find(|intent| intent.id == id) else {
            return missing();
        };
        let Some(amount) = form.amount("amount_to_capture", intent.capturable) else {
            return invalid("amount_to_capture", "parameter_invalid_integer", "Invalid integer.");
        };
        if intent.status != "requires_capture" {
            return unexpected_state(intent, "captured", "requires_capture");
        }
        if amount > intent.capturable {
            return refused(
                "amount_too_large",
                "The amount to capture is greater than the amount which was authorized.",
            );
        }
        intent.status = "succeeded";
        intent.received = amount;
        intent.capturable = 0;
        // One capture is all there is: the rest is the buyer's again.
        intent.released = intent.amount - amount;
        let (body, charge) = (intent.json(), intent.charge_json());
        for session in &mut self.sessions {
            if session.intent.as_deref() == Some(id) {
                session.payment_status = "paid";
            }
        }
        self.emit("charge.captured", charge, now);
        self.emit("payment_intent.succeeded", body.clone(), now);
        ok(body)
    }

    pub(super) fn cancel(&mut self, id: &str, form: &Form, now: Millis) -> Reply {
        let reason = form.get("cancellation_reason");
        if reason.is_some_and(|reason| !CANCELLATION_REASONS.contains(&reason)) {
            return invalid("cancellation_reason", "", "Invalid cancellation_reason.");
        }
        self.lapse_overdue(now);
        let Some(intent) = self.intents.iter_mut().find(|intent| intent.id == id) else {
            return missing();
        };
        let held = intent.status == "requires_capture";
        if !held && !matches!(intent.status, "requires_payment_method" | "processing") {
            return unexpected_state(
                intent,
                "canceled",
                "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing",
            );
        }
        give_up(intent, reason, now);
        let (body, charge) = (intent.json(), intent.charge_json());
        self.emit("payment_intent.canceled", body.clone(), now);
        if held {
            // So Stripe shows a void: a charge that was never captured is refunded.
            self.emit("charge.refunded", charge, now);
        }
        ok(body)
    }

    /// The bank takes back what was held and never captured.
    pub fn lapse_overdue(&mut self, now: Millis) {
        let overdue = |intent: &&mut Intent| {
            let deadline = intent.capture_before.filter(|_| intent.status == "requires_capture");
            deadline.is_some_and(|deadline| deadline * 1000 <= now)
        };
        let mut lapsed = Vec::new();
        for intent in self.intents.iter_mut().filter(overdue) {
            give_up(intent, Some("automatic"), now);
            lapsed.push((intent.json(), intent.charge_json()));
        }
        for (intent, charge) in lapsed {
            self.emit("charge.expired", charge, now);
            self.emit("payment_intent.canceled", intent, now);
        }
    }

    /// Somebody captures in the Dashboard, without a word to us.
    pub fn capture_by_hand(&mut self, intent: &str, now: Millis) -> Reply {
        self.capture(intent, &Form::default(), now)
    }

    /// Somebody cancels in the Dashboard, without a word to us.
    pub fn cancel_by_hand(&mut self, intent: &str, now: Millis) -> Reply {
        self.cancel(intent, &Form::default(), now)
    }
}

fn give_up(intent: &mut Intent, reason: Option<&str>, now: Millis) {
    intent.status = "canceled";
    intent.released = intent.capturable;
    intent.capturable = 0;
    intent.canceled = Some(Canceled {
        at: now / 1000,
        reason: reason.map(str::to_owned),
    });
}

fn unexpected_state(intent: &Intent, participle: &str, possible: &str) -> Reply {
    let message = format!(
        "This PaymentIntent could not be {participle} because it has a status of {}. Only a PaymentIntent with one of \
         the following statuses may be {participle}: {possible}.",
        intent.status
    );
    refused("payment_intent_unexpected_state", &message).with("payment_intent", intent.json())
}
