//! Deliveries that Stripe did not make, or not for us, or not for an order that we have.

use serde_json::json;
use testkit::stripe::sign;

use crate::town::{FORM, Town, between, fields};

pub(crate) const SECRET: &str = "whsec_local_0123456789abcdef";

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_without_a_good_signature_are_refused_and_counted() {
    let town = Town::open().await;
    let body = event("payment_intent.succeeded", &paid("ord_000000000000000000000000"));
    let now = town.stack.world.clock.now_ms() / 1000;
    let good = sign(&body, SECRET, now);
    let (first, second) = (
        good.replace("t=", "t=-"),
        good.replace("t=", &format!("t={},t=", now - 1)),
    );
    let huge = good.replace(&format!("t={now}"), "t=99999999999999999999");
    let many = format!("t={now},{}", ["v1=00"; 9].join(","));
    let rows = [
        ("a negative time", Some(first)),
        ("two times", Some(second)),
        ("a huge time", Some(huge)),
        ("no time", Some(good.split_once(',').expect("two parts").1.to_owned())),
        (
            "as many signatures as one likes",
            Some(many.replace("00", &"0".repeat(64))),
        ),
        ("none", None),
        ("nonsense", Some("nonsense".to_owned())),
        ("of another secret", Some(sign(&body, "whsec_of_somebody_else", now))),
        ("of other bytes", Some(sign(b"{}", SECRET, now))),
        ("too old", Some(sign(&body, SECRET, now - 400))),
        ("from the future", Some(sign(&body, SECRET, now + 400))),
        ("only the old scheme", Some(good.replace("v1=", "v0="))),
    ];
    let count = rows.len();
    for (what, signature) in rows {
        assert_eq!(deliver(&town, &body, signature).await, 400, "{what}");
    }
    assert_eq!(town.counted("stripe-webhook", "webhook_signature_refused"), count);
    let calls = town.stack.dynamodb.calls();
    assert_eq!(
        (calls.get("PutItem"), calls.get("TransactWriteItems")),
        (None, None),
        "{calls:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_right_signature_among_others_is_enough() {
    let town = Town::open().await;
    let body = event("customer.created", &json!({ "id": "cus_1" }));
    let now = town.stack.world.clock.now_ms() / 1000;
    let (good, other) = (sign(&body, SECRET, now), sign(&body, "whsec_of_the_old_days", now));
    let other = other.split_once(',').expect("two parts").1;
    assert_eq!(
        deliver(&town, &body, Some(format!("{good},{other},v0=fake"))).await,
        200
    );
}

/// Signed, and of no use: each is refused by its size or its form, and no byte of it is written down.
#[tokio::test(flavor = "multi_thread")]
async fn signed_nonsense_is_refused_and_not_logged() {
    const MARK: &str = "marker-of-a-body";
    let town = Town::open().await;
    let text = |json: serde_json::Value| json.to_string().into_bytes();
    let rows: [(&str, Vec<u8>, u16); 6] = [
        ("not UTF-8", [MARK.as_bytes(), &[0xff, 0xfe, 0x00]].concat(), 400),
        ("not JSON", MARK.into(), 400),
        ("JSON of no event", text(json!({ "hello": MARK })), 400),
        (
            "an event without a type",
            text(json!({ "id": "evt_1", "mark": MARK })),
            400,
        ),
        ("nothing", Vec::new(), 400),
        (
            "more than 1 MiB",
            text(json!({ "id": "evt_1", "type": MARK.repeat(70_000) })),
            413,
        ),
    ];
    for (what, body, status) in rows {
        assert_eq!(signed(&town, &body).await, status, "{what}");
    }
    let long = format!("t=1,v1={}", "0".repeat(65_536));
    let status = deliver(&town, b"{}", Some(long)).await;
    assert!(matches!(status, 400 | 413 | 431), "a header of 64 kB: {status}");
    assert!(!town.log("stripe-webhook").contains(MARK), "a body was logged");
}

/// Whatever shape or version it has: counted by kind, and Stripe hears yes.
#[tokio::test(flavor = "multi_thread")]
async fn thin_and_unknown_events_are_taken_and_counted() {
    let town = Town::open().await;
    let thin = |kind: &str| {
        let event = json!({ "id": "evt_thin", "object": "v2.core.event", "type": kind, "livemode": false,
                            "created": "2026-11-23T19:05:00.000Z", "related_object": { "id": "cs_1", "type": "checkout.session" } });
        event.to_string().into_bytes()
    };
    let of_tomorrow = json!({ "id": "evt_1", "object": "event", "type": "customer.created", "livemode": false,
                              "api_version": "2030-01-01.zinnia", "data": { "object": {} } });
    for (counted, body) in [
        ("webhook_thin", thin("v1.checkout.session.completed")),
        (
            "webhook_events_were_lost",
            thin("v2.core.health.event_generation_failure.resolved"),
        ),
        ("webhook_without_meaning", of_tomorrow.to_string().into_bytes()),
        (
            "webhook_unread",
            event("refund.updated", &json!({ "id": "re_1", "status": "brand_new" })),
        ),
    ] {
        assert_eq!(signed(&town, &body).await, 200, "{counted}");
        assert_eq!(town.counted("stripe-webhook", counted), 1, "{counted}");
    }
}

/// A refund made by hand and a dispute carry none of our metadata: their payment says whose they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_without_metadata_is_looked_up_by_its_payment() {
    let town = Town::open().await;
    let order = town.buy("solo-year").await;
    let payment = town.stack.world.stripe().intents[0].id.clone();
    let refund = |payment: &str| {
        json!({ "id": "re_by_hand", "object": "refund", "amount": 100, "currency": "gbp", "status": "succeeded",
                "payment_intent": payment, "metadata": {} })
    };
    assert_eq!(
        signed(&town, &event("refund.created", &refund("pi_of_another_shop"))).await,
        200
    );
    assert_eq!(town.counted("stripe-webhook", "webhook_not_ours"), 1);
    assert_eq!(signed(&town, &event("refund.created", &refund(&payment))).await, 200);
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(shown.contains("A part of the money gone back"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_are_not_ours_are_taken_and_touch_no_order() {
    let town = Town::open().await;
    let order = town.buy("solo-year").await;
    let before = town.stack.dynamodb.calls().get("PutItem").copied();
    let live = json!({ "id": "evt_live", "object": "event", "type": "payment_intent.succeeded", "livemode": true,
                       "data": { "object": paid(&order.id) } });
    let other = json!({ "id": "evt_other", "object": "event", "type": "payment_intent.succeeded", "livemode": false,
                        "account": "acct_other", "data": { "object": paid(&order.id) } });
    let rows = [
        (
            "webhook_without_meaning",
            event("customer.created", &json!({ "id": "cus_1" })),
        ),
        ("webhook_without_meaning", event("invoice.of_tomorrow", &json!({}))),
        ("webhook_other_mode", live.to_string().into_bytes()),
        ("webhook_other_account", other.to_string().into_bytes()),
        ("webhook_not_ours", {
            let mut foreign = paid("none");
            foreign["metadata"] = json!({});
            foreign["id"] = json!(town.stack.world.stripe().intents[0].id.clone() + "_of_another_shop");
            event("payment_intent.succeeded", &foreign)
        }),
    ];
    for (counted, body) in rows {
        let before = town.counted("stripe-webhook", counted);
        assert_eq!(signed(&town, &body).await, 200, "{counted}");
        assert_eq!(town.counted("stripe-webhook", counted), before + 1, "{counted}");
    }
    assert_eq!(town.stack.dynamodb.calls().get("PutItem").copied(), before);
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(signed(&town, b"[1, 2]").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_an_order_that_is_not_there_is_a_case() {
    let town = Town::open().await;
    let body = event("payment_intent.succeeded", &paid("ord_000000000000000000000000"));
    assert_eq!(signed(&town, &body).await, 200);
    assert_eq!(signed(&town, &body).await, 200);
    let inbox = town.console("").await;
    assert!(inbox.contains("One case waits"), "{inbox}");
    assert!(inbox.contains("£480.00 came in (pi_foreign)"), "{inbox}");

    let case = between(&inbox, "href=\"/console/cases/", "\"");
    let shown = town.console(&format!("/cases/{case}")).await;
    let close = |reason: &str| {
        fields(&[
            ("csrf", &between(&shown, "name=\"csrf\" value=\"", "\"")),
            ("reason", reason),
        ])
    };
    let url = town.shop(&format!("/console/cases/{case}/close"));
    let headers = [("content-type", FORM.to_owned()), ("cookie", town.cookie().await)];
    for (reason, status) in [
        ("short", 409),
        ("It was paid for another shop; booked there.", 303),
        ("A second time, too late.", 409),
    ] {
        let answer = town
            .http
            .post(&url, &headers, close(reason).into_bytes())
            .await
            .expect("an answer");
        assert_eq!(answer.status, status, "{reason}: {}", answer.text());
    }
    assert!(town.console("").await.contains("Nothing waits for you"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_for_an_order_that_is_not_there_is_a_case() {
    let town = Town::open().await;
    let refund = json!({
        "id": "re_foreign", "object": "refund", "amount": 48_000, "currency": "gbp", "status": "succeeded",
        "payment_intent": "pi_foreign", "metadata": { "order": "ord_000000000000000000000000" },
    });
    assert_eq!(signed(&town, &event("refund.created", &refund)).await, 200);
    let inbox = town.console("").await;
    assert!(
        inbox.contains("pi_foreign, of the order ord_000000000000000000000000"),
        "{inbox}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_stripe_hears_no_and_tells_again() {
    let town = Town::open().await;
    let page = town.order("solo-year").await;
    town.stack.dynamodb.set_down(true);
    let body = event("payment_intent.succeeded", &paid("ord_000000000000000000000000"));
    let status = signed(&town, &body).await;
    assert!((500..600).contains(&status), "{status}");
    let refused = town
        .post(&town.shop("/checkout"), FORM, town.form("solo-year").await.as_bytes())
        .await;
    assert_eq!(refused.status, 503, "{}", refused.text());

    let order = town.pay(&page, "pay=yes").await;
    town.stack.dynamodb.set_down(false);
    town.minutes(12).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
}

fn paid(order: &str) -> serde_json::Value {
    json!({ "id": "pi_foreign", "object": "payment_intent", "amount": 48_000, "amount_received": 48_000, "currency": "gbp",
            "status": "succeeded", "metadata": { "order": order } })
}

pub(crate) fn event(kind: &str, object: &serde_json::Value) -> Vec<u8> {
    let event = json!({ "id": "evt_made_up", "object": "event", "type": kind, "livemode": false, "data": { "object": object } });
    event.to_string().into_bytes()
}

pub(crate) async fn signed(town: &Town, body: &[u8]) -> u16 {
    let now = town.stack.world.clock.now_ms() / 1000;
    deliver(town, body, Some(sign(body, SECRET, now))).await
}

pub(crate) async fn deliver(town: &Town, body: &[u8], signature: Option<String>) -> u16 {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signature.map(|signature| ("stripe-signature", signature)));
    let url = town.shop("/webhooks/stripe");
    town.http
        .post(&url, &headers, body.to_vec())
        .await
        .expect("an answer")
        .status
}
