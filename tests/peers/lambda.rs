//! ministack's own mapping from SQS to Lambda beside our poller: the same answers, and the same real function.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use local::client::Client;
use local::emulator::Launch;
use local::loopback::listen;
use local::poller::Poller;
use local::tools::{python, root};
use serde_json::{Value, json};
use testkit::queues::Settings;
use tokio::sync::watch;

use crate::ministack::Ministack;
use crate::suite::answers::{self, BODIES, Delivered, Mapping, Script};
use crate::suite::report::{Checked, Report, same};
use crate::suite::sqs::{Made, Queue, Sqs as _, bodies, send};
use crate::suite::tell::tell;
use crate::town::Town;

/// Hidden for so long after the function failed: long enough to take the mapping away meanwhile.
const VISIBILITY_S: i64 = 4;
const VISIBLE_AGAIN: Duration = Duration::from_millis(4_300);
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// Lambda's interface, as far as a mapping needs it.
struct Lambda<'a> {
    at: &'a Ministack,
    http: Client,
}

impl<'a> Lambda<'a> {
    fn of(at: &'a Ministack) -> Self {
        Self {
            at,
            http: Client::new(PATIENCE),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let headers = [
            ("content-type", "application/json".to_owned()),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20261126/eu-central-1/lambda/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0"
                    .to_owned(),
            ),
        ];
        let url = format!("{}/2015-03-31/{path}", self.at.url);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.http.call(method, &url, &headers, body.into_bytes()).await?;
        if answer.status >= 300 {
            return Err(format!("{method} {path}: {}", answer.text()));
        }
        serde_json::from_slice(&answer.body).map_err(|wrong| format!("{method} {path}: {wrong}"))
    }

    async fn function(&self, name: &str, package: &Path, variables: &Value) -> Checked {
        let function = json!({
            "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 50,
            "Role": "arn:aws:iam::000000000000:role/function", "Code": { "ZipFile": zipped(package) },
            "Environment": { "Variables": variables },
        });
        self.ask("POST", "functions", &function).await.map(|_made| ())
    }

