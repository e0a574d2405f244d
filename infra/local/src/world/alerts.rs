//! SNS, as far as we need it: what operations would be woken by, and what other systems would hear.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use testkit::stripe::Form;

use super::page::{at, escape, page};
use super::{World, announcements};
use crate::kills::{Act, Moment, signer};

/// The end of the topic's name whose subscribers are the next level.
pub const ESCALATIONS: &str = "escalations";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub subject: String,
    pub text: String,
    /// The same, for chat applications.
    pub for_chat: String,
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
    let announces = form
        .get("TopicArn")
        .is_some_and(|topic| topic.ends_with(announcements::NAME));
    let act = if announces { Act::Announcement } else { Act::Alert };
    let strikes = |moment| !is_test(&form) && world.kills.strike(who, act, moment);
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    let kept = if announces {
        announcements::keep(&world, &form)
    } else {
        Ok(keep(&world, &form))
    };
    if strikes(Moment::After) {
        return std::future::pending().await;
    }
    match kept {
        Ok(number) => ([("content-type", "text/xml")], published(number)).into_response(),
        Err(status) => status.into_response(),
    }
}

fn published(number: usize) -> String {
    format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>message-{number}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>request-{number}</RequestId></ResponseMetadata></PublishResponse>"
    )
}

/// The day's test alert goes the way of every alert, so that its subject alone tells it apart.
fn is_test(form: &Form) -> bool {
    form.get("Subject")
        .is_some_and(|subject| subject.starts_with("Test alert"))
}

/// That something is new and intended goes the same way too, and asks for nobody.
fn is_note(form: &Form) -> bool {
    form.get("Subject")
        .is_some_and(|subject| subject.starts_with("New, and intended"))
}

/// Tells how many there are. Whoever reads mail gets the plain form of a message that has several.
fn keep(world: &World, form: &Form) -> usize {
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let mut alerts = if is_test(form) {
        world.test_alerts()
    } else if is_note(form) {
        world.notes()
    } else if form.get("TopicArn").is_some_and(|topic| topic.ends_with(ESCALATIONS)) {
        world.escalations()
    } else {
        world.alerts()
    };
    let forms: Value = serde_json::from_str(&field("Message")).unwrap_or_default();
    let form = |name: &str| forms[name].as_str().unwrap_or_default().to_owned();
    alerts.push(Alert {
        subject: field("Subject"),
        text: form("default"),
        for_chat: form("https"),
        at: world.clock.now_ms(),
    });
    alerts.len()
}

async fn list(State(world): State<Arc<World>>) -> Html<String> {
    let one = |alert: &Alert| {
        let (subject, text) = (escape(&alert.subject), escape(&alert.text));
        format!(
            "<article><p class=\"soft\">{}</p><h2>{subject}</h2><pre>{text}</pre></article>",
            at(alert.at)
        )
    };
    let all: String = world.alerts().iter().rev().map(one).collect();
    // The last one, below what needs somebody now.
    let test: String = world.test_alerts().iter().rev().take(1).map(one).collect();
    let all = if all.is_empty() {
        "<p class=\"soft\">None: nothing needs you.</p>"
    } else {
        &all
    };
    let next: String = world.escalations().iter().rev().map(one).collect();
    let next = if next.is_empty() {
        String::new()
    } else {
        format!("<h2>To the next level</h2>{next}")
    };
    let notes: String = world.notes().iter().rev().map(one).collect();
    page("Alerts to operations", &format!("{all}{next}{test}{notes}"))
}
