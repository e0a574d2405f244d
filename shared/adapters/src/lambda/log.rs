//! One line of JSON for what somebody may look for later. Ids and classes only: no personal data, no secret, no body.

use std::io::Write as _;

/// `counted` is the word that a metric filter looks for.
pub fn note(counted: &str, fields: &[(&str, &str)]) {
    let mut line = serde_json::Map::with_capacity(fields.len() + 1);
    line.insert("counted".to_owned(), counted.into());
    for (name, value) in fields {
        line.insert((*name).to_owned(), (*value).into());
    }
    // Nothing is done about a log that cannot be written: the work goes on.
    let _ignored = writeln!(std::io::stdout().lock(), "{}", serde_json::Value::Object(line));
}
