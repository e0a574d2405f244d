//! A step in any other system, over signed HTTP: three addresses below one, `/deliver`, `/find` and `/revoke`. Each call
//! is a POST of JSON whose `type` says the same as its address, signed as in Standard Webhooks, so that its libraries can
//! check it in any language. `/find` is how a lost answer is read back: the other system needs no more than to keep the
//! order's id beside what it made for it.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

mod config;
#[cfg(test)]
mod tests;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use domain::Timestamp;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::ObjectId;
use domain::order::Order;
use domain::receipt::{Origin, StepName};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;

pub(crate) use config::SignedConfig;
pub use config::addresses;

use crate::http::{Header, Http, NoReply, Reply};
use crate::secret::Held;

/// Longer than any id that a system gives to what it made.
const ID_LETTERS_MAX: usize = 200;

pub(crate) struct Signed {
    config: Held<SignedConfig>,
    http: Http,
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Ask<'a> {
    Deliver,
    Find,
    Revoke(&'a ObjectId),
}

impl Ask<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Find => "find",
            Self::Revoke(_) => "revoke",
        }
    }
}

/// What is listed for one order: far more than anything ever made for it.
const LISTED_MAX: usize = 20;

/// One object, as the other system names it.
#[derive(Deserialize)]
struct Named {
    id: String,
    /// Whose it is, in a list: a search that was answered with more than was asked for must show.
    #[serde(default)]
    order: String,
    /// It was there before the order, and is no order's to take back.
    #[serde(default)]
    found: bool,
}

#[derive(Deserialize)]
struct List {
    objects: Vec<Named>,
}

impl List {
    /// None: it is somebody else's too, or names nothing. Half a list would be read as "there is none".
    fn of(self, order: &Order) -> Option<Vec<(ObjectId, Origin)>> {
        let theirs = self.objects.iter().all(|named| named.order == order.id.as_str());
        let fits = theirs && self.objects.len() <= LISTED_MAX;
        fits.then(|| self.objects.into_iter().map(object).collect())?
    }
}

/// A refusal of this buyer says so. A bare status may be a proxy's, or a library's that dislikes our request.
#[derive(Deserialize)]
struct Refusal {
    refused: bool,
}

impl Signed {
    pub(crate) fn new(config: Held<SignedConfig>, http: Http) -> Self {
        Self { config, http }
    }

    /// Makes it, or finds that it is there. The same order's second call has the same key, and must make nothing new.
    pub(crate) async fn deliver(
        &self,
        order: &Order,
        step: StepName,
        at: Timestamp,
    ) -> Result<(ObjectId, Origin), Failure> {
        let reply = understand(self.call(order, step, Ask::Deliver, at).await)?;
        let named: Option<Named> = serde_json::from_slice(&reply).ok();
        named.and_then(object).ok_or(Failure::unknown(Reason::Garbled))
    }

    /// All that the other system has for this order. Asking changes nothing.
    pub(crate) async fn find(
        &self,
        order: &Order,
        step: StepName,
        at: Timestamp,
    ) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        let asked = understand(self.call(order, step, Ask::Find, at).await);
        let reply = asked.map_err(|failure| match failure.class {
            FailureClass::Unknown | FailureClass::Rejected => failure.seen_as(FailureClass::Transient),
            FailureClass::Transient | FailureClass::Throttled => failure,
        })?;
        let listed: Option<List> = serde_json::from_slice(&reply).ok();
        let objects = listed.and_then(|list| list.of(order));
        objects.ok_or(Failure::new(FailureClass::Transient, Reason::Garbled))
    }

    /// Takes it back; gone already is good. A page that is no answer to it, as from a proxy, has taken nothing back.
    pub(crate) async fn revoke(
        &self,
        order: &Order,
        step: StepName,
        id: &ObjectId,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let said = understand(self.call(order, step, Ask::Revoke(id), at).await)?;
        let done = said.is_empty() || serde_json::from_slice::<Map<String, Value>>(&said).is_ok();
        done.then_some(()).ok_or(Failure::unknown(Reason::Garbled))
    }

    /// A step that nobody has set up an address for waits, as for a system that is away: the buyer did nothing wrong.
    async fn call(&self, order: &Order, step: StepName, ask: Ask<'_>, at: Timestamp) -> Result<Reply, NoReply> {
        let body = body(order, step, ask).to_string().into_bytes();
        let key = format!("{}:{}:{}", order.id, step.as_str(), ask.name());
        let (id, key) = match ask {
            Ask::Deliver => (key.clone(), Some(key)),
            Ask::Revoke(object) => {
                let key = format!("{key}:{object}");
                (key.clone(), Some(key))
            }
            // Each question is a new one: a remembered answer would be an old one.
            Ask::Find => (format!("{key}:{}", at.0), None),
        };
        let seconds = at.seconds().to_string();
        let refused =
            |came: &Result<Reply, NoReply>| came.as_ref().is_ok_and(|reply| matches!(reply.status, 401 | 403));
        let call = async |config: &SignedConfig| {
            let target = config.target(step).ok_or(NoReply::NotSent)?;
            let secrets = target.secrets.iter();
            let signatures: Vec<String> = secrets.map(|secret| signature(secret, &id, &seconds, &body)).collect();
            let mut headers: Vec<Header> = vec![
                ("content-type", "application/json".into()),
                ("webhook-id", id.clone().into()),
                ("webhook-timestamp", seconds.clone().into()),
                ("webhook-signature", signatures.join(" ").into()),
            ];
            headers.extend(key.clone().map(|key| ("idempotency-key", key.into())));
            let address = format!("{}/{}", target.address, ask.name());
            self.http.send("POST", &address, headers, body.clone()).await
        };
        self.config.with(refused, call).await
    }
}

