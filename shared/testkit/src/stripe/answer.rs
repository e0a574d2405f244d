//! Stripe's way to answer.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Form;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Arc<Value>,
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

impl Reply {
    /// Only answers from after the work began are saved: one that names a bad parameter is from before.
    pub(super) fn began(&self) -> bool {
        self.body["error"]["param"].is_null()
    }

    /// The error says more.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        Arc::make_mut(&mut self.body)["error"][name] = value;
        self
    }
}

fn reply(status: u16, body: Value) -> Reply {
    Reply {
        status,
        body: Arc::new(body),
        replayed: false,
        fate: Fate::Answered,
    }
}

pub(super) fn ok(body: Value) -> Reply {
    reply(200, body)
}

pub(super) fn error(status: u16, kind: &str, code: &str, message: &str) -> Reply {
    let mut error = json!({ "type": kind, "message": message });
    if !code.is_empty() {
        error["code"] = json!(code);
    }
    reply(status, json!({ "error": error }))
}

/// What was asked for cannot be done as things stand.
pub(super) fn refused(code: &str, message: &str) -> Reply {
    error(400, "invalid_request_error", code, message)
}

/// A parameter is no good, whatever things are like.
pub(super) fn invalid(param: &str, code: &str, message: &str) -> Reply {
    let reply = refused(code, message);
    reply.with("param", json!(param))
}

pub(super) fn missing() -> Reply {
    error(404, "invalid_request_error", "resource_missing", "No such object.")
}

pub(super) fn found(object: Option<Value>) -> Reply {
    object.map_or_else(missing, ok)
}

/// Newest first, between two moments where the form names them, with a cursor.
pub(super) fn list(url: &str, form: &Form, newest_first: impl Iterator<Item = Value>) -> Reply {
    let bound = |name: &str| form.number(&format!("created[{name}]"));
    let (gte, gt, lte, lt) = (bound("gte"), bound("gt"), bound("lte"), bound("lt"));
    let wanted = |object: &Value| {
        let created = object["created"].as_i64().unwrap_or_default();
        gte.is_none_or(|bound| created >= bound)
            && gt.is_none_or(|bound| created > bound)
            && lte.is_none_or(|bound| created <= bound)
            && lt.is_none_or(|bound| created < bound)
    };
    let all: Vec<Value> = newest_first.filter(wanted).collect();
    let limit = usize::try_from(form.number("limit").unwrap_or(10).clamp(1, 100)).unwrap_or(10);
    let place = |name: &str| {
        let entry = form.get(name)?;
        Some(all.iter().position(|object| object["id"] == entry))
    };
    let (data, more) = match (place("starting_after"), place("ending_before")) {
        (Some(None), _) | (_, Some(None)) => return missing(),
        // The page next to the entry, and not the newest of all that are newer.
        (None, Some(Some(end))) => (&all[end.saturating_sub(limit)..end], end > limit),
        (after, None | Some(Some(_))) => {
            let start = after.flatten().map_or(0, |at| at + 1);
            (&all[start..all.len().min(start + limit)], start + limit < all.len())
        }
    };
    ok(json!({ "object": "list", "url": url, "has_more": more, "data": data }))
}
