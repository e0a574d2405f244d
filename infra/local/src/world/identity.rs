//! The identity provider over HTTP, and its own view of people and teams.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::Value;
use testkit::identity::{Call, Fate, Resource};

use super::World;
use super::page::{at, escape, page};
use super::secrets::owner;
use crate::kills::{Act, Moment};

/// What the functions are given, each with its own name behind it, and after a rotation a point and something else.
pub const TOKEN: &str = "local-scim-token.";

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/scim/v2/{*path}", any(scim))
        .route("/identity", get(side))
}

async fn scim(State(world): State<Arc<World>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = header("authorization");
    let token = token.and_then(|token| token.strip_prefix("Bearer "));
    let token = token.filter(|token| !world.is_spent(token));
    let Some(who) = token.and_then(|token| token.strip_prefix(TOKEN)).map(owner) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let strikes = |moment| method != Method::GET && world.kills.strike(who, Act::Identity, moment);
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    let path = uri.path().strip_prefix("/scim/v2").unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let now = world.clock.now_ms();
    let reply = world.directory().handle(&Call {
        method: method.as_str(),
        path,
        query: uri.query().unwrap_or_default(),
        if_match: header("if-match"),
        body: &body,
        now,
    });
    match reply.fate {
        Fate::Answered => {}
        Fate::Lost => return std::future::pending().await,
        Fate::Killed => {
            world.kills.now(who);
            return std::future::pending().await;
        }
    }
    if reply.status < 300 && strikes(Moment::After) {
        return std::future::pending().await;
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = if reply.body.is_null() {
        String::new()
    } else {
        reply.body.to_string()
    };
    let mut response = (status, [("content-type", "application/scim+json")], text).into_response();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn side(State(world): State<Arc<World>>) -> Html<String> {
    let directory = world.directory();
    let name = |user: &str| {
        let found = directory.users.iter().find(|known| known.id == user);
        found
            .and_then(|user| user.body["displayName"].as_str())
            .unwrap_or(user)
            .to_owned()
    };
    let members = |group: &Resource| {
        let members = group.body["members"].as_array().into_iter().flatten();
        let names: Vec<String> = members
            .filter_map(|member| member["value"].as_str())
            .map(|user| escape(&name(user)))
            .collect();
        if names.is_empty() {
            "nobody yet".to_owned()
        } else {
            names.join(", ")
        }
    };
    let teams: String = directory
        .groups
        .iter()
        .rev()
        .map(|group| row(group, "displayName", &members(group)))
        .collect();
    let people: String = directory
        .users
        .iter()
        .rev()
        .map(|user| {
            row(
                user,
                "displayName",
                &escape(user.body["userName"].as_str().unwrap_or_default()),
            )
        })
        .collect();
    let body = format!(
        "<p>What the provider itself holds, whatever anybody has recorded. Struck through: taken back.</p>\
         <h2>Teams</h2>{}<h2>People</h2>{}",
        table("Team", "Members", &teams),
        table("Person", "Signs in with", &people)
    );
    page("Identity provider's side", &body)
}

fn table(first: &str, second: &str, rows: &str) -> String {
    if rows.is_empty() {
        return "<p class=\"soft\">None yet.</p>".to_owned();
    }
    format!(
        "<div class=\"scroll\" tabindex=\"0\"><table><tr><th>{first}</th><th>{second}</th><th>Since</th></tr>{rows}</table></div>"
    )
}

fn row(resource: &Resource, name: &str, detail: &str) -> String {
    let name = escape(resource.body[name].as_str().unwrap_or_default());
    let (name, when) = match resource.deleted_at {
        Some(deleted) => (
            format!("<del>{name}</del>"),
            format!("{}, taken back {}", at(resource.created_at), at(deleted)),
        ),
        None if !resource.stands() => (
            format!("<del>{name}</del>"),
            format!("{}, switched off", at(resource.created_at)),
        ),
        None => (name, at(resource.created_at)),
    };
    format!("<tr><td>{name}</td><td>{detail}</td><td>{when}</td></tr>")
}
