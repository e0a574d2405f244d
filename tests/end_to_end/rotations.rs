//! Keys, tokens and secrets change while orders are under way: the partner takes another from one moment on, the secret holds
//! it, and no function is started again. No order is lost or undone for it, and nobody has a case.

use desk::access::Role;
use local::world::Places;
use testkit::stripe::sign;

use crate::bad_webhooks::SECRET;
use crate::town::Town;

const FUNCTIONS: [&str; 9] = [
    "checkout",
    "stripe-webhook",
    "provisioning",
    "capture",
    "refund",
    "notification",
    "coordination",
    "reconciliation",
    "console",
];
const WITH_KEY: [&str; 6] = [
    "CheckoutSecret",
    "StripeWebhookSecret",
    "CaptureSecret",
    "RefundSecret",
    "ReconciliationSecret",
    "ConsoleSecret",
];
const KEY: &str = "MAKEGOOD_STRIPE_KEY";
const TOKEN: &str = "MAKEGOOD_SCIM_TOKEN";
const NEW_SECRET: &str = "whsec_local_of_the_new_days";

impl Town {
    /// The partner takes the next one from now on, and this one no more; nobody has told us.
    fn rolls(&self, secret: &str, variable: &str) -> String {
        let old = self.stack.world.secret(secret, variable).expect("a value");
        self.stack.world.spend(&old);
        format!("{old}.2")
    }

    fn rotates(&self, secret: &str, variable: &str) {
        let new = self.rolls(secret, variable);
        self.stack.world.put_secret(secret, variable, &new);
    }

    /// How often each function was started.
    fn starts(&self) -> Vec<u32> {
        let life = |function| self.stack.emulator.life(function).expect("the function");
        FUNCTIONS.map(|function| life(function).borrow().starts).to_vec()
    }

    async fn is_told(&self, signed_with: &str) -> u16 {
        let now = self.stack.world.clock.now_ms() / 1000;
        let body =
            br#"{"id":"evt_1","object":"event","type":"customer.created","livemode":false,"data":{"object":{}}}"#;
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("stripe-signature", sign(body, signed_with, now)),
        ];
        let url = self.shop("/webhooks/stripe");
        let answer = self.http.post(&url, &headers, body.to_vec()).await;
        answer.expect("an answer").status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_key_and_a_rolled_token_lose_no_order_and_undo_none() {
    let town = Town::open().await;
    let before = town.buy("team-on-delivery").await;
    assert_eq!(town.state(&before).await, "ready_to_use");
    let (starts, reads) = (town.starts(), |secret| town.stack.world.secret_reads(secret));
    assert_eq!(WITH_KEY.map(reads), [1; 6], "read once, at the start");

    for secret in WITH_KEY {
        town.rotates(secret, KEY);
    }
    town.rotates("RefundSecret", TOKEN);
    // The provider's token was rolled, and it takes a while until somebody puts the new one in.
    let token = town.rolls("ProvisioningSecret", TOKEN);
    let waits = town.buy_as("team-year", "al@example.com", "Red").await;
    assert_eq!((town.access(&waits), town.money(&waits)), ((0, 0, 0), (48_000, 0)));
    assert!(town.console("").await.contains("Nothing waits for you"));
    town.stack.world.put_secret("ProvisioningSecret", TOKEN, &token);
    town.minutes(3).await;
    assert_eq!(town.state(&waits).await, "ready_to_use");
    assert_eq!((town.access(&waits), town.money(&waits)), ((1, 1, 1), (48_000, 0)));

    let held = town.buy_as("team-on-delivery", "zoe@example.com", "Green").await;
    assert_eq!(town.state(&held).await, "ready_to_use");
    town.set("idp-teams");
    let undone = town.buy_as("team-year", "kim@example.com", "Grey").await;
    assert_eq!(
        (town.access(&undone), town.money(&undone)),
        ((0, 0, 0), (48_000, 48_000))
    );

    for secret in ["CheckoutSecret", "CaptureSecret", "RefundSecret"] {
        assert_eq!(
            reads(secret),
            2,
            "{secret}: key and token are read again together, and once"
        );
    }
    assert_eq!(town.starts(), starts, "nobody was started again");
    for function in FUNCTIONS {
        let log = town.log(function);
        for secret in ["rk_test_local", "local-scim-token"] {
            assert!(!log.contains(secret), "{function} logs {secret}: {log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_webhook_secret_loses_no_event_and_forgers_have_it_read_once() {
    let town = Town::open().await;
    town.buy("team-year").await;
    let put = |value: &str| {
        let variable = "MAKEGOOD_STRIPE_WEBHOOK_SECRETS";
        town.stack.world.put_secret("StripeWebhookSecret", variable, value);
    };
    let reads = || town.stack.world.secret_reads("StripeWebhookSecret");
    // Both are good for a while, and the function has not heard of the second.
    put(&format!("{SECRET},{NEW_SECRET}"));
    town.stack.world.sign_webhooks_with(NEW_SECRET);
    let order = town.buy_as("team-year", "al@example.com", "Red").await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.counted("stripe-webhook", "webhook_signature_refused"), 0);
    assert_eq!(reads(), 2);
    assert_eq!(town.is_told(SECRET).await, 200);

    town.minutes(2).await;
    let before = reads();
    for _ in 0..20 {
        assert_eq!(town.is_told("whsec_of_somebody_else").await, 400);
    }
    assert_eq!(reads(), before + 1);
    // The old one is taken out. A process that still has it may believe it for as long as it lives; a fresh one does not.
    put(NEW_SECRET);
    town.stack.world.kills.now("stripe-webhook");
    assert_ne!(town.is_told(SECRET).await, 200);
    assert_eq!(town.is_told(NEW_SECRET).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_console_secret_ends_all_sessions_and_begins_new_ones_at_once() {
    let town = Town::open().await;
    let old = town.cookie().await;
    let places = Places {
        console_secret: "another secret of at least 16".to_owned(),
        ..town.stack.places.clone()
    };
    let secret = &places.console_secret;
    town.stack
        .world
        .put_secret("ConsoleSecret", "MAKEGOOD_CONSOLE_SECRET", secret);
    let pass = places
        .pass(Role::Viewer, town.stack.world.clock.now_ms())
        .expect("a pass");
    let opened = town.opens(&pass).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    let new = opened.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let new = new.expect("a cookie").to_owned();
    for (cookie, status) in [(new, 200), (old, 403)] {
        let shown = town.get(&town.shop("/console"), &[("cookie", cookie)]).await;
        assert_eq!(shown.status, status);
    }
}
