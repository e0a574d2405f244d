//! Refunds, from their making to their coming back.

use super::*;

fn refund(shop: &Shop) -> Value {
    shop.stripe.refunds[0].json()
}

#[test]
fn a_payment_can_be_refunded_once() {
    let (mut shop, _) = Shop::paid();
    assert_eq!(shop.refunds("a", 0).status, 200);
    assert!(shop.refunds("a", 1).replayed);
    assert_eq!(code(&shop.refunds("b", 1)), (400, "charge_already_refunded"));
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, PRICE));
    assert_eq!(shop.told(), ["refund.created", "charge.refunded"]);
}

#[test]
fn parts_add_up_to_no_more_than_the_charge() {
    let (mut shop, intent) = Shop::paid();
    assert_eq!(shop.stripe.refund_part_by_hand(&intent, 8_000, 0).body["amount"], 8_000);
    assert_eq!(shop.last("charge.refunded")["refunded"], false);
    assert_eq!(code(&shop.refunds("a", 0)), (400, "amount_too_large"));
    assert_eq!(shop.stripe.refund_by_hand(&intent, 0).body["amount"], 40_000);
    assert_eq!(shop.last("charge.refunded")["refunded"], true);
    assert_eq!(shop.stripe.refund_part_by_hand(&intent, -1, 0).status, 400);
}

#[test]
fn a_pending_refund_waits_and_holds_its_amount() {
    for (pending, reason) in [
        (Pending::Processing, "processing"),
        (Pending::InsufficientFunds, "insufficient_funds"),
    ] {
        let (mut shop, _) = Shop::paid();
        shop.stripe.faults.refunds_pend = Some(pending);
        let made = shop.refunds("a", 0).body;
        assert_eq!(
            (&made["status"], &made["pending_reason"]),
            (&"pending".into(), &reason.into())
        );
        assert_eq!(shop.money().returned, PRICE);
        shop.told();
        let id = shop.stripe.refunds[0].id.clone();
        assert!(shop.stripe.settle_refund(&id, "succeeded", DAY));
        assert_eq!(shop.told(), ["refund.updated"]);
        assert_eq!(refund(&shop)["status"], "succeeded");
        assert_eq!(refund(&shop)["pending_reason"], Value::Null);
    }
}

#[test]
fn a_refund_that_needs_the_buyer_says_what_is_next() {
    let (mut shop, _) = Shop::paid();
    shop.stripe.faults.refunds_pend = Some(Pending::RequiresAction);
    let made = shop.refunds("a", 0).body;
    assert_eq!(made["status"], "requires_action");
    assert_eq!(made["next_action"]["type"], "display_details");
    let id = shop.stripe.refunds[0].id.clone();
    assert!(shop.stripe.settle_refund(&id, "canceled", DAY));
    assert_eq!(refund(&shop)["next_action"], Value::Null);
    assert_eq!(shop.money().returned, 0);
    assert!(
        !shop.stripe.settle_refund(&id, "succeeded", DAY),
        "canceled is for good"
    );
}

#[test]
fn a_failed_refund_gives_its_amount_back() {
    let (mut shop, _) = Shop::paid();
    shop.refunds("a", 0);
    shop.told();
    let id = shop.stripe.refunds[0].id.clone();
    assert!(!shop.stripe.settle_refund(&id, "pending", 0));
    assert!(!shop.stripe.settle_refund(&id, "requires_action", 0));
    assert!(shop.stripe.fail_refund(&id, 20 * DAY));
    assert!(!shop.stripe.fail_refund(&id, 20 * DAY), "it fails once");
    assert_eq!(shop.told(), ["refund.updated", "refund.failed"]);
    let failed = shop.last("refund.failed");
    assert_eq!(failed["failure_reason"], "expired_or_canceled_card");
    assert!(failed["failure_balance_transaction"].is_string());
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
    assert_eq!(
        shop.refunds("b", 20 * DAY).status,
        200,
        "the amount can be returned again"
    );
}

#[test]
fn a_refund_without_funds_may_fail_for_that() {
    let (mut shop, _) = Shop::paid();
    shop.stripe.faults.refunds_pend = Some(Pending::InsufficientFunds);
    shop.refunds("a", 0);
    let id = shop.stripe.refunds[0].id.clone();
    assert!(shop.stripe.settle_refund(&id, "failed", DAY));
    assert_eq!(refund(&shop)["failure_reason"], "insufficient_funds");
}
