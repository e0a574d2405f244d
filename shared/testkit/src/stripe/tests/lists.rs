//! Lists: newest first, page by page, from a moment on.

use super::*;

/// Three orders, paid a minute apart.
fn three() -> Shop {
    let mut shop = Shop::default();
    for minute in 0..3 {
        let session = shop.opens(PRICE, &[]);
        shop.stripe.pay(&session, None, minute * 60_000).unwrap();
    }
    shop
}

#[test]
fn payments_and_pages_come_newest_first() {
    let mut shop = three();
    let mut newest: Vec<String> = shop.stripe.intents.iter().map(|intent| intent.id.clone()).collect();
    newest.reverse();
    assert_eq!(shop.ids("/v1/payment_intents"), newest);
    assert_eq!(shop.ids("/v1/payment_intents?created[gte]=60"), newest[..2]);
    assert_eq!(shop.ids("/v1/payment_intents?created[gt]=60"), newest[..1]);
    assert_eq!(shop.ids("/v1/payment_intents?created[lt]=60"), newest[2..]);
    assert_eq!(
        shop.ids("/v1/payment_intents?created[gte]=60&created[lte]=60"),
        newest[1..2]
    );
    assert_eq!(shop.ids("/v1/checkout/sessions").len(), 3);
    assert!(shop.ids("/v1/checkout/sessions?created[gte]=1").is_empty());
    let of = shop.ids(&format!("/v1/checkout/sessions?payment_intent={}", newest[0]));
    assert_eq!(of, [shop.stripe.sessions[2].id.clone()]);
}

#[test]
fn a_list_goes_on_after_its_last() {
    let mut shop = three();
    let first = shop.gets("/v1/payment_intents?limit=2&created[gte]=0");
    assert_eq!(first["has_more"], true);
    let last = first["data"][1]["id"].as_str().unwrap().to_owned();
    let second = shop.gets(&format!("/v1/payment_intents?limit=2&starting_after={last}"));
    assert_eq!(second["has_more"], false);
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
}

#[test]
fn refunds_and_disputes_of_all_payments() {
    let mut shop = three();
    let intents: Vec<String> = shop.stripe.intents.iter().map(|intent| intent.id.clone()).collect();
    shop.stripe.refund_by_hand(&intents[0], 0);
    shop.stripe.refund_by_hand(&intents[1], 90_000);
    shop.stripe.dispute(&intents[2], 90_000).unwrap();
    assert_eq!(shop.ids("/v1/refunds").len(), 2);
    assert_eq!(shop.ids("/v1/refunds?created[gte]=90").len(), 1);
    assert_eq!(shop.ids(&format!("/v1/refunds?payment_intent={}", intents[0])).len(), 1);
    assert_eq!(shop.ids("/v1/disputes").len(), 1);
}

#[test]
fn a_second_payment_of_one_order_counts() {
    let shop = three();
    assert_eq!(shop.stripe.truth(ORDER), (3 * PRICE, 0));
}

#[test]
fn a_listed_charge_is_whole_on_request() {
    let mut shop = three();
    let whole = shop.gets("/v1/payment_intents?expand[]=data.latest_charge");
    assert_eq!(whole["data"][0]["latest_charge"]["object"], "charge");
}
