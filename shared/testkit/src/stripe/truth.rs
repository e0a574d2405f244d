//! Where the money is, in Stripe's own word: what a test compares our books with.

use super::{Dispute, Intent, Stripe};

/// The money of one order, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    pub captured: i64,
    /// Refunds that have neither failed nor been canceled.
    pub returned: i64,
    /// Disputes that were lost.
    pub lost: i64,
    /// Holds that still stand and are not captured.
    pub held: i64,
    /// Disputes that are open: the money is away, perhaps for good.
    pub disputed: i64,
}

impl Stripe {
    /// Captured and returned of all payments that carry the order's id.
    pub fn truth(&self, order: &str) -> (i64, i64) {
        let money = self.money(order);
        (money.captured, money.returned)
    }

    /// All that became of the payments that carry the order's id.
    pub fn money(&self, order: &str) -> Truth {
        let of_order = |intent: &&Intent| intent.metadata.get("order").map(String::as_str) == Some(order);
        let mut money = Truth::default();
        for intent in self.intents.iter().filter(of_order) {
            let disputed = |which: fn(&Dispute) -> bool| -> i64 {
                let mine = self.disputes.iter().filter(|dispute| dispute.intent == intent.id);
                mine.filter(|dispute| which(dispute))
                    .map(|dispute| dispute.amount)
                    .sum()
            };
            money.captured += intent.received;
            money.returned += intent.refunded;
            money.lost += disputed(Dispute::is_lost);
            money.held += intent.capturable;
            money.disputed += disputed(Dispute::is_open);
        }
        money
    }
}
