//! One line of JSON for what somebody may look for later. Ids and classes only: no personal data, no secret, no body.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::{Map, Value, json};

/// What all our metrics stand under.
const NAMESPACE: &str = "Makegood";

/// `counted` is the word that a metric filter looks for.
pub fn note(counted: &str, fields: &[(&str, &str)]) {
    let line: BTreeMap<&str, &str> = fields.iter().copied().chain([("counted", counted)]).collect();
    write(&serde_json::to_string(&line).unwrap_or_default());
}

/// Numbers that CloudWatch makes metrics of, in its embedded metric format; one line for all of them.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
pub fn measure(function: &str, now: Timestamp, values: &[(&str, u64)]) {
    write(&measured(function, now, values).to_string());
}

fn measured(function: &str, now: Timestamp, values: &[(&str, u64)]) -> Value {
    let metrics: Vec<Value> = values.iter().map(|(name, _)| json!({ "Name": name })).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.0,
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["function"]], "Metrics": metrics }],
        }),
    );
    line.insert("function".to_owned(), json!(function));
    line.extend(values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_one_line_of_embedded_metrics() {
        let line = measured(
            "reconciliation",
            Timestamp(5),
            &[("SweeperRan", 1), ("OverdueClaimed", 7)],
        );
        let wanted = json!({
            "_aws": { "Timestamp": 5, "CloudWatchMetrics": [{
                "Namespace": "Makegood", "Dimensions": [["function"]],
                "Metrics": [{ "Name": "SweeperRan" }, { "Name": "OverdueClaimed" }],
            }] },
            "function": "reconciliation", "SweeperRan": 1, "OverdueClaimed": 7,
        });
        assert_eq!(line, wanted);
    }
}
