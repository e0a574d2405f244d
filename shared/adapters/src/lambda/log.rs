//! One line of JSON where something happened. Ids and classes only: no personal data, no secret, no body.
//!
//! What goes wrong is said at once, since the process may not live to say it later. What an invocation did, and what it
//! counted, is one line at its end; an invocation that did nothing says nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use domain::Timestamp;
use domain::event::Event;
use domain::order::Order;
use domain::owed::Which;
use domain::work::{Intent, Subject};
use serde_json::{Map, Value, json};

use super::metric::{DIMENSION, Metric, NAMESPACE};

/// Told once, at the start: the stack whose metrics these are.
static STACK: OnceLock<String> = OnceLock::new();

thread_local! {
    /// A function runs on one thread and serves one invocation at a time. None outside of one: nothing is counted there.
    static SERVED: RefCell<Option<Served>> = const { RefCell::new(None) };
}

/// The invocation that is being served.
struct Served {
    function: &'static str,
    /// Follows a purchase from function to function: nudges carry it on.
    trace: String,
    /// Of what comes without one.
    own: String,
    now: Timestamp,
    /// Of this one order, since a message is about one.
    order: Option<String>,
    did: Vec<Value>,
    counts: BTreeMap<Metric, u64>,
}

fn served<T>(look: impl FnOnce(&mut Served) -> T) -> Option<T> {
    SERVED.with(|served| served.borrow_mut().as_mut().map(look))
}

pub(super) fn of_stack(name: String) {
    let _told_before = STACK.set(name);
}

pub(super) fn begins(function: &'static str, trace: String) {
    let fresh = Served {
        function,
        trace: trace.clone(),
        own: trace,
        now: Timestamp(0),
        order: None,
        did: Vec::new(),
        counts: BTreeMap::new(),
    };
    SERVED.with(|served| *served.borrow_mut() = Some(fresh));
}

/// The time that its line bears.
pub(crate) fn at(now: Timestamp) {
    served(|served| served.now = now);
}

/// The next of several records: what was done for the one before is said under its own trace.
pub(super) fn turns_to(trace: Option<String>) {
    served(|served| {
        let did = std::mem::take(&mut served.did);
        if !did.is_empty() {
            write(&line(served, &did, &BTreeMap::new()).to_string());
        }
        served.trace = trace.unwrap_or_else(|| served.own.clone());
    });
}

pub(crate) fn trace() -> Option<String> {
    served(|served| served.trace.clone())
}

/// `counted` is the word to search for.
pub fn note(counted: &str, fields: &[(&str, &str)]) {
    let mut line: BTreeMap<&str, &str> = fields.iter().copied().chain([("counted", counted)]).collect();
    let about = served(|served| (served.function, served.trace.clone()));
    if let Some((function, trace)) = &about {
        line.extend([("function", *function), ("trace", trace.as_str())]);
    }
    write(&serde_json::to_string(&line).unwrap_or_default());
}

/// Adds to what this invocation has counted.
pub fn count(metric: Metric, by: u64) {
    served(|served| *served.counts.entry(metric).or_default() += by);
}

/// The same of several.
pub fn measure(values: &[(Metric, u64)]) {
    for (metric, value) in values {
        count(*metric, *value);
    }
}

/// One attempt at one effect, and what came of it. Why it failed is said here alone.
pub fn attempted(order: &Order, intent: &Intent, outcome: &Event) {
    served(|served| {
        served.order = Some(order.id.to_string());
        served.did.push(attempt(order, intent, outcome));
    });
}

fn attempt(order: &Order, intent: &Intent, outcome: &Event) -> Value {
    let lane = order.lane(Which::of(intent.effect.performer()));
    let tries = lane.tries(&Subject::of(&intent.effect)).map_or(1, |tries| tries.count);
    let mut line = json!({ "effect": intent.effect.to_string(), "attempt": tries, "outcome": outcome.name() });
    if let Some(failure) = outcome.failure() {
        line["failure"] = json!(failure.to_string());
    }
    line
}

/// Says what is not said yet, and all that was counted.
pub(super) fn ends() {
    let over = SERVED.with(|served| served.borrow_mut().take());
    if let Some(mut served) = over {
        served.counts.retain(|_, value| *value > 0);
        let did = std::mem::take(&mut served.did);
        if !did.is_empty() || !served.counts.is_empty() {
            write(&line(&served, &did, &served.counts).to_string());
        }
    }
}

/// What was counted is in CloudWatch's embedded metric format, which makes metrics of it.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
fn line(served: &Served, did: &[Value], counts: &BTreeMap<Metric, u64>) -> Value {
    let mut line = Map::new();
    line.insert("function".to_owned(), json!(served.function));
    line.insert("trace".to_owned(), json!(served.trace));
    if !did.is_empty() {
        line.insert("order".to_owned(), json!(served.order));
        line.insert("did".to_owned(), json!(did));
    }
    if !counts.is_empty() {
        let metrics: Vec<Value> = counts.keys().map(|metric| json!({ "Name": metric.name() })).collect();
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": metrics });
        let about = json!({ "Timestamp": served.now.0, "CloudWatchMetrics": [directive] });
        line.insert("_aws".to_owned(), about);
        let stack = STACK.get().map_or("none", String::as_str);
        line.insert(DIMENSION.to_owned(), json!(stack));
        let values = counts.iter();
        line.extend(values.map(|(metric, value)| (metric.name().to_owned(), json!(value))));
    }
    Value::Object(line)
}

/// Whole before it is printed: standard output takes it in one piece.
#[expect(
    clippy::print_stdout,
    reason = "on Lambda this is the log, and a test's output is kept with the test"
)]
fn write(line: &str) {
    println!("{line}");
}

/// What is counted meanwhile, as in an invocation.
#[cfg(test)]
pub(crate) fn counted(meanwhile: impl FnOnce()) -> BTreeMap<Metric, u64> {
    begins("reconciliation", "1-a".to_owned());
    meanwhile();
    let served = SERVED.with(|served| served.borrow_mut().take());
    served.map(|served| served.counts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(counts: &[(Metric, u64)]) -> Option<Served> {
        begins("reconciliation", "1-a".to_owned());
        at(Timestamp(5));
        measure(counts);
        SERVED.with(|served| served.borrow_mut().take())
    }

    #[test]
    fn what_an_invocation_counted_is_one_line_of_embedded_metrics() {
        let served = invocation(&[
            (Metric::SweeperRan, 1),
            (Metric::OverdueClaimed, 3),
            (Metric::OverdueClaimed, 4),
        ])
        .expect("an invocation");
        let wanted = json!({
            "_aws": { "Timestamp": 5, "CloudWatchMetrics": [{
                "Namespace": "Makegood", "Dimensions": [["stack"]],
                "Metrics": [{ "Name": "SweeperRan" }, { "Name": "OverdueClaimed" }],
            }] },
            "function": "reconciliation", "stack": "none", "trace": "1-a", "SweeperRan": 1, "OverdueClaimed": 7,
        });
        assert_eq!(line(&served, &[], &served.counts), wanted);
    }

    #[test]
    fn outside_of_an_invocation_nothing_is_counted() {
        count(Metric::SweeperRan, 1);
        assert!(SERVED.with(|served| served.borrow().is_none()));
    }
}
