//! Nonsense gets a clear answer, and nothing is stored, sold or undone by it.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use testkit::stripe::sign;

use crate::town::{FORM, Town, between, fields};

const SECRET: &str = "whsec_local_0123456789abcdef";

#[tokio::test(flavor = "multi_thread")]
async fn checkout_names_the_field_and_stores_nothing() {
    let town = Town::open().await;
    let good = town.form("team-year").await;
    let long = "x".repeat(300);
    let json = "application/json";
    let rows: Vec<(&str, &str, Vec<u8>, u16, &str)> = vec![
        ("not JSON", json, b"{nonsense".to_vec(), 400, "body"),
        ("JSON of no object", json, b"[1]".to_vec(), 400, "body"),
        (
            "another kind of body",
            "text/plain",
            b"hello".to_vec(),
            415,
            "content-type",
        ),
        (
            "an unknown product",
            FORM,
            swap(&good, "product=team-year", "product=gold"),
            422,
            "product",
        ),
        ("no product", FORM, swap(&good, "product=team-year", ""), 422, "product"),
        (
            "a bad e-mail",
            FORM,
            swap(&good, "jo%40example.com", "jo"),
            422,
            "email",
        ),
        (
            "two addresses",
            FORM,
            swap(&good, "jo%40example.com", "jo%40example.com%2Cal%40example.com"),
            422,
            "email",
        ),
        ("an over-long name", FORM, swap(&good, "Jo+Doe", &long), 422, "name"),
        ("no name", FORM, swap(&good, "Jo+Doe", "++"), 422, "name"),
        ("an over-long team", FORM, swap(&good, "Blue", &long), 422, "team"),
        ("a control character", FORM, swap(&good, "Blue", "Bl%00ue"), 422, "team"),
        ("no form token", FORM, swap(&good, "form=", "mrof="), 422, "form"),
        (
            "more than 64 KiB",
            FORM,
            swap(&good, "Blue", &"x".repeat(66_000)),
            413,
            "body",
        ),
    ];
    for (what, kind, body, status, field) in rows {
        let headers = [("content-type", kind.to_owned()), ("accept", json.to_owned())];
        let answer = town
            .http
            .post(&town.shop("/checkout"), &headers, body)
            .await
            .expect("an answer");
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        let said: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(said["field"], field, "{what}");
        assert!(
            !said["mend"].as_str().unwrap_or_default().is_empty(),
            "{what} has no mend"
        );
    }
    let calls = town.stack.dynamodb.calls();
    assert_eq!(calls.get("PutItem"), None, "nothing is stored: {calls:?}");
    assert_eq!(town.stack.world.stripe().calls, 0, "Stripe is not called");
}

