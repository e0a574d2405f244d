//! One line of JSON for what somebody may look for later. Ids and classes only: no personal data, no secret, no body.

use std::collections::BTreeMap;

/// `counted` is the word that a metric filter looks for.
#[expect(
    clippy::print_stdout,
    reason = "on Lambda this is the log, and a test's output is kept with the test"
)]
pub fn note(counted: &str, fields: &[(&str, &str)]) {
    let line: BTreeMap<&str, &str> = fields.iter().copied().chain([("counted", counted)]).collect();
    // Whole before it is printed: standard output takes it in one piece.
    let line = serde_json::to_string(&line).unwrap_or_default();
    println!("{line}");
}
