//! Requests with several entries.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{BATCH_MAX, Refused};

/// Does the same for each entry of a batch: one that fails is reported, and the others are done.
pub(super) fn each(body: &Value, act: impl Fn(&Value) -> Result<Value, Refused>) -> Result<Value, Refused> {
    let refused = |code: &'static str, sentence: &str| Err(Refused(code, sentence.to_owned()));
    let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["Id"].as_str()).collect();
    if entries.is_empty() {
        return refused(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
        );
    }
    if entries.len() > BATCH_MAX {
        return refused("TooManyEntriesInBatchRequest", "At most 10 entries are allowed.");
    }
    if ids.len() < entries.len() {
        return refused("BatchEntryIdsNotDistinct", "Two entries have the same Id.");
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match act(entry) {
            Ok(mut done) => {
                done["Id"] = entry["Id"].clone();
                successful.push(done);
            }
            Err(Refused(code, sentence)) => {
                failed.push(json!({ "Id": entry["Id"], "Code": code, "Message": sentence, "SenderFault": true }));
            }
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}
