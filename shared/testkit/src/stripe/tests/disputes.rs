//! Disputes, open, won and lost.

use super::*;

#[test]
fn a_dispute_takes_the_money_first() {
    let (mut shop, intent) = Shop::paid();
    let id = shop.stripe.dispute(&intent, 0).unwrap();
    assert_eq!(
        shop.told(),
        ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    );
    let dispute = shop.last("charge.dispute.created");
    assert_eq!(dispute["id"], id);
    assert_eq!(dispute["status"], "needs_response");
    assert_eq!(dispute["reason"], "fraudulent");
    assert_eq!(dispute["payment_intent"], intent);
    assert_eq!(dispute["charge"], shop.stripe.intents[0].charge);
    assert_eq!(dispute["amount"], PRICE);
    assert_eq!(shop.stripe.intents[0].charge_json()["disputed"], true);
    assert_eq!((shop.money().disputed, shop.money().lost), (PRICE, 0));
    assert_eq!(code(&shop.refunds("a", 0)), (400, "charge_disputed"));
    assert!(shop.stripe.dispute(&intent, 0).is_none(), "one at a time");
    assert_eq!(
        shop.ids(&format!("/v1/disputes?payment_intent={intent}")),
        [id.as_str()]
    );
    assert!(shop.ids("/v1/disputes?payment_intent=pi_other").is_empty());
    assert_eq!(shop.gets(&format!("/v1/disputes/{id}"))["id"], id);
}

#[test]
fn a_dispute_that_is_won_gives_it_back() {
    let (mut shop, intent) = Shop::paid();
    let id = shop.stripe.dispute(&intent, 0).unwrap();
    shop.told();
    assert!(shop.stripe.close_dispute(&id, true, DAY));
    assert_eq!(
        shop.told(),
        ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    );
    assert_eq!(shop.last("charge.dispute.closed")["status"], "won");
    assert_eq!((shop.money().disputed, shop.money().lost), (0, 0));
    assert_eq!(shop.refunds("a", DAY).status, 200);
    assert!(!shop.stripe.close_dispute(&id, false, DAY), "it is closed");
}

#[test]
fn a_dispute_that_is_lost_keeps_it() {
    let (mut shop, intent) = Shop::paid();
    let id = shop.stripe.dispute(&intent, 0).unwrap();
    shop.told();
    assert!(shop.stripe.close_dispute(&id, false, DAY));
    assert_eq!(shop.told(), ["charge.dispute.closed"]);
    assert_eq!(shop.last("charge.dispute.closed")["status"], "lost");
    assert_eq!((shop.money().disputed, shop.money().lost), (0, PRICE));
    assert_eq!(code(&shop.refunds("a", DAY)), (400, "charge_disputed"));
}

#[test]
fn only_what_was_not_refunded_is_disputed() {
    let (mut shop, intent) = Shop::paid();
    shop.stripe.refund_part_by_hand(&intent, 8_000, 0);
    shop.stripe.dispute(&intent, 0).unwrap();
    assert_eq!(shop.money().disputed, 40_000);
    let (mut shop, intent) = Shop::paid();
    shop.stripe.refund_by_hand(&intent, 0);
    assert!(shop.stripe.dispute(&intent, 0).is_none());
    let (mut shop, intent) = Shop::held();
    assert!(shop.stripe.dispute(&intent, 0).is_none(), "nothing was taken");
}

#[test]
fn a_dispute_overtakes_a_pending_refund() {
    let (mut shop, intent) = Shop::paid();
    shop.stripe.faults.refunds_pend = Some(Pending::InsufficientFunds);
    shop.refunds("a", 0);
    shop.told();
    shop.stripe.dispute(&intent, DAY).unwrap();
    assert_eq!(
        shop.told(),
        [
            "refund.updated",
            "refund.failed",
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn"
        ]
    );
    assert_eq!(
        shop.last("refund.failed")["failure_reason"],
        "charge_for_pending_refund_disputed"
    );
    assert_eq!((shop.money().returned, shop.money().disputed), (0, PRICE));
}
