//! One line of JSON for what somebody may look for later. Ids and classes only: no personal data, no secret, no body.

/// `counted` is the word that a metric filter looks for.
#[expect(
    clippy::print_stdout,
    reason = "on Lambda this is the log, and a test's output is kept with the test"
)]
pub fn note(counted: &str, fields: &[(&str, &str)]) {
    let mut line = serde_json::Map::with_capacity(fields.len() + 1);
    line.insert("counted".to_owned(), counted.into());
    for (name, value) in fields {
        line.insert((*name).to_owned(), (*value).into());
    }
    println!("{}", serde_json::Value::Object(line));
}
