//! Stripe's official SDK signs, and we accept; our local Stripe signs, and it accepts.

use std::io::Write as _;

use local::tools::python;
use serde_json::{Value, json};
use testkit::stripe::sign;

use crate::started;
use crate::town::Town;

const SECRET: &str = "whsec_local_0123456789abcdef";
const SDK: &str = "stripe==16.1.0";

fn ask(question: &Value) -> Value {
    ask_of("stripe_sdk.py", question)
}

fn ask_of(script: &str, question: &Value) -> Value {
    let python = python("stripe-sdk", &[SDK]).expect("Stripe's SDK");
    started::ask(&python, script, question)
}

/// Names as people have them, so that bytes and letters differ.
const BODY: &str = r#"{"id":"evt_sdk","object":"event","type":"customer.created","livemode":false,"data":{"object":{"id":"cus_1","object":"customer","name":"Zoë Müller 李 🎉"}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_sdk_signs_we_accept() {
    let town = Town::open().await;
    let at = town.stack.world.clock.now_ms() / 1000;
    let signed = ask(&json!({ "what": "sign", "body": BODY, "secret": SECRET, "at": at }));
    let header = signed["header"].as_str().expect("a header");
    assert_eq!(deliver(&town, BODY, header).await, 200);
    assert_eq!(deliver(&town, &BODY.replace("Zoë", "Zoe"), header).await, 400);
}

#[test]
fn what_our_stripe_signs_the_sdk_accepts() {
    let at = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    let at = i64::try_from(at).expect("a time");
    let verify =
        |body: &str, header: &str| ask(&json!({ "what": "verify", "body": body, "header": header, "secret": SECRET }));
    let header = sign(BODY.as_bytes(), SECRET, at);
    assert_eq!(verify(BODY, &header)["accepted"], "evt_sdk");
    assert!(verify(&BODY.replace("Zoë", "Zoe"), &header)["refused"].is_string());
    let old = sign(BODY.as_bytes(), SECRET, at - 400);
    assert!(verify(BODY, &old)["refused"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_reads_the_same_reason_at_our_stripe() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.buy("team-year").await;
    let payment = town.stack.world.stripe().intents[0].id.clone();
    let seen = ask(&json!({ "what": "look", "url": town.stack.places.world, "payment": payment }));
    assert_eq!(seen["received"], 48_000);
    assert_eq!(seen["because"], seen["refunds"][0]["because"]);
    assert_eq!(seen["refunds"][0]["status"], "succeeded");
    assert_eq!(
        seen["refunds"][0]["reason"],
        Value::Null,
        "Stripe's own reason stays empty"
    );
}

/// Each thing that a shop does at Stripe, by Stripe's own client against our local Stripe.
#[tokio::test(flavor = "multi_thread")]
async fn stripes_client_works_with_our_stripe() {
    let town = Town::open().await;
    let url = town.stack.places.world.clone();
    let asked = tokio::task::spawn_blocking(move || ask_of("stripe_client.py", &json!({ "url": url })));
    let said = asked.await.expect("the SDK's answer");
    let checks = said["checks"].as_object().expect("checks");
    let passed = checks.values().filter(|wrong| wrong.is_null()).count();
    let version = said["version"].as_str().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(
        out,
        "Stripe's SDK {version}: checks passed {passed} of {}",
        checks.len()
    );
    assert_eq!(passed, checks.len(), "{checks:#?}");
}

async fn deliver(town: &Town, body: &str, header: &str) -> u16 {
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("stripe-signature", header.to_owned()),
    ];
    let answer = town
        .http
        .post(&town.shop("/webhooks/stripe"), &headers, body.as_bytes().to_vec())
        .await;
    answer.expect("an answer").status
}