/// Only a delivery needs to know who the buyer is. The same call again is the same bytes, since a key that comes with others
/// is refused by many: the time in it is the order's, and the header's is the attempt's.
fn body(order: &Order, step: StepName, ask: Ask<'_>) -> Value {
    let mut data = json!({
        "order": order.id,
        "reference": order.reference(),
        "step": step.as_str(),
        "product": order.product.id,
    });
    match ask {
        Ask::Deliver => {
            let buyer = &order.buyer;
            data["buyer"] = json!({ "name": buyer.name, "email": buyer.email, "team": buyer.team });
            let made = order
                .product
                .steps
                .iter()
                .filter_map(|step| Some((step.name().to_owned(), order.winner(*step)?)));
            data["objects"] = made.map(|(step, receipt)| (step, json!(receipt.object))).collect();
        }
        Ask::Find => {}
        Ask::Revoke(object) => data["object"] = json!(object),
    }
    let timestamp = DateTime::from_millis(order.created_at.0)
        .fmt(Format::DateTime)
        .unwrap_or_default();
    json!({ "type": format!("step.{}", ask.name()), "timestamp": timestamp, "data": data })
}

/// `v1,` and the HMAC-SHA256 of "id.timestamp.body". The key is what stands after `whsec_`, as bytes.
fn signature(key: &[u8], id: &str, seconds: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// An id that can be named again, in a header too.
fn object(named: Named) -> Option<(ObjectId, Origin)> {
    let fits =
        (1..=ID_LETTERS_MAX).contains(&named.id.len()) && named.id.bytes().all(|letter| letter.is_ascii_graphic());
    let origin = if named.found { Origin::Found } else { Origin::Made };
    fits.then(|| (ObjectId::new(named.id), origin))
}

/// What an answer means, classified once. Two say no to the buyer, 409 and 422 with `"refused": true`; every other refusal
/// is about our address, our secret or our request, and no buyer is undone for that.
fn understand(answered: Result<Reply, NoReply>) -> Result<Vec<u8>, Failure> {
    let reply = match answered {
        Ok(reply) => reply,
        Err(NoReply::NotSent) => return Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
        Err(NoReply::NoAnswer) => return Err(Failure::unknown(Reason::NoAnswer)),
    };
    let refused = serde_json::from_slice::<Refusal>(&reply.body).is_ok_and(|said| said.refused);
    let (class, reason) = match reply.status {
        // Taken up, and nobody knows what comes of it.
        202 => (FailureClass::Unknown, Reason::Garbled),
        200..=299 => return Ok(reply.body),
        404 => (FailureClass::Transient, Reason::Missing),
        408 => (FailureClass::Unknown, Reason::NoAnswer),
        409 if refused => (FailureClass::Rejected, Reason::Taken),
        422 if refused => (FailureClass::Rejected, Reason::Refused),
        429 => (FailureClass::Throttled, Reason::TooMany),
        400..=499 => (FailureClass::Transient, Reason::NotAllowed),
        // Who says when to come back has not begun.
        503 if reply.retry_after.is_some() => (FailureClass::Transient, Reason::Unavailable),
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
