//! The topic for other systems: what they would read of orders.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use testkit::stripe::Form;

use super::page::{at, escape, page};
use super::{World, lock};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What stands beside the body, for filters.
    pub kind: String,
    pub body: String,
    pub at: i64,
}

/// How the topic is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Topic {
    #[default]
    Works,
    /// There is no such topic.
    Refuses,
    Down,
}

/// The end of the topic's name.
pub(super) const NAME: &str = ":announcements";

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/announcements", get(list))
}

/// Keeps what is published; tells how many there are.
pub(super) fn keep(world: &World, form: &Form) -> Result<usize, StatusCode> {
    match *lock(&world.topic) {
        Topic::Works => {}
        Topic::Refuses => return Err(StatusCode::NOT_FOUND),
        Topic::Down => return Err(StatusCode::SERVICE_UNAVAILABLE),
    }
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let named = field("MessageAttributes.entry.1.Name") == "type";
    let mut announcements = world.announcements();
    announcements.push(Announcement {
        kind: if named {
            field("MessageAttributes.entry.1.Value.StringValue")
        } else {
            String::new()
        },
        body: field("Message"),
        at: world.clock.now_ms(),
    });
    Ok(announcements.len())
}

async fn list(State(world): State<Arc<World>>) -> Html<String> {
    let announcements = world.announcements();
    let one = |announcement: &Announcement| {
        let (kind, body) = (escape(&announcement.kind), escape(&announcement.body));
        let at = at(announcement.at);
        format!("<article><p class=\"soft\">{at}</p><h2>{kind}</h2><pre>{body}</pre></article>")
    };
    let all: String = announcements.iter().rev().map(one).collect();
    page(
        "Announcements to other systems",
        if all.is_empty() {
            "<p class=\"soft\">None: no order has come to its end.</p>"
        } else {
            &all
        },
    )
}
