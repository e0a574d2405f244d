//! Stripe's way to answer.

use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    /// From a saved answer.
    pub replayed: bool,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// Done, and the answer goes nowhere.
    Lost,
}

pub(super) fn ok(body: Value) -> Reply {
    Reply {
        status: 200,
        body,
        replayed: false,
        fate: Fate::Answered,
    }
}

pub(super) fn error(status: u16, kind: &str, code: &str, message: &str) -> Reply {
    let mut error = json!({ "type": kind, "message": message });
    if !code.is_empty() {
        error["code"] = json!(code);
    }
    Reply {
        status,
        body: json!({ "error": error }),
        replayed: false,
        fate: Fate::Answered,
    }
}

pub(super) fn missing() -> Reply {
    error(404, "invalid_request_error", "resource_missing", "No such object.")
}
