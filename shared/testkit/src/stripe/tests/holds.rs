//! Manual capture.

use super::*;

const WEEK: Millis = 7 * DAY;

fn capture(shop: &mut Shop, intent: &str, fields: &[(&str, &str)], now: Millis) -> Reply {
    shop.posts(&format!("/v1/payment_intents/{intent}/capture"), fields, None, now)
}

fn cancel(shop: &mut Shop, intent: &str, fields: &[(&str, &str)], now: Millis) -> Reply {
    shop.posts(&format!("/v1/payment_intents/{intent}/cancel"), fields, None, now)
}

#[test]
fn paying_holds_the_money() {
    let mut shop = Shop::default();
    let session = shop.opens_hold();
    shop.stripe.pay(&session, None, 5_000).unwrap();
    assert_eq!(
        shop.told(),
        ["payment_intent.amount_capturable_updated", "checkout.session.completed"]
    );
    assert_eq!(shop.last("checkout.session.completed")["payment_status"], "unpaid");
    assert_eq!(shop.last("checkout.session.completed")["status"], "complete");

    let id = shop.stripe.intents[0].id.clone();
    let intent = shop.gets(&format!("/v1/payment_intents/{id}"));
    assert_eq!(intent["status"], "requires_capture");
    assert_eq!(intent["capture_method"], "manual");
    assert_eq!(intent["amount_capturable"], PRICE);
    assert_eq!(intent["amount_received"], 0);
    assert!(intent["latest_charge"].is_string());

    let charge = shop.gets(&format!("/v1/payment_intents/{id}?expand%5B%5D=latest_charge"))["latest_charge"].clone();
    assert_eq!(charge["id"], intent["latest_charge"]);
    assert_eq!(charge["captured"], false);
    let deadline = &charge["payment_method_details"]["card"]["capture_before"];
    assert_eq!(*deadline, 5 + WEEK / 1000);
    let held = Truth {
        held: PRICE,
        ..Truth::default()
    };
    assert_eq!(shop.money(), held);
}

#[test]
fn a_hold_is_captured_once() {
    let (mut shop, intent) = Shop::held();
    let captured = capture(&mut shop, &intent, &[], DAY);
    assert_eq!(captured.body["status"], "succeeded");
    assert_eq!(captured.body["amount_received"], PRICE);
    assert_eq!(captured.body["amount_capturable"], 0);
    assert_eq!(shop.told(), ["charge.captured", "payment_intent.succeeded"]);
    assert_eq!(shop.last("charge.captured")["captured"], true);
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
    assert_eq!(shop.stripe.sessions[0].payment_status, "paid");

    for again in [
        capture(&mut shop, &intent, &[], DAY),
        cancel(&mut shop, &intent, &[], DAY),
    ] {
        assert_eq!(code(&again), (400, "payment_intent_unexpected_state"));
        assert_eq!(again.body["error"]["payment_intent"]["status"], "succeeded");
    }
    assert_eq!(shop.refunds("a", DAY).status, 200);
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, PRICE));
}

#[test]
fn a_part_is_captured_and_the_rest_released() {
    let (mut shop, intent) = Shop::held();
    let capture_of = |shop: &mut Shop, amount| capture(shop, &intent, &[("amount_to_capture", amount)], 0);
    assert_eq!(code(&capture_of(&mut shop, "48001")), (400, "amount_too_large"));
    assert_eq!(code(&capture_of(&mut shop, "0")), (400, "parameter_invalid_integer"));
    assert_eq!(capture_of(&mut shop, "30000").body["amount_received"], 30_000);
    let charge = shop.last("charge.captured");
    assert_eq!(
        (&charge["amount_captured"], &charge["refunded"]),
        (&30_000.into(), &false.into())
    );
    let money = Truth {
        captured: 30_000,
        ..Truth::default()
    };
    assert_eq!(shop.money(), money);
    assert_eq!(code(&shop.refunds("a", 0)), (400, "amount_too_large"));
}

#[test]
fn a_void_looks_like_a_refund_of_what_was_never_captured() {
    let (mut shop, intent) = Shop::held();
    let bad = cancel(&mut shop, &intent, &[("cancellation_reason", "boredom")], 0);
    assert_eq!(bad.status, 400);
    let reason = [("cancellation_reason", "requested_by_customer")];
    let canceled = cancel(&mut shop, &intent, &reason, 9_000);
    assert_eq!(canceled.body["status"], "canceled");
    assert_eq!(canceled.body["cancellation_reason"], "requested_by_customer");
    assert_eq!(canceled.body["canceled_at"], 9);
    assert_eq!(canceled.body["amount_capturable"], 0);
    assert_eq!(shop.told(), ["payment_intent.canceled", "charge.refunded"]);
    let charge = shop.last("charge.refunded");
    assert_eq!(
        (&charge["captured"], &charge["amount_refunded"]),
        (&false.into(), &PRICE.into())
    );
    assert!(shop.stripe.refunds.is_empty(), "a void is no refund");
    assert_eq!(shop.money(), Truth::default());
    let again = cancel(&mut shop, &intent, &reason, 9_000);
    assert_eq!(code(&again), (400, "payment_intent_unexpected_state"));
    assert_eq!(again.body["error"]["payment_intent"]["id"], intent);
}

#[test]
fn what_is_only_held_cannot_be_refunded() {
    let (mut shop, _) = Shop::held();
    let refused = shop.refunds("a", 0);
    assert_eq!(refused.status, 400);
    assert!(
        refused.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("successful charge")
    );
    assert!(shop.told().is_empty());
}

#[test]
fn a_hold_lapses_after_a_week() {
    let (mut shop, intent) = Shop::held();
    shop.stripe.expire_overdue(WEEK - 1_000);
    assert!(shop.told().is_empty());
    shop.stripe.expire_overdue(WEEK);
    assert_eq!(shop.told(), ["charge.expired", "payment_intent.canceled"]);
    assert_eq!(shop.last("payment_intent.canceled")["cancellation_reason"], "automatic");
    assert_eq!(shop.last("charge.expired")["captured"], false);
    assert_eq!(shop.money(), Truth::default());
    shop.stripe.expire_overdue(WEEK);
    assert!(shop.told().is_empty(), "it lapses once");
    assert_eq!(
        code(&capture(&mut shop, &intent, &[], WEEK)),
        (400, "payment_intent_unexpected_state")
    );
}

#[test]
fn a_lapsed_hold_is_not_captured_although_nobody_looked() {
    let (mut shop, intent) = Shop::held();
    let late = capture(&mut shop, &intent, &[], WEEK);
    assert_eq!(late.body["error"]["payment_intent"]["cancellation_reason"], "automatic");
}

#[test]
fn people_capture_and_cancel_in_the_dashboard() {
    let (mut shop, intent) = Shop::held();
    assert_eq!(shop.stripe.capture_by_hand(&intent, 0).status, 200);
    assert_eq!(shop.told(), ["charge.captured", "payment_intent.succeeded"]);
    let (mut shop, intent) = Shop::held();
    assert_eq!(shop.stripe.cancel_by_hand(&intent, 0).status, 200);
    assert_eq!(shop.told(), ["payment_intent.canceled", "charge.refunded"]);
    assert_eq!(shop.stripe.capture_by_hand(&intent, 0).status, 400);
}
