//! What a key remembers, and what happens on the way.

use super::*;

#[test]
fn the_same_key_gives_the_same_session() {
    let mut shop = Shop::default();
    let fields = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][unit_amount]", "48000"),
    ];
    let open = |shop: &mut Shop, fields: &[(&str, &str)]| shop.posts("/v1/checkout/sessions", fields, Some("k"), 0);
    let malformed = open(&mut shop, &fields[..2]);
    assert_eq!(malformed.status, 400);
    let first = open(&mut shop, &fields);
    assert_eq!(first.status, 200, "what was malformed is not saved");
    assert!(!first.replayed);
    let second = open(&mut shop, &fields);
    assert!(second.replayed);
    assert_eq!(first.body, second.body);
    assert_eq!(shop.stripe.sessions.len(), 1);
    let other = open(&mut shop, &fields[..2]);
    assert_eq!(other.body["error"]["type"], "idempotency_error");
}

#[test]
fn a_saved_error_is_replayed_until_its_key_is_a_day_old() {
    let (mut shop, _) = Shop::paid();
    shop.misfires("/refunds", Misfire::Error500(Done::No));
    assert_eq!(shop.refunds("a", 0).status, 500);
    let replayed = shop.refunds("a", DAY - 1);
    assert_eq!((replayed.status, replayed.replayed), (500, true));
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
    assert_eq!(shop.refunds("a", DAY).status, 200);
}

#[test]
fn an_error_may_hide_what_was_done() {
    let (mut shop, intent) = Shop::held();
    let path = format!("/v1/payment_intents/{intent}/capture");
    shop.misfires("/capture", Misfire::Error500(Done::Yes));
    assert_eq!(shop.posts(&path, &[], Some("a"), 0).status, 500);
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
    assert_eq!(shop.told(), ["charge.captured", "payment_intent.succeeded"]);
    assert_eq!(shop.posts(&path, &[], Some("a"), 0).status, 500);
    let fresh = shop.posts(&path, &[], Some("b"), 0);
    assert_eq!(code(&fresh), (400, "payment_intent_unexpected_state"));
}

#[test]
fn a_lost_reply_is_done_all_the_same() {
    let (mut shop, _) = Shop::paid();
    shop.misfires("/refunds", Misfire::Lost);
    assert_eq!(shop.refunds("a", 0).fate, Fate::Lost);
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, PRICE));
    let again = shop.refunds("a", 0);
    assert_eq!((again.status, again.replayed, again.fate), (200, true, Fate::Answered));
    shop.misfires("/refunds", Misfire::Lost);
    assert_eq!(shop.refunds("a", 0).fate, Fate::Lost, "a saved answer can be lost too");
}

#[test]
fn who_is_turned_away_may_come_again_with_the_same_key() {
    for (misfire, status, why) in [
        (Misfire::Conflict409, 409, "idempotency_key_in_use"),
        (Misfire::Throttled429, 429, "rate_limit"),
    ] {
        let (mut shop, _) = Shop::paid();
        shop.misfires("/refunds", misfire);
        assert_eq!(code(&shop.refunds("a", 0)), (status, why));
        assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
        let done = shop.refunds("a", 0);
        assert_eq!((done.status, done.replayed), (200, false));
        shop.misfires("/refunds", misfire);
        assert_eq!(shop.refunds("a", 0).status, status, "a key that is known opens no door");
        assert_eq!(shop.refunds("a", 0).status, 200);
    }
}

#[test]
fn a_refusal_is_replayed() {
    let (mut shop, _) = Shop::paid();
    shop.misfires("/refunds", Misfire::Refused400);
    assert_eq!(shop.refunds("a", 0).status, 400);
    assert_eq!(shop.refunds("a", 0).status, 400);
    assert_eq!(shop.refunds("b", 0).status, 200);
}

#[test]
fn each_misfire_waits_for_its_call() {
    let (mut shop, intent) = Shop::held();
    shop.misfires("/cancel", Misfire::Throttled429);
    shop.misfires("/capture", Misfire::Refused400);
    shop.misfires("/capture", Misfire::Lost);
    let path = format!("/v1/payment_intents/{intent}/capture");
    assert_eq!(shop.posts(&path, &[], None, 0).status, 400);
    assert_eq!(shop.posts(&path, &[], None, 0).fate, Fate::Lost);
    assert_eq!(shop.stripe.faults.next, [("/cancel".to_owned(), Misfire::Throttled429)]);
}