    /// Maps the queue to the function until one batch has been handled; tells what ministack says of it, if it does within
    /// the limit.
    async fn one_batch(&self, queue: &Queue, function: &str, limit: Duration) -> Result<Option<String>, String> {
        let mapping = json!({
            "EventSourceArn": queue.arn, "FunctionName": function, "BatchSize": 10, "Enabled": true,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        });
        let made = self.ask("POST", "event-source-mappings", &mapping).await?;
        let path = format!("event-source-mappings/{}", made["UUID"].as_str().unwrap_or_default());
        let before = made["LastProcessingResult"].clone();
        let handled = async {
            loop {
                let state = self.ask("GET", &path, &Value::Null).await?;
                if state["LastProcessingResult"] != before {
                    return Ok::<_, String>(state["LastProcessingResult"].to_string());
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let handled = tokio::time::timeout(limit, handled).await;
        self.ask("DELETE", &path, &Value::Null).await?;
        handled.ok().transpose()
    }

    /// Bodies that come again, sorted.
    async fn left(&self, queue: &Queue) -> Result<Vec<String>, String> {
        let hidden = u64::try_from(VISIBILITY_S).unwrap_or_default();
        self.at
            .pass(Duration::from_secs(hidden) + Duration::from_millis(300))
            .await;
        let mut left = Vec::new();
        loop {
            let more = bodies(&self.at.sqs, queue).await?;
            if more.is_empty() {
                left.sort();
                return Ok(left);
            }
            left.extend(more);
        }
    }
}

fn zipped(package: &Path) -> String {
    let python = python("ministack", &[&Ministack::package()]).expect("Python");
    let output = Command::new(python)
        .arg(root().join("tests/peers/zip.py"))
        .arg(package)
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Mapping for Ministack {
    fn peer(&self) -> String {
        Self::name()
    }

    /// ministack hands the event to an address instead of a process, and takes its reply for the function's answer.
    async fn deliver(&self, name: &str, script: Script) -> Result<Delivered, String> {
        let queue = self.queue(name, &Made::hiding(VISIBILITY_S)).await;
        for body in BODIES {
            send(&self.sqs, &queue, body, None).await?;
        }
        let seen = watch::Sender::new(Value::Null);
        let tell = seen.clone();
        let answer = move |body: Bytes| async move {
            let event = serde_json::from_slice(&body).unwrap_or_default();
            let answer = script(&event);
            tell.send_replace(event);
            match answer {
                Ok(text) => (StatusCode::OK, text),
                Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why),
            }
        };
        let (listener, address) = listen(0).await?;
        let router = Router::new().fallback(answer);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let lambda = Lambda::of(self);
        let variables = json!({ "MINISTACK_LAMBDA_PROXY_URL": address });
        lambda
            .function(name, &root().join("tests/peers/zip.py"), &variables)
            .await?;
        // It breaks over one of the answers, and then says nothing: what counts is what comes again.
        lambda.one_batch(&queue, name, 2 * VISIBLE_AGAIN).await?;
        let left = lambda.left(&queue).await;
        serving.abort();
        let event = seen.borrow().clone();
        Ok(Delivered { event, left: left? })
    }
}

/// From the page that `answers` names.
const WHOLE_BATCH: &str = "a batch is a complete failure for invalid JSON, for an itemIdentifier that is empty or null or \
                           has a bad key name, and for a message ID that doesn't exist";

#[tokio::test(flavor = "multi_thread")]
async fn ministack_reads_answers_but_for_malformed_ones() {
    let at = Ministack::start();
    answers::check(&at).await.end(&[
        ("no list", "a null batchItemFailures list is a complete success"),
        ("no JSON", WHOLE_BATCH),
        ("an empty id", WHOLE_BATCH),
        ("no id", WHOLE_BATCH),
        ("an id of no message", WHOLE_BATCH),
        ("another key", WHOLE_BATCH),
    ]);
}

/// Nine nudges for an order that owes nothing, and a message that is none.
fn batch(order: &str) -> Vec<String> {
    let mut batch = vec![json!({ "order": order }).to_string(); 9];
    batch.insert(4, BAD.to_owned());
    batch
}

const BAD: &str = "no nudge at all";

#[tokio::test(flavor = "multi_thread")]
async fn a_real_function_keeps_only_the_bad_message_of_a_batch() {
    let town = Town::open().await;
    let order = town.buy("solo-year").await;
    let launch = town.stack.launches.iter().find(|launch| launch.name == "provisioning");
    let launch = launch.expect("provisioning").clone();
    let wanted = vec![BAD.to_owned()];
    let mut ours = Report::new("a real function's batch", "the local stack");
    let left = by_our_poller(&town, &batch(&order.id)).await;
    ours.add("only the bad message comes again", same("left", &left, &wanted));
    ours.end(&[]);
    let at = Ministack::start();
    let mut theirs = Report::new("a real function's batch", &Ministack::name());
    let left = by_ministack(&at, &launch, &batch(&order.id)).await;
    theirs.add("only the bad message comes again", same("left", &left, &Ok(wanted)));
    theirs.end(&[]);
}

async fn by_our_poller(town: &Town, batch: &[String]) -> Vec<String> {
    let stack = &town.stack;
    let settings = Settings {
        visibility_ms: 300_000,
        delay_ms: 0,
        redrive: None,
    };
    stack.sqs.queues().create("Batch", settings);
    for body in batch {
        stack.sqs.send("Batch", body);
    }
    let poller = Poller {
        queue: "Batch".to_owned(),
        batch: Arc::new(10.into()),
        function: "provisioning".to_owned(),
        limit: Duration::from_secs(50),
        sqs: Arc::clone(&stack.sqs),
        functions: Arc::clone(&stack.emulator),
        clock: Arc::clone(&stack.world.clock),
        busy: stack.world.busy.clone(),
    };
    assert_eq!(poller.turn().await, batch.len(), "one batch");
    stack.sqs.queues().bodies("Batch")
}

/// The same binary, zipped and started by ministack, with the table of the local stack.
async fn by_ministack(at: &Ministack, launch: &Launch, batch: &[String]) -> Result<Vec<String>, String> {
    let queue = at.queue("Batch", &Made::hiding(VISIBILITY_S)).await;
    for body in batch {
        send(&at.sqs, &queue, body, None).await?;
    }
    // Lambda sets the first three itself. With the fourth our function refuses to start there: it takes ministack for AWS.
    let reserved = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "MAKEGOOD_CLOCK_FILE",
    ];
    let variables = launch.environment.iter();
    let variables = variables.filter(|(name, _)| !reserved.contains(&name.as_str()));
    let variables: serde_json::Map<String, Value> =
        variables.map(|(name, value)| (name.clone(), json!(value))).collect();
    let lambda = Lambda::of(at);
    lambda
        .function("provisioning", &launch.binary, &variables.into())
        .await?;
    let handled = lambda.one_batch(&queue, "provisioning", PATIENCE).await?;
    let handled = handled.ok_or_else(|| format!("no batch was handled; ministack says:\n{}", at.running.log()))?;
    tell(&format!("    ministack says: {handled}"));
    lambda.left(&queue).await
}
