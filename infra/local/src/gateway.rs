//! What API Gateway's HTTP API does: the template's routes, payload format 2.0.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::template::Function;

/// API Gateway's own limits.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
const LIMIT: Duration = Duration::from_secs(30);

struct Route {
    method: String,
    path: String,
    function: String,
    limit: Duration,
}

struct Gateway {
    emulator: Arc<Emulator>,
    routes: Vec<Route>,
}

pub fn router(emulator: Arc<Emulator>, functions: &[Function]) -> Router {
    let routes = functions.iter().flat_map(|function| {
        function.routes.iter().map(|(method, path)| Route {
            method: method.clone(),
            path: path.clone(),
            function: function.name.clone(),
            limit: Duration::from_secs(function.timeout_s).min(LIMIT),
        })
    });
    let gateway = Gateway {
        emulator,
        routes: routes.collect(),
    };
    Router::new().fallback(answer).with_state(Arc::new(gateway))
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let path = parts.uri.path();
    let route = gateway
        .routes
        .iter()
        .find(|route| (route.method == "ANY" || route.method == parts.method.as_str()) && fits(&route.path, path));
    let Some(route) = route else {
        return plain(StatusCode::NOT_FOUND);
    };
    let event = event(
        &parts.method,
        path,
        parts.uri.query().unwrap_or_default(),
        &parts.headers,
        &body,
    );
    match gateway
        .emulator
        .invoke(&route.function, event.to_string().into_bytes(), route.limit)
        .await
    {
        Ok(answer) => translate(&answer).unwrap_or_else(|| plain(StatusCode::INTERNAL_SERVER_ERROR)),
        Err(_died_or_late) => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn plain(status: StatusCode) -> Response {
    (
        status,
        [("content-type", "application/json")],
        json!({ "message": status.canonical_reason() }).to_string(),
    )
        .into_response()
}

/// `{name}` stands for one part, `{name+}` for all that follow.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted.ends_with("+}") => return !part.is_empty(),
            (Some(wanted), Some(part)) if wanted == part || (wanted.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

fn event(method: &Method, path: &str, query: &str, headers: &HeaderMap, body: &Bytes) -> Value {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        if name == "cookie" {
            cookies.extend(value.split(';').map(|cookie| cookie.trim().to_owned()));
            continue;
        }
        joined
            .entry(name.to_string())
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert(value.into_owned());
    }
    let text = std::str::from_utf8(body).ok();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": joined, "cookies": cookies,
        "requestContext": { "http": { "method": method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" } },
        "body": text.map_or_else(|| STANDARD.encode(body), str::to_owned),
        "isBase64Encoded": text.is_none(),
    })
}

fn translate(answer: &[u8]) -> Option<Response> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let status = StatusCode::from_u16(u16::try_from(answer["statusCode"].as_u64()?).ok()?).ok()?;
    let mut response = answer["body"].as_str().unwrap_or_default().to_owned().into_response();
    *response.status_mut() = status;
    let headers = answer["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(axum::http::HeaderName::try_from(name).ok()?, value.parse().ok()?);
    }
    for cookie in answer["cookies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        response.headers_mut().append("set-cookie", cookie.parse().ok()?);
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn routes_fit_as_at_api_gateway() {
        assert!(fits("/", "/") && fits("/orders/{token}", "/orders/a.b") && fits("/console/{proxy+}", "/console/a/b"));
        assert!(!fits("/orders/{token}", "/orders/") && !fits("/orders/{token}", "/orders/a/b") && !fits("/", "/x"));
    }
}
