//! Methods whose money comes in days, or never.

use super::*;

fn begun() -> (Shop, String) {
    let mut shop = Shop::default();
    let session = shop.opens(PRICE, &[]);
    shop.stripe.pay_later(&session, 0).unwrap();
    (shop, session)
}

#[test]
fn the_form_is_done_and_the_money_is_not_here() {
    let (mut shop, session) = begun();
    assert_eq!(shop.told(), ["checkout.session.completed"]);
    let told = shop.last("checkout.session.completed");
    assert_eq!(
        (&told["status"], &told["payment_status"]),
        (&"complete".into(), &"unpaid".into())
    );
    assert_eq!(shop.stripe.intents[0].json()["status"], "processing");
    assert_eq!(shop.money(), Truth::default());
    assert_eq!(shop.refunds("a", 0).status, 400);
    assert!(shop.stripe.pay(&session, None, 0).is_err());
}

#[test]
fn the_money_arrives_once() {
    let (mut shop, session) = begun();
    shop.told();
    assert!(shop.stripe.money_arrives(&session, 3 * DAY));
    assert!(!shop.stripe.money_arrives(&session, 3 * DAY));
    assert!(!shop.stripe.money_fails(&session, 3 * DAY));
    assert_eq!(
        shop.told(),
        ["payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
    );
    let told = shop.last("checkout.session.async_payment_succeeded");
    assert_eq!(told["payment_status"], "paid");
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
}

#[test]
fn the_money_never_comes() {
    let (mut shop, session) = begun();
    shop.told();
    assert!(shop.stripe.money_fails(&session, 3 * DAY));
    assert_eq!(
        shop.told(),
        ["payment_intent.payment_failed", "checkout.session.async_payment_failed"]
    );
    let told = shop.last("checkout.session.async_payment_failed");
    assert_eq!(
        (&told["status"], &told["payment_status"]),
        (&"complete".into(), &"unpaid".into())
    );
    assert_eq!(shop.stripe.intents[0].json()["status"], "requires_payment_method");
    assert_eq!(shop.stripe.intents[0].charge_json()["paid"], false);
    assert_eq!(shop.money(), Truth::default());
}

#[test]
fn what_is_under_way_can_be_called_off() {
    let (mut shop, session) = begun();
    shop.told();
    let intent = shop.stripe.intents[0].id.clone();
    assert_eq!(shop.stripe.cancel_by_hand(&intent, 0).status, 200);
    assert_eq!(shop.told(), ["payment_intent.canceled"]);
    assert!(!shop.stripe.money_arrives(&session, DAY));
}

#[test]
fn a_bank_debit_cannot_be_held() {
    let mut shop = Shop::default();
    let session = shop.opens_hold();
    assert!(shop.stripe.pay_later(&session, 0).is_err());
    assert_eq!(shop.stripe.sessions[0].status, "open");
}
