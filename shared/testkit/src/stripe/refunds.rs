//! Refunds: made at once or not yet, and never quite final.

use super::answer::{invalid, missing, ok, refused};
use super::{Form, Refund, Reply, Stripe};
use crate::queues::Millis;

/// Why a new refund is not done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    Processing,
    /// The account's balance is too low.
    InsufficientFunds,
    /// The buyer must say where the money shall go.
    RequiresAction,
}

impl Pending {
    fn status(self) -> &'static str {
        match self {
            Self::Processing | Self::InsufficientFunds => "pending",
            Self::RequiresAction => "requires_action",
        }
    }

    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Processing => Some("processing"),
            Self::InsufficientFunds => Some("insufficient_funds"),
            Self::RequiresAction => None,
        }
    }
}

impl Stripe {
    pub(super) fn refund(&mut self, form: &Form, now: Millis) -> Reply {
        if self.faults.refuse_refunds {
            return refused(
                "charge_not_refundable",
                "This charge cannot be refunded by your account at the moment.",
            );
        }
        let pending = self.faults.refunds_pend;
        let id = self.id("re_");
        let of = form.get("payment_intent").unwrap_or_default();
        let Some(paid) = self.intents.iter_mut().find(|known| known.id == of) else {
            return missing();
        };
        let left = paid.received - paid.refunded;
        let Some(amount) = form.amount("amount", left) else {
            return invalid("amount", "parameter_invalid_integer", "Invalid integer.");
        };
        if paid.received == 0 {
            let never = format!(
                "This PaymentIntent ({}) does not have a successful charge to refund.",
                paid.id
            );
            return refused("", &never);
        }
        if self.disputes.iter().any(|dispute| dispute.takes_from(&paid.id)) {
            let taken = format!("Charge {} has been charged back; cannot issue a refund.", paid.charge);
            return refused("charge_disputed", &taken);
        }
        if left == 0 {
            return refused("charge_already_refunded", "Charge has already been refunded.");
        }
        if amount > left {
            let more = "Refund amount is greater than unrefunded amount on charge.";
            return refused("amount_too_large", more);
        }
        paid.refunded += amount;
        let charge = paid.charge_json();
        let refund = Refund {
            id,
            intent: paid.id.clone(),
            charge: paid.charge.clone(),
            amount,
            currency: paid.currency.clone(),
            status: pending.map_or("succeeded", Pending::status).to_owned(),
            pending_reason: pending.and_then(Pending::reason),
            failure: None,
            reason: form.get("reason").map(str::to_owned),
            metadata: form.map("metadata"),
            created: now / 1000,
        };
        let body = refund.json();
        self.refunds.push(refund);
        self.emit("refund.created", body.clone(), now);
        self.emit("charge.refunded", charge, now);
        ok(body)
    }

    pub(super) fn annotate_refund(&mut self, id: &str, form: &Form, now: Millis) -> Reply {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == id) else {
            return missing();
        };
        refund.metadata.extend(form.map("metadata"));
        let body = refund.json();
        self.emit("refund.updated", body.clone(), now);
        ok(body)
    }

    /// Somebody refunds a part in the Dashboard, and fills in more there than the amount.
    pub fn refund_part_with_words(&mut self, intent: &str, amount: i64, words: &[(&str, &str)], now: Millis) -> Reply {
        let amount = amount.to_string();
        let fields = [("payment_intent", intent), ("amount", amount.as_str())];
        let fields: Vec<(&str, &str)> = words.iter().copied().chain(fields).collect();
        self.refund(&Form::of(&fields), now)
    }

    /// Somebody refunds in the Dashboard, without a word to us.
    pub fn refund_by_hand(&mut self, intent: &str, now: Millis) -> Reply {
        self.refund(&Form::of(&[("payment_intent", intent)]), now)
    }

    /// Somebody refunds a part in the Dashboard.
    pub fn refund_part_by_hand(&mut self, intent: &str, amount: i64, now: Millis) -> Reply {
        let amount = amount.to_string();
        self.refund(&Form::of(&[("payment_intent", intent), ("amount", &amount)]), now)
    }

    /// A refund that had succeeded comes back, days later.
    pub fn fail_refund(&mut self, id: &str, now: Millis) -> bool {
        self.settle_refund(id, "failed", now)
    }

    /// A refund moves on: to `succeeded`, `failed`, `canceled` or `requires_action`. False: not from where it stands.
    pub fn settle_refund(&mut self, id: &str, status: &str, now: Millis) -> bool {
        let poor = self
            .refunds
            .iter()
            .any(|refund| refund.id == id && refund.pending_reason == Some("insufficient_funds"));
        let cause = if poor {
            "insufficient_funds"
        } else {
            "expired_or_canceled_card"
        };
        self.move_refund(id, status, cause, now)
    }

    pub(super) fn move_refund(&mut self, id: &str, status: &str, cause: &'static str, now: Millis) -> bool {
        let Some(refund) = self.refunds.iter_mut().find(|refund| refund.id == id) else {
            return false;
        };
        let from = refund.status.as_str();
        let possible = match status {
            "failed" | "canceled" => matches!(from, "pending" | "requires_action" | "succeeded"),
            "succeeded" => matches!(from, "pending" | "requires_action"),
            "requires_action" => from == "pending",
            _ => false,
        };
        if !possible {
            return false;
        }
        status.clone_into(&mut refund.status);
        refund.pending_reason = None;
        refund.failure = (status == "failed").then_some(cause);
        let body = refund.json();
        if matches!(status, "failed" | "canceled") {
            for intent in self.intents.iter_mut().filter(|intent| intent.id == refund.intent) {
                intent.refunded -= refund.amount;
            }
        }
        self.emit("refund.updated", body.clone(), now);
        if status == "failed" {
            self.emit("refund.failed", body, now);
        }
        true
    }
}
