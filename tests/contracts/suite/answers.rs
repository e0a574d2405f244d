//! What a function answers about a batch, and which messages come again for it.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>.

use serde_json::{Value, json};

use super::report::{Checked, Report, holds, same};

/// A function: an event to its answer, or an invocation that failed.
pub(crate) type Script = fn(&Value) -> Result<String, String>;

pub(crate) const BODIES: [&str; 3] = ["one", "two", "three"];

pub(crate) struct Delivered {
    /// What the function was given.
    pub(crate) event: Value,
    /// Bodies that come again, sorted.
    pub(crate) left: Vec<String>,
}

/// Something between a queue and a function.
pub(crate) trait Mapping {
    /// Name and version.
    fn peer(&self) -> String;
    /// Puts [`BODIES`] into a new queue and hands them to the function as one batch.
    async fn deliver(&self, name: &str, script: Script) -> Result<Delivered, String>;
}

const NONE: &[&str] = &[];
const TWO: &[&str] = &["two"];
const ALL: &[&str] = &["one", "three", "two"];

const CASES: [(&str, Script, &[&str]); 12] = [
    ("an empty list", |_| Ok(r#"{"batchItemFailures":[]}"#.into()), NONE),
    ("no list", |_| Ok(r#"{"batchItemFailures":null}"#.into()), NONE),
    ("an empty answer", |_| Ok("{}".into()), NONE),
    ("null", |_| Ok("null".into()), NONE),
    ("one of three", |event| Ok(listed(&[id_of(event, "two")])), TWO),
    (
        "all of three",
        |event| Ok(listed(&BODIES.map(|body| id_of(event, body)))),
        ALL,
    ),
    ("no JSON", |_| Ok("<html>".into()), ALL),
    ("an empty id", |_| Ok(listed(&[json!("")])), ALL),
    ("no id", |_| Ok(listed(&[Value::Null])), ALL),
    ("an id of no message", |_| Ok(listed(&[json!("no-such-message")])), ALL),
    (
        "another key",
        |event| Ok(json!({ "batchItemFailures": [{ "id": id_of(event, "two") }] }).to_string()),
        ALL,
    ),
    ("a failed invocation", |_| Err("it broke".into()), ALL),
];

fn listed(ids: &[Value]) -> String {
    let items: Vec<Value> = ids.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": items }).to_string()
}

fn records(event: &Value) -> &[Value] {
    event["Records"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn id_of(event: &Value, body: &str) -> Value {
    let found = records(event).iter().find(|record| record["body"] == body);
    found.map_or(Value::Null, |record| record["messageId"].clone())
}

pub(crate) async fn check(at: &impl Mapping) -> Report {
    let mut report = Report::new("batch answers", &at.peer());
    let runs = CASES
        .iter()
        .enumerate()
        .map(|(number, (name, script, wanted))| async move {
            let delivered = at.deliver(&format!("Answers{number}"), *script).await?;
            let wanted: Vec<String> = wanted.iter().map(|body| (*body).to_owned()).collect();
            Ok::<_, String>((name, delivered.event, same("come again", &delivered.left, &wanted)))
        });
    let mut event = Err("nothing was delivered".to_owned());
    for ((name, ..), run) in CASES.iter().zip(futures_util::future::join_all(runs).await) {
        match run {
            Ok((_, seen, outcome)) => {
                event = Ok(seen);
                report.add(*name, outcome);
            }
            Err(why) => report.add(*name, Err(why)),
        }
    }
    report.add(
        "the event that the function is given",
        event.and_then(|event| shape(&event)),
    );
    report
}

/// What our functions read, and what anybody may expect beside it.
fn shape(event: &Value) -> Checked {
    let mut bodies: Vec<&str> = records(event)
        .iter()
        .filter_map(|record| record["body"].as_str())
        .collect();
    bodies.sort_unstable();
    same("bodies", &bodies.as_slice(), &ALL)?;
    for record in records(event) {
        let said = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        holds(
            !said("messageId").is_empty() && !said("receiptHandle").is_empty(),
            || record.to_string(),
        )?;
        same("source", &said("eventSource").as_str(), &"aws:sqs")?;
        let source = said("eventSourceARN");
        holds(
            source.starts_with("arn:aws:sqs:") && source.contains(":Answers"),
            || source,
        )?;
        same(
            "received",
            &record["attributes"]["ApproximateReceiveCount"],
            &json!("1"),
        )?;
        holds(record["attributes"]["SentTimestamp"].is_string(), || record.to_string())?;
    }
    Ok(())
}
