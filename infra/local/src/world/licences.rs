//! A licence service over signed HTTP: the system of an adopter's own.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use testkit::licences::{Call, Licence};

use super::World;
use super::page::{at, escape, page};
use crate::kills::{Act, Moment};

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/licences/makegood/{ask}", post(signed))
        .route("/licences", get(side))
}

async fn signed(State(world): State<Arc<World>>, Path(ask): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    // All share one secret; but only one of them takes back.
    let who = if ask == "revoke" { "refund" } else { "provisioning" };
    let strikes = |moment| ask != "find" && world.kills.strike(who, Act::Licences, moment);
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    let now = world.clock.now_ms();
    let reply = world.licences().handle(&Call {
        path: &format!("/{ask}"),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &body,
        now,
    });
    if reply.lost || (reply.status < 300 && strikes(Moment::After)) {
        return std::future::pending().await;
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json")], reply.body.to_string()).into_response()
}

async fn side(State(world): State<Arc<World>>) -> Html<String> {
    let rows: String = world.licences().licences.iter().rev().map(row).collect();
    let list = if rows.is_empty() {
        "<p class=\"soft\">None yet.</p>".to_owned()
    } else {
        format!(
            "<div class=\"scroll\" tabindex=\"0\"><table><tr><th>Licence</th><th>Holder</th><th>Since</th></tr>{rows}</table></div>"
        )
    };
    let body = format!(
        "<p>What the service itself holds, whatever anybody has recorded. Struck through: taken back.</p>{list}"
    );
    page("Licence service's side", &body)
}

fn row(licence: &Licence) -> String {
    let (id, holder) = (escape(&licence.id), escape(&licence.holder));
    let made = at(licence.made_at);
    let (id, when) = match licence.taken_back_at {
        Some(gone) => (format!("<del>{id}</del>"), format!("{made}, taken back {}", at(gone))),
        None => (id, made),
    };
    format!("<tr><td>{id}</td><td>{holder}</td><td>{when}</td></tr>")
}
