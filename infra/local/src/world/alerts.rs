//! SNS, as far as alerts need it: what operations would be woken by.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use testkit::stripe::Form;

use super::World;
use super::page::{at, escape, page};
use crate::kills::{Act, Moment, signer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub subject: String,
    pub text: String,
    pub at: i64,
}

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/alerts", get(list))
        .route("/sns", post(publish))
        .route("/sns/", post(publish))
}

async fn publish(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(&body);
    if form.get("Action") != Some("Publish") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
    let who = signer(signed.unwrap_or_default());
    if world.kills.strike(who, Act::Alert, Moment::Before) {
        return std::future::pending().await;
    }
    let answer = keep(&world, &form);
    if world.kills.strike(who, Act::Alert, Moment::After) {
        return std::future::pending().await;
    }
    ([("content-type", "text/xml")], answer).into_response()
}

fn keep(world: &World, form: &Form) -> String {
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let mut alerts = world.alerts();
    alerts.push(Alert {
        subject: field("Subject"),
        text: field("Message"),
        at: world.clock.now_ms(),
    });
    format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>alert-{0}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>request-{0}</RequestId></ResponseMetadata></PublishResponse>",
        alerts.len()
    )
}

async fn list(State(world): State<Arc<World>>) -> Html<String> {
    let alerts = world.alerts();
    let one = |alert: &Alert| {
        let (subject, text) = (escape(&alert.subject), escape(&alert.text));
        format!(
            "<article><p class=\"soft\">{}</p><h2>{subject}</h2><pre>{text}</pre></article>",
            at(alert.at)
        )
    };
    let all: String = alerts.iter().rev().map(one).collect();
    page(
        "Alerts to operations",
        if all.is_empty() {
            "<p class=\"soft\">None: nothing needs you.</p>"
        } else {
            &all
        },
    )
}
