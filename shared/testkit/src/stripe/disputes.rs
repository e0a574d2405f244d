//! Disputes: the bank takes the money back first and asks afterwards.

use super::{Dispute, Stripe};
use crate::queues::Millis;

impl Stripe {
    /// The buyer disputes what has not been refunded. None: there is nothing to dispute.
    pub fn dispute(&mut self, intent: &str, now: Millis) -> Option<String> {
        if self.disputes.iter().any(|dispute| dispute.takes_from(intent)) {
            return None;
        }
        let of = |status: &str| -> Vec<(String, i64)> {
            self.refunds
                .iter()
                .filter(|refund| refund.intent == intent && refund.status == status)
                .map(|refund| (refund.id.clone(), refund.amount))
                .collect()
        };
        let gone: i64 = of("succeeded").iter().map(|(_, amount)| amount).sum();
        let on_their_way = [of("pending"), of("requires_action")].concat();
        let paid = self.intents.iter_mut().find(|known| known.id == intent)?;
        let amount = paid.received - gone;
        if amount <= 0 {
            return None;
        }
        paid.disputed = true;
        let (charge, currency) = (paid.charge.clone(), paid.currency.clone());
        for (refund, _) in on_their_way {
            self.move_refund(&refund, "failed", "charge_for_pending_refund_disputed", now);
        }
        let dispute = Dispute {
            id: self.id("du_"),
            intent: intent.to_owned(),
            charge,
            amount,
            currency,
            status: "needs_response",
            created: now / 1000,
        };
        let (id, body) = (dispute.id.clone(), dispute.json());
        self.disputes.push(dispute);
        self.emit("charge.dispute.created", body.clone(), now);
        self.emit("charge.dispute.funds_withdrawn", body, now);
        Some(id)
    }

    /// The bank asks before it takes anything. None: there is no such payment.
    pub fn inquire(&mut self, intent: &str, now: Millis) -> Option<String> {
        let paid = self.intents.iter().find(|known| known.id == intent)?;
        let (charge, currency, amount) = (paid.charge.clone(), paid.currency.clone(), paid.received);
        let inquiry = Dispute {
            id: self.id("du_"),
            intent: intent.to_owned(),
            charge,
            amount,
            currency,
            status: "warning_needs_response",
            created: now / 1000,
        };
        let (id, body) = (inquiry.id.clone(), inquiry.json());
        self.disputes.push(inquiry);
        self.emit("charge.dispute.created", body, now);
        Some(id)
    }

    /// The bank asks no more. False: no such inquiry is open.
    pub fn close_inquiry(&mut self, id: &str, now: Millis) -> bool {
        let open = |dispute: &&mut Dispute| dispute.id == id && dispute.status == "warning_needs_response";
        let Some(inquiry) = self.disputes.iter_mut().find(open) else {
            return false;
        };
        inquiry.status = "warning_closed";
        let body = inquiry.json();
        self.emit("charge.dispute.closed", body, now);
        true
    }

    /// The bank decides. False: no such dispute is open.
    pub fn close_dispute(&mut self, id: &str, won: bool, now: Millis) -> bool {
        let open = |dispute: &&mut Dispute| dispute.id == id && dispute.is_open();
        let Some(dispute) = self.disputes.iter_mut().find(open) else {
            return false;
        };
        dispute.status = if won { "won" } else { "lost" };
        let body = dispute.json();
        self.emit("charge.dispute.closed", body.clone(), now);
        if won {
            self.emit("charge.dispute.funds_reinstated", body, now);
        }
        true
    }
}
