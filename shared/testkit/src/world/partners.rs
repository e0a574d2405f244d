//! Stripe and the identity provider at the other end of a wire without a socket.

use std::future::pending;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::mishaps::{Act, FROZEN, Landing, Mishap};
use super::{FakeWorld, State};
use crate::identity;
use crate::stripe::{Call, Fate, Form, KEY_LIFE_MS};

#[derive(Clone, Debug)]
pub(super) struct Wire(pub(super) FakeWorld);

const STRIPE: &str = "https://api.stripe.com";
const IDENTITY: &str = "https://idp.example/scim/v2";

/// What comes back over the wire.
enum Came {
    Answer(u16, Arc<Value>),
    /// An answer that nobody can read.
    Noise,
    /// No connection came about.
    Refused,
    /// Nobody knows whether it was done.
    Nothing,
    /// Done, and whoever asked is dead before the answer comes.
    Killed,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.answer(&request).await })
    }
}

impl Wire {
    async fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let response = |status: u16, text: String| {
            let status = StatusCode::try_from(status).map_err(|wrong| ConnectorError::other(wrong.into(), None))?;
            Ok(HttpResponse::new(status, SdkBody::from(text)))
        };
        match self.come(request).await {
            Came::Answer(status, body) if body.is_null() => response(status, String::new()),
            Came::Answer(status, body) => response(status, serde_json::to_string(&body).unwrap_or_default()),
            Came::Noise => response(200, "<html>".to_owned()),
            Came::Refused => {
                let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
                Err(ConnectorError::io(refused.into()))
            }
            Came::Nothing => Err(ConnectorError::timeout("no answer came".into())),
            Came::Killed => pending().await,
        }
    }

    async fn come(&self, request: &HttpRequest) -> Came {
        let url = request.uri();
        let (act, path) = match url.strip_prefix(IDENTITY) {
            Some(path) => (Act::Identity, path),
            None => (Act::Stripe, url.strip_prefix(STRIPE).unwrap_or(url)),
        };
        let mishap = {
            let mut state = self.0.state();
            state.land();
            state.befalls(act)
        };
        self.0.before(mishap).await;
        let came = match mishap {
            Some(Mishap::Refused) => Came::Refused,
            Some(Mishap::Throttled) => Came::Answer(429, error("rate_limit_error")),
            Some(Mishap::Rejected) => Came::Answer(400, error("invalid_request_error")),
            Some(Mishap::Unavailable) => Came::Answer(503, error("api_error")),
            Some(Mishap::LostBefore) => Came::Nothing,
            Some(Mishap::LandsLate) => self.lands_late(act, path, request),
            Some(_) | None if act == Act::Identity => self.identity(path, request, mishap),
            Some(_) | None => self.stripe(path, request, mishap),
        };
        self.0.after(mishap).await;
        match mishap {
            Some(Mishap::LostAfter) => Came::Nothing,
            Some(Mishap::Garbled) => Came::Noise,
            Some(_) | None => came,
        }
    }

    /// A question that nobody waits for changes nothing when it lands.
    fn lands_late(&self, act: Act, path: &str, request: &HttpRequest) -> Came {
        if request.method() != "GET" {
            let mut state = self.0.state();
            let landing = Landing {
                at: state.now.plus(FROZEN),
                act,
                method: request.method().to_owned(),
                path: path.to_owned(),
                body: request.body().bytes().unwrap_or_default().to_vec(),
                key: request.headers().get("idempotency-key").map(str::to_owned),
            };
            state.landings.push(landing);
        }
        Came::Nothing
    }

    fn stripe(&self, path: &str, request: &HttpRequest, mishap: Option<Mishap>) -> Came {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = request.body().bytes().unwrap_or_default();
        let posts = request.method() == "POST";
        let form = Form::parse(if posts { body } else { query.as_bytes() });
        let mut state = self.0.state();
        let now = state.now.0;
        let key = request.headers().get("idempotency-key");
        let key = key.map(|key| state.tamper.key.map_or_else(|| key.to_owned(), |tamper| tamper(key)));
        if posts {
            state.witness_stripe(path, &form, key.as_deref());
        }
        if let Some(key) = &key
            && state.saved_errors.get(key).is_some_and(|at| now - at < KEY_LIFE_MS)
        {
            state.key_failed(key);
            return Came::Answer(500, error("api_error"));
        }
        if let (Some(Mishap::FailedBefore | Mishap::FailedAfter), Some(key)) = (mishap, &key) {
            state.saved_errors.insert(key.clone(), now);
            state.key_failed(key);
        }
        if mishap == Some(Mishap::FailedBefore) {
            return Came::Answer(500, error("api_error"));
        }
        let reply = state.stripe.handle(&Call {
            method: request.method(),
            path,
            form,
            key: key.as_deref(),
            now,
        });
        if reply.status >= 500
            && let Some(key) = &key
        {
            state.key_failed(key);
        }
        // A key in use says the same, and is no fault of the request.
        if reply.status == 400 && reply.body["error"]["type"] == "idempotency_error" {
            state.accuse("W4 Key truth", format!("{path}: Stripe says idempotency_error"));
        }
        if mishap == Some(Mishap::FailedAfter) {
            return Came::Answer(500, error("api_error"));
        }
        match reply.fate {
            Fate::Answered => Came::Answer(reply.status, reply.body),
            Fate::Lost => Came::Nothing,
        }
    }

    fn identity(&self, path: &str, request: &HttpRequest, mishap: Option<Mishap>) -> Came {
        if mishap == Some(Mishap::FailedBefore) {
            return Came::Answer(500, error("api_error"));
        }
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let mut state = self.0.state();
        let now = state.now.0;
        state.witness_identity(request.method(), path, &body);
        let reply = state.directory.handle(request.method(), path, query, body, now);
        if mishap == Some(Mishap::FailedAfter) {
            return Came::Answer(500, error("api_error"));
        }
        match reply.fate {
            identity::Fate::Answered => Came::Answer(reply.status, reply.body),
            identity::Fate::Lost => Came::Nothing,
            identity::Fate::Killed => Came::Killed,
        }
    }
}

impl State {
    /// Late calls whose time has come are done, and nobody hears of it.
    pub fn land(&mut self) {
        let now = self.now;
        let (landed, flying) = std::mem::take(&mut self.landings)
            .into_iter()
            .partition::<Vec<_>, _>(|landing| landing.at <= now);
        self.landings = flying;
        for landing in landed {
            if landing.act == Act::Identity {
                let body = serde_json::from_slice(&landing.body).unwrap_or(Value::Null);
                self.directory.handle(&landing.method, &landing.path, "", body, now.0);
            } else {
                self.stripe.handle(&Call {
                    method: &landing.method,
                    path: &landing.path,
                    form: Form::parse(&landing.body),
                    key: landing.key.as_deref(),
                    now: now.0,
                });
            }
        }
    }
}

fn error(kind: &str) -> Arc<Value> {
    Arc::new(json!({ "error": { "type": kind, "message": "By schedule." }, "detail": "By schedule." }))
}
