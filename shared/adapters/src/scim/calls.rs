//! The calls themselves, and what their answers mean.

use domain::failure::{Failure, FailureClass, Reason};
use domain::id::ObjectId;
use serde_json::Value;

use super::Scim;
use super::config::Token;
use super::text::{equals, escaped};
use crate::http::{Header, NoReply, Reply};

/// Resources asked for at once. A provider may give fewer.
const PAGE: usize = 100;

/// A mark or a name has few matches. A list longer than this is no answer to what was asked.
const PAGES_MAX: usize = 5;

/// Says nothing that we can use; nothing was changed by asking, so it is asked again.
const GARBLED: Failure = Failure::new(FailureClass::Transient, Reason::Garbled);

/// What was answered, with its version where the provider keeps versions.
pub(super) struct Answer {
    pub(super) body: Value,
    pub(super) version: Option<String>,
}

impl Scim {
    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        version: Option<&str>,
        body: Option<Value>,
    ) -> Result<Reply, NoReply> {
        let body = body.and_then(|body| serde_json::to_vec(&body).ok()).unwrap_or_default();
        let url = format!("{}{path}", self.config.url);
        let refused = |came: &Result<Reply, NoReply>| came.as_ref().is_ok_and(|reply| reply.status == 401);
        let call = async |token: &Token| {
            let mut headers: Vec<Header> = vec![
                ("authorization", token.bearer().into()),
                ("content-type", "application/scim+json".into()),
                ("accept", "application/scim+json".into()),
            ];
            headers.extend(version.map(|version| ("if-match", version.to_owned().into())));
            self.http.send(method, &url, headers, body.clone()).await
        };
        self.config.token.with(refused, call).await
    }

    pub(super) async fn read(&self, path: &str) -> Result<Answer, Failure> {
        asked(self.call("GET", path, None, None).await)
    }

    pub(super) async fn change(&self, method: &str, path: &str, body: Option<Value>) -> Result<Answer, Failure> {
        understand(self.call(method, path, None, body).await)
    }

    /// A change of what was read: it is not done if somebody else was faster, where the provider keeps versions.
    pub(super) async fn change_if(
        &self,
        version: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, Failure> {
        understand(self.call(method, path, version, body).await)
    }

    pub(super) async fn create(&self, kind: &str, body: Value) -> Result<ObjectId, Failure> {
        let made = self.change("POST", &format!("/{kind}"), Some(body)).await;
        let made = made.map_err(no_endpoint)?;
        id_of(&made.body).ok_or(Failure::unknown(Reason::Garbled))
    }

    /// Resources whose attribute has this value, from all pages. They are held against the question once more: a provider
    /// that does not know the filter answers with everybody it has.
    pub(super) async fn search(
        &self,
        kind: &str,
        attribute: &str,
        value: &str,
        same: fn(&str, &str) -> bool,
    ) -> Result<Vec<Value>, Failure> {
        let filter = escaped(&equals(attribute, value));
        let mut all: Vec<Value> = Vec::new();
        for _ in 0..PAGES_MAX {
            let start = all.len() + 1;
            let path = format!("/{kind}?filter={filter}&startIndex={start}&count={PAGE}");
            let page = self.read(&path).await;
            let mut page = page.map_err(not_the_buyer)?.body;
            let total = page.get("totalResults").and_then(Value::as_u64);
            let resources = match page.get_mut("Resources").map(Value::take) {
                Some(Value::Array(resources)) => resources,
                _ if total == Some(0) => Vec::new(),
                _ => return Err(GARBLED),
            };
            let empty = resources.is_empty();
            all.extend(resources);
            let total = total.map_or(all.len(), |total| usize::try_from(total).unwrap_or(usize::MAX));
            if all.len() >= total {
                let has = |found: &Value| found.get(attribute).and_then(Value::as_str).map(|has| same(has, value));
                all.retain(|found| has(found) == Some(true));
                return Ok(all);
            }
            // Half a list would be read as "there is none": rather ask again.
            if empty {
                return Err(GARBLED);
            }
        }
        Err(GARBLED)
    }
}

pub(super) fn id_of(resource: &Value) -> Option<ObjectId> {
    resource.get("id").and_then(Value::as_str).map(ObjectId::new)
}

/// A search that is refused is our question or our address, and no buyer is undone for it.
pub(super) fn not_the_buyer(failure: Failure) -> Failure {
    match failure.class {
        FailureClass::Rejected => failure.seen_as(FailureClass::Transient),
        FailureClass::Transient | FailureClass::Throttled | FailureClass::Unknown => failure,
    }
}

/// Where nothing can be made at all, our address is wrong: no buyer is undone for that.
fn no_endpoint(failure: Failure) -> Failure {
    if failure.reason == Reason::Missing {
        failure.seen_as(FailureClass::Transient)
    } else {
        failure
    }
}

/// The answer to a question: nothing changed, so asking again is always safe.
fn asked(answered: Result<Reply, NoReply>) -> Result<Answer, Failure> {
    understand(answered).map_err(|failure| match failure.class {
        FailureClass::Unknown => failure.seen_as(FailureClass::Transient),
        FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected => failure,
    })
}

/// The answer to a change, classified once. Source: RFC 7644, 3.12.
fn understand(answered: Result<Reply, NoReply>) -> Result<Answer, Failure> {
    let reply = match answered {
        Ok(reply) => reply,
        Err(NoReply::NotSent) => return Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
        Err(NoReply::NoAnswer) => return Err(Failure::unknown(Reason::NoAnswer)),
    };
    let (class, reason) = match reply.status {
        200..=299 => return said(reply),
        // Our token, not the buyer: a mended token delivers the order, so it must not be undone.
        401 => (FailureClass::Transient, Reason::NotAllowed),
        404 => (FailureClass::Rejected, Reason::Missing),
        408 => (FailureClass::Unknown, Reason::NoAnswer),
        409 => (FailureClass::Rejected, Reason::Taken),
        // What we read is not what stands there now: it is looked at again.
        412 => (FailureClass::Transient, Reason::Changed),
        // Turned away at the door.
        429 => (FailureClass::Throttled, Reason::TooMany),
        400..=499 => (FailureClass::Rejected, Reason::Refused),
        // Who says when to come back has not begun.
        503 if reply.retry_after.is_some() => (FailureClass::Transient, Reason::Unavailable),
        // "Not now", from whoever stands on the way: a proxy says it too when the provider broke off in the middle of it.
        503 => (FailureClass::Unknown, Reason::Unavailable),
        500..=599 => (FailureClass::Unknown, Reason::ServerError),
        _ => (FailureClass::Unknown, Reason::Garbled),
    };
    let retry_after = reply.retry_after.filter(|_| matches!(reply.status, 429 | 503));
    Err(Failure {
        class,
        reason,
        retry_after,
    })
}

/// A provider may do a change and say no more about it.
fn said(reply: Reply) -> Result<Answer, Failure> {
    let body = match reply.body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&reply.body).map_err(|_garbled| Failure::unknown(Reason::Garbled))?,
    };
    let meta = || body.pointer("/meta/version").and_then(Value::as_str).map(str::to_owned);
    let version = reply.etag.or_else(meta);
    Ok(Answer { body, version })
}
