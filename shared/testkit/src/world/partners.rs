//! Stripe and the identity provider at the other end of a wire without a socket.

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::FakeWorld;
use crate::identity;
use crate::stripe::{Call, Fate, Form};

#[derive(Debug)]
pub(super) struct Wire(pub(super) FakeWorld);

/// What comes back over the wire.
enum Came {
    Answer(u16, Value),
    /// Done, and the answer is lost.
    Nothing,
    /// Done, and whoever asked is dead before the answer comes.
    Killed,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = request.uri().to_owned();
        let came = match url.strip_prefix("https://idp.example/scim/v2") {
            Some(path) => self.identity(path, &request),
            None => self.stripe(url.strip_prefix("https://api.stripe.com").unwrap_or(&url), &request),
        };
        match came {
            Came::Answer(status, body) => {
                let status = StatusCode::try_from(status).map_err(|wrong| ConnectorError::other(wrong.into(), None));
                let text = if body.is_null() {
                    String::new()
                } else {
                    body.to_string()
                };
                HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, SdkBody::from(text))))
            }
            Came::Nothing => HttpConnectorFuture::ready(Err(ConnectorError::timeout("no answer came".into()))),
            Came::Killed => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

impl Wire {
    fn stripe(&self, path: &str, request: &HttpRequest) -> Came {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = request.body().bytes().unwrap_or_default();
        let form = if request.method() == "POST" {
            body
        } else {
            query.as_bytes()
        };
        let mut state = self.0.state();
        let now = state.now.0;
        let reply = state.stripe.handle(&Call {
            method: request.method(),
            path,
            form: Form::parse(form),
            key: request.headers().get("idempotency-key"),
            now,
        });
        match reply.fate {
            Fate::Answered => Came::Answer(reply.status, reply.body),
            Fate::Lost => Came::Nothing,
        }
    }

    fn identity(&self, path: &str, request: &HttpRequest) -> Came {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let mut state = self.0.state();
        let now = state.now.0;
        let reply = state.directory.handle(request.method(), path, query, &body, now);
        match reply.fate {
            identity::Fate::Answered => Came::Answer(reply.status, reply.body),
            identity::Fate::Lost => Came::Nothing,
            identity::Fate::Killed => Came::Killed,
        }
    }
}
