//! Stripe, the identity provider and the licence service at the other end of a wire without a socket.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

use super::mishaps::{Act, FROZEN, Landing, Mishap};
use super::{FakeWorld, State};
use crate::identity::{self, Call as Request};
use crate::licences;
use crate::stripe::{Call, Fate, Form, KEY_LIFE_MS};

#[derive(Clone, Debug)]
pub(super) struct Wire(pub(super) FakeWorld);

const STRIPE: &str = "https://api.stripe.com";
const IDENTITY: &str = "https://idp.example/scim/v2";
const LICENCES: &str = "https://licences.example/makegood";

/// So long the identity provider wants to be left alone, by schedule: longer than the policy's first waits.
const STAY_AWAY: Duration = Duration::from_secs(300);

type Headers = Vec<(&'static str, String)>;

/// What comes back over the wire.
enum Came {
    Answer(u16, Headers, Arc<Value>),
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
        let response = |status: u16, headers: Headers, text: String| {
            let status = StatusCode::try_from(status).map_err(|wrong| ConnectorError::other(wrong.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(text));
            for (name, value) in headers {
                response.headers_mut().insert(name, value);
            }
            Ok(response)
        };
        match self.come(request).await {
            Came::Answer(status, headers, body) if body.is_null() => response(status, headers, String::new()),
            Came::Answer(status, headers, body) => {
                response(status, headers, serde_json::to_string(&body).unwrap_or_default())
            }
            Came::Noise => response(200, Vec::new(), "<html>".to_owned()),
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
        let hosts = [
            (Act::Identity, IDENTITY),
            (Act::Licences, LICENCES),
            (Act::Stripe, STRIPE),
        ];
        let known = hosts
            .iter()
            .find_map(|(act, host)| Some((*act, url.strip_prefix(host)?)));
        let (act, path) = known.unwrap_or((Act::Stripe, url));
        let reads_on = act == Act::Stripe && path.contains("created[gte]=");
        let act = if reads_on { Act::Lists } else { act };
        let mishap = {
            let mut state = self.0.state();
            state.land();
            if matches!(act, Act::Identity | Act::Licences) {
                state.witness_wait();
            }
            let struck = state.befalls(act);
            struck.or_else(|| state.schedule.wall(act, request.method(), path))
        };
        self.0.before(mishap).await;
        let came = match mishap {
            Some(Mishap::Refused) => Came::Refused,
            Some(Mishap::Throttled) => Came::Answer(429, self.stay_away(act, false), error("rate_limit_error")),
            Some(Mishap::Rejected) if act == Act::Licences => Came::Answer(
                422,
                Vec::new(),
                Arc::new(json!({ "refused": true, "why": "By schedule." })),
            ),
            Some(Mishap::Rejected) => Came::Answer(400, Vec::new(), error("invalid_request_error")),
            Some(Mishap::Unavailable) => Came::Answer(503, self.stay_away(act, true), error("api_error")),
            Some(Mishap::LostBefore) => Came::Nothing,
            Some(Mishap::LandsLate) => self.lands_late(act, path, request),
            Some(_) | None if act == Act::Identity => self.identity(path, request, mishap),
            Some(_) | None if act == Act::Licences => self.licences(path, request, mishap),
            Some(_) | None => self.stripe(path, request, mishap),
        };
        self.0.after(mishap).await;
        match mishap {
            Some(Mishap::LostAfter) => Came::Nothing,
            Some(Mishap::Garbled) => Came::Noise,
            Some(_) | None => came,
        }
    }

    /// A provider says when to come back: as a date, or in seconds.
    fn stay_away(&self, act: Act, dated: bool) -> Headers {
        if matches!(act, Act::Stripe | Act::Lists) {
            return Vec::new();
        }
        let mut state = self.0.state();
        state.asked_to_wait(STAY_AWAY);
        if !dated {
            return vec![("retry-after", STAY_AWAY.as_secs().to_string())];
        }
        let date = |at: domain::Timestamp| {
            DateTime::from_secs(at.seconds())
                .fmt(Format::HttpDate)
                .unwrap_or_default()
        };
        let until = state.now.plus(STAY_AWAY);
        vec![("date", date(state.now)), ("retry-after", date(until))]
    }

    /// A question that nobody waits for changes nothing when it lands.
    fn lands_late(&self, act: Act, path: &str, request: &HttpRequest) -> Came {
        if request.method() != "GET" && path != "/find" {
            let mut state = self.0.state();
            let landing = Landing {
                at: state.now.plus(FROZEN),
                act,
                method: request.method().to_owned(),
                path: path.to_owned(),
                body: request.body().bytes().unwrap_or_default().to_vec(),
                key: request.headers().get("idempotency-key").map(str::to_owned),
                if_match: request.headers().get("if-match").map(str::to_owned),
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
            return Came::Answer(500, Vec::new(), error("api_error"));
        }
        if let (Some(Mishap::FailedBefore | Mishap::FailedAfter), Some(key)) = (mishap, &key) {
            state.saved_errors.insert(key.clone(), now);
            state.key_failed(key);
        }
        if mishap == Some(Mishap::FailedBefore) {
            return Came::Answer(500, Vec::new(), error("api_error"));
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
            return Came::Answer(500, Vec::new(), error("api_error"));
        }
        match reply.fate {
            Fate::Answered => Came::Answer(reply.status, Vec::new(), reply.body),
            Fate::Lost => Came::Nothing,
        }
    }

    fn identity(&self, path: &str, request: &HttpRequest, mishap: Option<Mishap>) -> Came {
        if mishap == Some(Mishap::FailedBefore) {
            return Came::Answer(500, Vec::new(), error("api_error"));
        }
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let mut state = self.0.state();
        let now = state.now.0;
        let version = request.headers().get("if-match");
        let call = Request {
            method: request.method(),
            path,
            query,
            if_match: version.filter(|_| !state.tamper.no_versions),
            body: &body,
            now,
        };
        // What comes too late changes nothing.
        if !state.directory.is_late(&call) {
            state.witness_identity(call.method, path, &body);
        }
        let reply = state.directory.handle(&call);
        let asked = reply.headers.iter().find(|(name, _)| *name == "retry-after");
        if let Some(seconds) = asked.and_then(|(_, wait)| wait.parse().ok()) {
            state.asked_to_wait(Duration::from_secs(seconds));
        }
        if mishap == Some(Mishap::FailedAfter) {
            return Came::Answer(500, Vec::new(), error("api_error"));
        }
        match reply.fate {
            identity::Fate::Answered => Came::Answer(reply.status, reply.headers, Arc::new(reply.body)),
            identity::Fate::Lost => Came::Nothing,
            identity::Fate::Killed => Came::Killed,
        }
    }

    fn licences(&self, path: &str, request: &HttpRequest, mishap: Option<Mishap>) -> Came {
        if mishap == Some(Mishap::FailedBefore) {
            return Came::Answer(500, Vec::new(), error("api_error"));
        }
        let header = |name: &str| request.headers().get(name).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let mut state = self.0.state();
        state.witness_licences(path, body);
        let call = licences::Call {
            path,
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            body,
            now: state.now.0,
        };
        let reply = state.licences.handle(&call);
        match mishap {
            Some(Mishap::FailedAfter) => Came::Answer(500, Vec::new(), error("api_error")),
            Some(_) | None if reply.lost => Came::Nothing,
            Some(_) | None => Came::Answer(reply.status, Vec::new(), Arc::new(reply.body)),
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
            if landing.act == Act::Licences {
                // It was believed when it came, and then lay there.
                self.licences.believed(&landing.path, &landing.body, now.0);
            } else if landing.act == Act::Identity {
                let body = serde_json::from_slice(&landing.body).unwrap_or(Value::Null);
                self.directory.handle(&Request {
                    method: &landing.method,
                    path: &landing.path,
                    query: "",
                    if_match: landing.if_match.as_deref(),
                    body: &body,
                    now: now.0,
                });
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
