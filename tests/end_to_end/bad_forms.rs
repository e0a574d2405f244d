//! Forms as no browser sends them: the field is named, and nothing is half done.

use std::collections::BTreeSet;

use testkit::stripe::Misfire;

use crate::town::{FORM, Town, between};

const JSON: &str = "application/json";

/// A good form with one thing changed: what, from, to, and the field that the answer names.
const CHANGED: [(&str, &str, &str, &str); 13] = [
    ("an unknown product", "product=team-year", "product=gold", "product"),
    ("no product", "product=team-year", "", "product"),
    ("a bad e-mail", "jo%40example.com", "jo", "email"),
    (
        "two addresses",
        "jo%40example.com",
        "jo%40example.com%2Cal%40example.com",
        "email",
    ),
    ("an address that turns around", "jo%40", "jo%E2%80%AEoj%40", "email"),
    ("no name", "Jo+Doe", "++", "name"),
    ("a control character", "Blue", "Bl%00ue", "team"),
    ("text that turns around", "Blue", "Bl%E2%80%AEue", "team"),
    ("a negative quantity", "product=", "quantity=-1&product=", "quantity"),
    ("half a quantity", "product=", "quantity=0.5&product=", "quantity"),
    ("a field twice", "Blue", "Blue&team=Red", "team"),
    (
        "a field that we do not know",
        "product=",
        "coupon=FREE&product=",
        "coupon",
    ),
    ("no form token", "form=", "form=x", "form"),
];

#[tokio::test(flavor = "multi_thread")]
async fn checkout_names_the_field_and_stores_nothing() {
    let town = Town::open().await;
    let good = town.form("team-year").await;
    for (what, from, to, field) in CHANGED {
        refused(&town, what, FORM, swap(&good, from, to), (422, field)).await;
    }
    for (what, letters, from, field) in [
        ("an over-long name", "x".repeat(300), "Jo+Doe", "name"),
        ("an over-long team", "x".repeat(300), "Blue", "team"),
        ("10 kB of combining letters", "e%CC%81".repeat(2_500), "Jo+Doe", "name"),
    ] {
        refused(&town, what, FORM, swap(&good, from, &letters), (422, field)).await;
    }
    let huge = swap(&good, "Blue", &"x".repeat(66_000));
    let deep = [b"{\"name\":".to_vec(), vec![b'['; 20_000]].concat();
    let rows: [(&str, &str, Vec<u8>, u16, &str); 8] = [
        ("more than 64 KiB", FORM, huge, 413, "body"),
        (
            "another kind of body",
            "text/plain",
            b"hello".to_vec(),
            415,
            "content-type",
        ),
        ("not JSON", JSON, b"{nonsense".to_vec(), 400, "body"),
        ("JSON of no object", JSON, b"[1]".to_vec(), 400, "body"),
        ("deep nesting", JSON, deep, 400, "body"),
        (
            "a key twice",
            JSON,
            br#"{"name":"Jo","name":"Al"}"#.to_vec(),
            422,
            "name",
        ),
        ("a number for a name", JSON, br#"{"name":1}"#.to_vec(), 422, "name"),
        ("an unknown key", JSON, br#"{"quantity":-1}"#.to_vec(), 422, "quantity"),
    ];
    for (what, kind, body, status, field) in rows {
        refused(&town, what, kind, body, (status, field)).await;
    }
    let calls = town.stack.dynamodb.calls();
    assert_eq!(calls.get("PutItem"), None, "nothing is stored: {calls:?}");
    assert_eq!(town.stack.world.stripe().calls, 0, "Stripe is not called");
}

async fn refused(town: &Town, what: &str, kind: &str, body: Vec<u8>, (status, field): (u16, &str)) {
    let headers = [("content-type", kind.to_owned()), ("accept", JSON.to_owned())];
    let answer = town.http.post(&town.shop("/checkout"), &headers, body).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    let said: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(said["field"], field, "{what}");
    let mend = said["mend"].as_str().unwrap_or_default();
    assert!(!mend.is_empty(), "{what} has no mend");
}

/// Our own look at an address is short; Stripe's is longer. The same page with another address is another order.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_stripe_refuses_is_named_and_can_be_mended() {
    let town = Town::open().await;
    let good = town.form("team-year").await;
    let bad = swap(&good, "jo%40example.com", "jo%40example.invalid");
    let page = town.post(&town.shop("/checkout"), FORM, &bad).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.text().contains("does not accept this address"), "{}", page.text());
    let token = between(&page.text(), "name=\"form\" value=\"", "\"");
    let old = between(&format!("{good}&"), "form=", "&");
    let mended = swap(&good, &old, &token);
    assert_eq!(town.post(&town.shop("/checkout"), FORM, &mended).await.status, 303);
}

/// Another click with the same form is under way at Stripe: the buyer waits a moment and sees no error.
#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_meets_another_waits_for_it() {
    let town = Town::open().await;
    let busy = ("/checkout/sessions".to_owned(), Misfire::Conflict409);
    town.stack.world.stripe().faults.next.push(busy);
    town.order("team-year").await;
    assert_eq!(town.stack.world.stripe().sessions.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_all_scripts_are_taken_and_equal_ones_are_equal() {
    let town = Town::open().await;
    let good = town.form("team-year").await;
    let combining = swap(&good, "Blue", "Zoe%CC%88+%D7%93%D7%A0%D7%94");
    let composed = swap(&good, "Blue", "Zo%C3%AB+%D7%93%D7%A0%D7%94");
    let checkout = town.shop("/checkout");
    let first = town.post(&checkout, FORM, &combining).await;
    let second = town.post(&checkout, FORM, &composed).await;
    assert_eq!((first.status, second.status), (303, 303), "{}", second.text());
    assert_eq!(first.header("location"), second.header("location"), "one order");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clicks_at_once_are_one_order_and_two_tabs_are_two() {
    const CLICKS: usize = 50;
    let town = Town::open().await;
    let form = town.form("team-year").await;
    let checkout = town.shop("/checkout");
    let clicks = (0..CLICKS).map(|_click| town.post(&checkout, FORM, form.as_bytes()));
    let answers = futures_util::future::join_all(clicks).await;
    let pages: BTreeSet<_> = answers
        .iter()
        .inspect(|answer| assert_eq!(answer.status, 303, "{}", answer.text()))
        .map(|answer| answer.header("location").map(str::to_owned))
        .collect();
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert_eq!(town.stack.world.stripe().sessions.len(), 1);

    let other_tab = town.form("team-year").await;
    let other = town.post(&checkout, FORM, other_tab.as_bytes()).await;
    assert_eq!(other.status, 303);
    assert_eq!(town.stack.world.stripe().sessions.len(), 2, "each tab has its own form");
}

fn swap(form: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(form.contains(from), "{form} has no {from}");
    form.replacen(from, to, 1).into_bytes()
}
