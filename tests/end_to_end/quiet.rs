//! What the functions say: enough to follow a purchase, a kilobyte at most of a happy one, and nothing about a person.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use adapters::lambda::metric::{DIMENSION, Metric, NAMESPACE};
use local::template::Template;
use serde_json::{Value, json};

use crate::bad_webhooks::{deliver, event, signed};
use crate::town::{FORM, Order, Town, between, fields};

/// Of all lines of all functions, those about numbers included.
const HAPPY_BYTES_MAX: usize = 1_024;

/// What people typed, and what no line may repeat.
const PERSON: [&str; 5] = ["Petra", "Quietword", "petra.quiet", "Secretteam", "4000001234567899"];
const REASON: &str = "Spoke-with-Petra-on-the-phone about it.";
const SECRET: &str = "marked-secret";

impl Town {
    /// All that the functions have said, by function.
    fn output(&self) -> Vec<(String, String)> {
        let names = self.stack.launches.iter().map(|launch| launch.name.clone());
        names.map(|name| (name.clone(), self.log(&name))).collect()
    }

    /// Each line that is JSON.
    fn said(&self, function: &str) -> Vec<Value> {
        let log = self.log(function);
        let lines = log.lines().map(serde_json::from_str);
        lines.map(|line| line.expect("a line of JSON")).collect()
    }

    async fn petra_buys(&self) -> Order {
        let form = self.form_of("team-year", "petra.quiet@example.com", "Secretteam").await;
        let form = form.replace("Jo+Doe", "Petra+Quietword");
        assert!(form.contains("Petra"), "{form}");
        let page = self.submit(&form).await;
        let order = self.pay(&page, "pay=yes").await;
        self.settle().await;
        order
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_happy_order_is_followed_by_one_trace_and_costs_a_kilobyte_of_log_at_most() {
    let town = Town::open().await;
    for schedule in ["sweep", "operate", "catch_up", "audit_", "watch"] {
        town.stack.world.pause(schedule);
    }
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "ready_to_use");

    let output = town.output();
    let all: String = output.iter().map(|(_, log)| log.as_str()).collect();
    println!("one happy order, three steps: {} bytes of log in all\n{all}", all.len());
    assert!(all.len() <= HAPPY_BYTES_MAX, "{} bytes:\n{all}", all.len());

    let paid = town.said("stripe-webhook");
    let paid = paid.iter().find(|line| line["counted"] == "webhook_recorded");
    let trace = paid.expect("the payment")["trace"].clone();
    assert!(trace.as_str().is_some_and(|trace| !trace.is_empty()), "{all}");
    let [made] = &town.said("provisioning")[..] else {
        panic!("one line: {all}")
    };
    let [told] = &town.said("notification")[..] else {
        panic!("one line: {all}")
    };
    assert_eq!((&made["trace"], &told["trace"]), (&trace, &trace), "{all}");
    assert_eq!((&made["order"], &told["order"]), (&json!(order.id), &json!(order.id)));
    let did = ["account", "team", "membership"]
        .map(|step| json!({ "effect": format!("deliver {step}"), "attempt": 1, "outcome": "StepDone" }));
    assert_eq!(made["did"], json!(did));
    assert_eq!(
        told["did"].as_array().map(Vec::len),
        Some(2),
        "a mail and an announcement"
    );
}

/// A refusal, an undo that fails, a case, a decision, a mail that comes back, bad forms, webhooks and messages.
#[tokio::test(flavor = "multi_thread")]
async fn no_output_holds_what_a_person_typed_or_a_secret() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.set("refunds-no");
    let order = town.petra_buys().await;
    assert_eq!(town.state(&order).await, "refund_delayed");
    town.set("idp-lose");
    town.petra_buys().await;
    town.settle().await;
    bad_input(&town).await;
    town.set("stripe-well");
    town.decide(&order, "retry", REASON).await;
    town.minutes(12).await;
    assert_eq!(town.money(&order), (48_000, 48_000));
    town.set("mails-back");
    town.settle().await;

    let output = town.output();
    // Checkout had no failure, and nothing died or was held.
    let silent = output
        .iter()
        .filter(|(_, log)| log.is_empty())
        .map(|(name, _)| name.as_str());
    let silent: BTreeSet<&str> = silent.collect();
    let may_be = BTreeSet::from(["capture", "checkout", "coordination"]);
    assert!(silent.is_subset(&may_be), "{silent:?} said nothing");
    let secrets = secrets(&town);
    for (function, log) in &output {
        for line in log.lines() {
            let mut hidden = secrets
                .iter()
                .map(String::as_str)
                .chain(PERSON)
                .chain([REASON, "phone"]);
            let found = hidden.find(|word| line.contains(word));
            assert_eq!(found, None, "{function} says so: {line}");
        }
    }
    for alert in town.alerts() {
        let mut hidden = secrets.iter().map(String::as_str).chain(PERSON);
        assert!(!hidden.any(|word| alert.contains(word)), "{alert}");
    }
    let stripe = town.stack.world.stripe();
    let kept = stripe.intents.iter().map(|intent| &intent.metadata);
    let kept: Vec<_> = kept
        .chain(stripe.refunds.iter().map(|refund| &refund.metadata))
        .collect();
    assert!(kept.len() > 2, "{kept:?}");
    for metadata in kept {
        let metadata = format!("{metadata:?}");
        let mut hidden = secrets.iter().map(String::as_str).chain(PERSON);
        assert!(!hidden.any(|word| metadata.contains(word)), "{metadata}");
    }
    drop(stripe);
    counts_are_ours(&town);
    failures_are_said_once(&town, &order);
}

