//! Nonsense gets a clear answer, and nothing is stored, sold or undone by it.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::bad_webhooks::SECRET;
use crate::town::{FORM, Town};

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

/// Starts one more process of the function, with another value where it has that one: whether it served, and what it said.
fn started_with(town: &Town, function: &str, variable: &str, value: &str) -> (bool, String) {
    let launch = town.stack.launches.iter().find(|launch| launch.name == function);
    let launch = launch.expect("the function");
    let secret = launch.environment.get("MAKEGOOD_SECRET").cloned().unwrap_or_default();
    let secret = secret.rsplit(':').next().unwrap_or_default();
    let before = town.stack.world.secret(secret, variable);
    if before.is_some() {
        town.stack.world.put_secret(secret, variable, value);
    }
    let output = Command::new(&launch.binary)
        .env_clear()
        .envs(&launch.environment)
        .env(variable, value)
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    if let Some(before) = before {
        town.stack.world.put_secret(secret, variable, &before);
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_configured_refuses_to_start_and_says_the_mend() {
    let town = Town::open().await;
    let rows = [
        ("stripe-webhook", "MAKEGOOD_STRIPE_WEBHOOK_SECRETS", "", "put it there"),
        ("capture", "MAKEGOOD_SECRET", "arn:of:nothing", "put one in"),
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
        ("refund", "MAKEGOOD_SYSTEMS_CA", "ca.pem", "holds no certificate"),
        ("refund", "MAKEGOOD_STEP_SECRETS", "licence=secret", "write whsec_"),
        ("provisioning", "MAKEGOOD_STEP_ADDRESSES", "", "add licence=https://"),
        (
            "checkout",
            "MAKEGOOD_STEP_ADDRESSES",
            "",
            "take the step out of infra/catalogue.toml",
        ),
        ("provisioning", "MAKEGOOD_TABLE", "", "is not set"),
        ("provisioning", "LAMBDA_TASK_ROOT", "/var/task", "this is AWS"),
        ("notification", "MAKEGOOD_MAIL_FROM", "nobody", "write an address"),
        (
            "notification",
            "MAKEGOOD_SMTP_URL",
            "smtp://mail.example",
            "sends mail in the clear",
        ),
        ("console", "MAKEGOOD_CONSOLE_SECRET", "short", "at least 16"),
        ("console", "MAKEGOOD_STRIPE_KEY", "sk_test_all", "is a secret key"),
    ];
    for (function, variable, value, mend) in rows {
        let (started, said) = started_with(&town, function, variable, value);
        assert!(!started, "{function} started with {variable}={value}");
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
        ("/console?pass=wrong", ""),
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
        for personal in [
            "Jo Doe",
            "jo@example.com",
            "Blue",
            "local-scim-token",
            "rk_test_local",
            SECRET,
        ] {
            assert!(!log.contains(personal), "{function} logs {personal}: {log}");
        }
    }
}
