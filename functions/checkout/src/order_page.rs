//! The status page: what an order's customer reads, for people and for programs.

use std::time::Duration;

use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::look::STYLE;
use domain::order::{Order, State};
use domain::wording::{CHECK_AGAIN, LOOKS_NO_MORE, Look, Next, Place, Status};
use serde_json::json;

use crate::pages::{json, respond, wants_json};

const SCRIPT: &str = include_str!("status.js");

/// Without a script the whole page comes anew, so not as often.
const REFRESH_MIN: Duration = Duration::from_secs(5);

/// What the address says besides which order it is.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Come back from the payment page, having paid or not.
    pub(crate) paid: bool,
    pub(crate) cancelled: bool,
    /// How often this page has looked by itself.
    pub(crate) looks: usize,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
            match name.as_ref() {
                "session_id" => asked.paid = true,
                "cancelled" => asked.cancelled = true,
                // What is no number has looked often enough.
                "look" => asked.looks = value.parse().unwrap_or(usize::MAX),
                _ => {}
            }
        }
        asked
    }
}

#[derive(Template)]
#[template(path = "status.html")]
struct Page<'a> {
    style: &'a str,
    script: &'a str,
    status: &'a Status,
    mood: &'a str,
    next: Option<Link<'a>>,
    /// Milliseconds until the page looks again; empty: it does not.
    wait: String,
    /// The same without a script, in seconds, and how often it will have looked then.
    refresh: Option<(u64, usize)>,
    may_stop: bool,
    stopped: bool,
    looks_no_more: &'a str,
    check_again: &'a str,
    path: &'a str,
    reference: String,
    product: &'a str,
    price: String,
    email: String,
    placed: String,
}

/// The next step, as an address.
struct Link<'a> {
    say: &'a str,
    href: String,
}

fn link<'a>(order: &Order, next: &'a Next) -> Link<'a> {
    let href = match &next.to {
        Place::Payment => order
            .checkout
            .session
            .as_ref()
            .map_or_else(String::new, |session| session.url.to_string()),
        Place::Form(product) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("product", product)
                .finish();
            format!("/?{query}")
        }
        Place::Link(address) => address.clone(),
    };
    Link { say: &next.say, href }
}

fn mood(order: &Order) -> &'static str {
    match order.state {
        State::Delivered { .. } => "good",
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => "back",
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::WithPerson { .. }
        | State::Closed { .. } => "wait",
    }
}

pub(crate) fn show(request: &Request, order: &Order, status: &Status, looks: usize) -> Response {
    let look = status.look(looks);
    let wait = match look {
        Look::After(wait) => Some(wait),
        Look::NoMore | Look::Never => None,
    };
    let next = status.next.as_ref().map(|next| link(order, next));
    let mood = mood(order);
    if wants_json(request) {
        let next = next.map(|next| json!({ "say": next.say, "href": next.href }));
        return json(
            200,
            &json!({
                "state": status.id.name(),
                "headline": status.headline,
                "body": status.body,
                "next": next,
                "mood": mood,
                "updated_at": order.written_at.iso(),
                "next_poll_ms": wait.map(|wait| wait.as_millis()),
                "final": status.is_final,
            }),
        );
    }
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        status,
        mood,
        next,
        wait: wait.map_or_else(String::new, |wait| wait.as_millis().to_string()),
        refresh: wait.map(|wait| (wait.max(REFRESH_MIN).as_secs(), looks.saturating_add(1))),
        may_stop: look != Look::Never,
        stopped: look == Look::NoMore,
        looks_no_more: LOOKS_NO_MORE,
        check_again: CHECK_AGAIN,
        path: &request.path,
        reference: order.reference(),
        product: &order.product.name,
        price: order.product.price.to_string(),
        email: order.buyer.masked_email(),
        placed: order.created_at.to_string(),
    };
    respond(200, &page, Some(SCRIPT))
}