fn swap(form: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(form.contains(from), "{form}");
    form.replace(from, to).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_without_a_good_signature_are_refused_and_counted() {
    let town = Town::open().await;
    let body = event("payment_intent.succeeded", &paid("ord_000000000000000000000000"));
    let now = town.stack.world.clock.now_ms() / 1000;
    let good = sign(&body, SECRET, now);
    let rows = [
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_nudge_ends_in_a_case_and_forged_nudges_in_nothing() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    let writes = |town: &Town| town.stack.dynamodb.calls().get("PutItem").copied();
    let before = writes(&town);
    for queue in [
        "ProvisioningQueue",
        "RefundQueue",
        "NotificationQueue",
        "CaptureQueue",
        "ReconciliationQueue",
    ] {
        town.stack.sqs.send(queue, &format!("{{\"order\":\"{}\"}}", order.id));
    }
    town.settle().await;
    assert_eq!(writes(&town), before, "a stale or forged nudge has no effect");
    assert_eq!(town.access(&order), (1, 1, 1));
    assert_eq!(town.money(&order), (48_000, 0));

    town.stack.sqs.send("RefundQueue", "{\"refund\":\"everything\"}");
    town.later(Duration::from_secs(310), 6).await;
    let inbox = town.console("").await;
    assert!(inbox.contains("One case waits"), "{inbox}");
    assert!(inbox.contains("none of ours"), "{inbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_configured_refuses_to_start_and_says_the_mend() {
    let town = Town::open().await;
    let rows = [
        ("stripe-webhook", "MAKEGOOD_STRIPE_WEBHOOK_SECRETS", "", "is not set"),
        (
            "stripe-webhook",
            "MAKEGOOD_STRIPE_WEBHOOK_SECRETS",
            "secret",
            "write whsec_",
        ),
        (
            "checkout",
            "MAKEGOOD_STRIPE_KEY",
            "rk_live_key",
            "is a live key and MAKEGOOD_LIVEMODE is false",
        ),
        ("checkout", "MAKEGOOD_LIVEMODE", "perhaps", "write true or false"),
        (
            "provisioning",
            "MAKEGOOD_SCIM_URL",
            "http://idp.example",
            "starts with https://",
        ),
        (
            "provisioning",
            "MAKEGOOD_SCIM_TOKEN",
            "a token\n",
            "write the token alone",
        ),
        ("refund", "MAKEGOOD_SCIM_REVOKE", "forget", "write delete or deactivate"),
        ("refund", "MAKEGOOD_SCIM_CA", "ca.pem", "holds no certificate"),
        ("provisioning", "MAKEGOOD_TABLE", "", "is not set"),
        ("provisioning", "LAMBDA_TASK_ROOT", "/var/task", "this is AWS"),
        ("notification", "MAKEGOOD_MAIL_FROM", "nobody", "write an address"),
        (
            "notification",
            "MAKEGOOD_SMTP_URL",
            "smtp://mail.example",
            "sends mail in the clear",
        ),
        ("console", "MAKEGOOD_CONSOLE_TOKEN", "short", "at least 16"),
    ];
    for (function, variable, value, mend) in rows {
        let launch = town.stack.launches.iter().find(|launch| launch.name == function);
        let launch = launch.expect("the function");
        let output = Command::new(&launch.binary)
            .env_clear()
            .envs(&launch.environment)
            .env(variable, value)
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success(), "{function} started with {variable}={value}");
        assert!(
            said.contains("refuses_to_start") && said.contains(mend),
            "{function}, {variable}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_see_no_order_and_no_console() {
    let town = Town::open().await;
    let order = town.buy("solo-year").await;
    for path in [
        format!("/orders/{}.{}", order.id, "0".repeat(32)),
        format!("/orders/{}", order.id),
        "/orders/ord_none.0".to_owned(),
        "/nothing".to_owned(),
    ] {
        let answer = town.get(&town.shop(&path), &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("example.com"), "{path}");
    }
    for (path, cookie) in [
        ("/console", ""),
        ("/console?token=wrong", ""),
        ("/console", "makegood_console=00"),
    ] {
        let answer = town.get(&town.shop(path), &[("cookie", cookie.to_owned())]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    let headers = [("content-type", FORM.to_owned()), ("cookie", town.cookie().await)];
    let forged = format!("csrf=00&order={}&seen=1&choice=undo&reason=because+I+can", order.id);
    let url = town.shop("/console/cases/case_1/decide");
    let answer = town
        .http
        .post(&url, &headers, forged.into_bytes())
        .await
        .expect("an answer");
    assert_eq!(answer.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_queues_carry_ids_and_nothing_personal() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.buy("team-year").await;
    for function in [
        "checkout",
        "stripe-webhook",
        "provisioning",
        "refund",
        "notification",
        "console",
    ] {
        let log = town.log(function);
        for personal in ["Jo Doe", "jo@example.com", "Blue", "local-scim-token", SECRET] {
            assert!(!log.contains(personal), "{function} logs {personal}: {log}");
        }
    }
}

fn paid(order: &str) -> serde_json::Value {
    json!({ "id": "pi_foreign", "object": "payment_intent", "amount": 48_000, "amount_received": 48_000, "currency": "gbp",
            "status": "succeeded", "metadata": { "order": order } })
}

fn event(kind: &str, object: &serde_json::Value) -> Vec<u8> {
    let event = json!({ "id": "evt_made_up", "object": "event", "type": kind, "livemode": false, "data": { "object": object } });
    event.to_string().into_bytes()
}

async fn signed(town: &Town, body: &[u8]) -> u16 {
    let now = town.stack.world.clock.now_ms() / 1000;
    deliver(town, body, Some(sign(body, SECRET, now))).await
}

async fn deliver(town: &Town, body: &[u8], signature: Option<String>) -> u16 {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signature.map(|signature| ("stripe-signature", signature)));
    let url = town.shop("/webhooks/stripe");
    town.http
        .post(&url, &headers, body.to_vec())
        .await
        .expect("an answer")
        .status
}