async fn bad_input(town: &Town) {
    let form = town
        .form_of("team-year", "petra.quiet@@example.com", "Secretteam")
        .await;
    let form = form.replace("Jo+Doe", "Petra+Quietword") + "&petra.quiet=1";
    let refused = town.post(&town.shop("/checkout"), FORM, form.as_bytes()).await;
    assert_eq!(refused.status, 422);
    let card = json!({ "id": "pi_1", "object": "payment_intent", "status": "brand_new", "receipt_email": "petra.quiet@example.com",
        "last_payment_error": { "message": "4000001234567899 of Petra" } });
    let body = event("payment_intent.payment_failed", &card);
    signed(town, &body).await;
    assert_eq!(deliver(town, &body, Some("t=1,v1=petra.quiet".to_owned())).await, 400);
    assert_eq!(signed(town, b"petra.quiet@example.com").await, 400);
    town.stack
        .sqs
        .send("ProvisioningQueue", "{\"order\":\"petra.quiet@example.com\"}");
    town.stack
        .sqs
        .send("MailEventsQueue", "{\"mail\":\"petra.quiet@example.com\"}");
    let inbox = town.console("").await;
    let csrf = between(&inbox, "name=\"csrf\" value=\"", "\"");
    let looks = fields(&[("csrf", &csrf), ("q", "petra.quiet@example.com")]);
    let headers = [("content-type", FORM.to_owned()), ("cookie", town.cookie().await)];
    let found = town
        .http
        .post(&town.shop("/console/find"), &headers, looks.into_bytes())
        .await;
    assert!(found.expect("an answer").status < 400);
    town.settle().await;
}

/// Each secret, with each variable that it holds.
fn held() -> Vec<(String, String)> {
    let template = Template::read().expect("the template");
    let of = |(secret, variables): (String, Vec<String>)| {
        variables.into_iter().map(move |variable| (secret.clone(), variable))
    };
    template.secrets.into_iter().flat_map(of).collect()
}

/// What the functions are configured with and nobody else may know.
fn secrets(town: &Town) -> Vec<String> {
    const NAMES: [&str; 5] = [
        "STRIPE_KEY",
        "WEBHOOK_SECRETS",
        "CONSOLE_SECRET",
        "SCIM_TOKEN",
        "STEP_SECRETS",
    ];
    let all = held().into_iter();
    let secret = all.filter(|(_, variable)| NAMES.iter().any(|ending| variable.ends_with(ending)));
    let value = |(secret, variable): (String, String)| town.stack.world.secret(&secret, &variable);
    let secrets: BTreeSet<String> = secret.filter_map(value).collect();
    assert!(secrets.len() >= NAMES.len(), "{}", secrets.len());
    secrets.into_iter().collect()
}

/// One event of embedded metrics per invocation, and each of its names is one that alarms and dashboard can know.
fn counts_are_ours(town: &Town) {
    let mut seen = BTreeSet::new();
    for (function, _) in town.output() {
        for line in town.said(&function).iter().filter(|line| !line["_aws"].is_null()) {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(
                (&directive["Namespace"], &directive["Dimensions"]),
                (&json!(NAMESPACE), &json!([[DIMENSION]]))
            );
            assert!(line[DIMENSION].is_string() && line["trace"].is_string(), "{line}");
            for metric in directive["Metrics"].as_array().expect("metrics") {
                let name = metric["Name"].as_str().expect("a name");
                assert!(Metric::ALL.iter().any(|known| known.name() == name), "{name}");
                assert!(line[name].as_u64() > Some(0), "{line}");
                seen.insert(name.to_owned());
            }
        }
    }
    for wanted in [
        Metric::SweeperRan,
        Metric::MoneyAuditRan,
        Metric::CasesOpened,
        Metric::RefundsFailed,
        Metric::ClassesRaised,
        Metric::MailsCameBack,
        Metric::RecordsFailed,
        Metric::WebhookSignaturesRefused,
    ] {
        assert!(
            seen.contains(wanted.name()),
            "{} was not counted: {seen:?}",
            wanted.name()
        );
    }
}

/// The refusal of the team, with its class, stands in one line.
fn failures_are_said_once(town: &Town, order: &Order) {
    let said = town.output();
    let said = said.iter().flat_map(|(_, log)| log.lines());
    let of_it = said.filter(|line| line.contains(&order.id) && line.contains("deliver team"));
    let of_it: Vec<&str> = of_it.collect();
    assert_eq!(of_it.len(), 1, "{of_it:?}");
    assert!(of_it[0].contains("rejected"), "{}", of_it[0]);
}

/// A function that refuses to start says which variable is wrong, and never what it holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_to_start_names_no_secret() {
    let town = Town::open().await;
    for (secret, variable) in held() {
        let wrong = match variable.as_str() {
            "MAKEGOOD_SCIM_TOKEN" => format!("{SECRET}\n"),
            "MAKEGOOD_STEP_SECRETS" => format!("licence={SECRET}"),
            "MAKEGOOD_SMTP_URL" => format!("smtp://user:{SECRET}@mail.example"),
            "MAKEGOOD_CONSOLE_SECRET" => SECRET[..8].to_owned(),
            _ => SECRET.to_owned(),
        };
        town.stack.world.put_secret(&secret, &variable, &wrong);
    }
    for launch in &town.stack.launches {
        let mut environment = launch.environment.clone();
        if !environment.contains_key("MAKEGOOD_SECRET") {
            environment.remove("MAKEGOOD_TABLE");
        }
        let mut command = Command::new(&launch.binary);
        let ended = command.env_clear().envs(&environment).stdin(Stdio::null()).output();
        let ended = ended.expect("it starts");
        let said = [ended.stdout, ended.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(
            !ended.status.success() && said.contains("refuses_to_start"),
            "{}: {said}",
            launch.name
        );
        assert!(!said.contains(&SECRET[..8]), "{}: {said}", launch.name);
    }
}
