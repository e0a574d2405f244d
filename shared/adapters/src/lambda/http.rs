//! API Gateway's HTTP API, payload format 2.0, as far as we read it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use super::metric::Metric;
use super::{log, trace};

/// A request, with its body as the bytes that came.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub cookies: Vec<String>,
    /// What a JWT authorizer in front of us found true of whoever asks; empty without one.
    pub claims: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
    #[serde(default)]
    authorizer: Authorizer,
}

#[derive(Default, Deserialize)]
struct Authorizer {
    #[serde(default)]
    jwt: Jwt,
}

#[derive(Default, Deserialize)]
struct Jwt {
    #[serde(default)]
    claims: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

/// Serves until Lambda ends the process. A panic is answered with 500, and the next request is served.
///
/// # Errors
/// When Lambda's runtime interface fails.
pub async fn serve(
    function: &'static str,
    handler: impl AsyncFn(Request) -> Response,
) -> Result<(), lambda_runtime::Error> {
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        log::begins(function, trace::of(&event.context));
        let request = match read(event.payload) {
            Ok(request) => request,
            Err(why) => return Ok::<_, lambda_runtime::Error>(answer(plain(400, why))),
        };
        // In a box: the whole chain of calls below would else be part of what waits for requests.
        let served = AssertUnwindSafe(Box::pin(handler(request))).catch_unwind().await;
        let served = served.unwrap_or_else(|_panic| {
            log::note("panicked", &[("function", function)]);
            plain(
                500,
                "Something went wrong on our side. Nothing was charged by this request; please try again.",
            )
        });
        log::count(Metric::RequestsFailed, u64::from(served.status >= 500));
        log::ends();
        Ok(answer(served))
    }))
    .await
}

fn plain(status: u16, body: &str) -> Response {
    Response::new(status, "text/plain; charset=utf-8", body)
}

fn read(event: Event) -> Result<Request, &'static str> {
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        STANDARD
            .decode(body)
            .map_err(|_wrong| "The request could not be read.")?
    } else {
        body.into_bytes()
    };
    Ok(Request {
        method: event.request_context.http.method,
        path: event.raw_path,
        query: event.raw_query_string,
        headers: event
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        cookies: event.cookies,
        claims: event.request_context.authorizer.jwt.claims,
        body,
    })
}

fn answer(response: Response) -> Answer {
    let (cookies, headers): (Vec<_>, Vec<_>) = response
        .headers
        .into_iter()
        .partition(|(name, _)| *name == "set-cookie");
    Answer {
        status_code: response.status,
        headers: headers.into_iter().collect(),
        cookies: cookies.into_iter().map(|(_, value)| value).collect(),
        body: response.body,
        is_base64_encoded: false,
    }
}
