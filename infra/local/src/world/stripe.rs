//! Stripe's API over HTTP, its payment page, and what it shows to the shop's owner.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Form as Posted, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use testkit::stripe::{Call, Fate, Form, Stripe};

use super::World;
use super::page::{at, button, escape, page};

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/{*path}", any(api))
        .route("/c/pay/{session}", get(pay_page).post(pay))
        .route("/stripe", get(side))
        .route("/stripe/refund", post(refund_by_hand))
        .route("/stripe/fail", post(fail_refund))
}

async fn api(State(world): State<Arc<World>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if !key.starts_with("rk_test_") && !key.starts_with("sk_test_") {
        let error = json!({ "error": { "type": "invalid_request_error", "message": "Invalid API Key provided." } });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let form = if method == Method::POST {
        Form::parse(&body)
    } else {
        Form::parse(uri.query().unwrap_or_default().as_bytes())
    };
    let call = Call {
        method: method.as_str(),
        path: uri.path(),
        form,
        key: header("idempotency-key"),
        now: world.clock.now_ms(),
    };
    let reply = world.stripe().handle(&call);
    world.stripe_moved();
    if reply.fate == Fate::Lost {
        // The connection stays open until whoever asked gives up.
        return std::future::pending().await;
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let replayed = if reply.replayed { "true" } else { "false" };
    (status, [("idempotent-replayed", replayed)], Json(reply.body)).into_response()
}

fn pounds(minor: i64, currency: &str) -> String {
    let symbol = match currency {
        "gbp" => "£",
        "eur" => "€",
        "usd" => "$",
        _ => "",
    };
    let code = if symbol.is_empty() {
        format!(" {}", currency.to_uppercase())
    } else {
        String::new()
    };
    format!("{symbol}{}.{:02}{code}", minor / 100, minor % 100)
}

async fn pay_page(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let stripe = world.stripe();
    let Some(session) = stripe.sessions.iter().find(|session| session.id == id) else {
        return (StatusCode::NOT_FOUND, page("There is no such payment page", "")).into_response();
    };
    if session.status != "open" {
        let say = format!(
            "<p>This payment page is closed. <a href=\"{}\">Back to the shop</a></p>",
            escape(&session.success_url)
        );
        return page("Nothing to pay here", &say).into_response();
    }
    let price = pounds(session.amount, &session.currency);
    let body = format!(
        "<p class=\"soft\">Local look-alike of Stripe's payment page. No real money moves.</p><div class=\"pay\"><section>\
         <p class=\"soft\">{}</p><p class=\"price\">{price}</p><p class=\"soft\">Reference {}</p>\
         <p><a href=\"{}\">Back without paying</a></p></section><section><form method=\"post\" style=\"display:block\">\
         <label for=\"email\">E-mail</label><input id=\"email\" name=\"email\" value=\"{}\" autocomplete=\"email\">\
         <label for=\"card\">Card number</label><input id=\"card\" name=\"card\" value=\"4242 4242 4242 4242\" inputmode=\"numeric\">\
         <p><button class=\"main\" name=\"pay\" value=\"yes\">Pay {price}</button></p>\
         <p><button name=\"pay\" value=\"declined\">Pay with a card that is declined</button></p></form></section></div>",
        escape(&session.product),
        escape(session.metadata.get("reference").map_or("", String::as_str)),
        escape(&session.cancel_url),
        escape(&session.email),
    );
    page("Pay", &body).into_response()
}

#[derive(Deserialize)]
struct Payment {
    #[serde(default)]
    pay: String,
    /// Charges another amount than was asked, which Stripe would not; only tests send it.
    amount: Option<i64>,
}

async fn pay(State(world): State<Arc<World>>, Path(id): Path<String>, Posted(payment): Posted<Payment>) -> Response {
    if payment.pay == "declined" {
        let again = format!(
            "<p>The card was declined. You have not been charged. <a href=\"/c/pay/{}\">Try another card</a></p>",
            escape(&id)
        );
        return (
            StatusCode::PAYMENT_REQUIRED,
            page("The payment did not go through", &again),
        )
            .into_response();
    }
    let paid = world.stripe().pay(&id, payment.amount, world.clock.now_ms());
    world.stripe_moved();
    match paid {
        Ok(back) => Redirect::to(&back).into_response(),
        Err(why) => (
            StatusCode::CONFLICT,
            page("Nothing was charged", &format!("<p>{why}</p>")),
        )
            .into_response(),
    }
}

async fn side(State(world): State<Arc<World>>) -> Html<String> {
    let stripe = world.stripe();
    let body = format!(
        "<p>What the shop's owner sees at Stripe. The reason for a refund stands in its metadata.</p><h2>Refunds</h2>{}<h2>Payments</h2>{}\
         <h2>Events</h2>{}",
        refunds(&stripe),
        payments(&stripe),
        events(&stripe)
    );
    page("Stripe's side", &body)
}

fn table(head: &[&str], rows: &str) -> String {
    if rows.is_empty() {
        return "<p class=\"soft\">None yet.</p>".to_owned();
    }
    let head: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
    format!("<div class=\"scroll\"><table><tr>{head}</tr>{rows}</table></div>")
}

fn refunds(stripe: &Stripe) -> String {
    let row = |refund: &testkit::stripe::Refund| {
        let because = refund.metadata.get("because").map_or("made by hand", String::as_str);
        let fail = if refund.status == "succeeded" {
            button("/stripe/fail", "refund", &refund.id, "Let it fail")
        } else {
            String::new()
        };
        format!(
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{}</td><td>{}{fail}</td></tr>",
            pounds(refund.amount, &refund.currency),
            at(refund.created * 1000),
            escape(because),
            escape(refund.metadata.get("reference").map_or("", String::as_str)),
            refund.status,
        )
    };
    table(
        &["Amount", "Because", "Reference", "Status"],
        &stripe.refunds.iter().rev().map(row).collect::<String>(),
    )
}

/// Stripe's own word for it, in plain ones.
fn standing(status: &str) -> &str {
    match status {
        "requires_capture" => "held, not taken",
        "succeeded" => "taken",
        "canceled" => "released, never taken",
        "processing" => "with the bank",
        other => other,
    }
}

fn payments(stripe: &Stripe) -> String {
    let row = |intent: &testkit::stripe::Intent| {
        let hand = if intent.refunded < intent.received {
            button("/stripe/refund", "payment", &intent.id, "Refund by hand")
        } else {
            String::new()
        };
        format!(
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{}</td><td>{}</td><td>{hand}</td></tr>",
            pounds(intent.amount, &intent.currency),
            at(intent.created * 1000),
            escape(intent.metadata.get("reference").map_or("", String::as_str)),
            standing(intent.status),
            pounds(intent.refunded, &intent.currency),
        )
    };
    table(
        &["Amount", "Reference", "Status", "Returned", ""],
        &stripe.intents.iter().rev().map(row).collect::<String>(),
    )
}

fn events(stripe: &Stripe) -> String {
    let row = |event: &testkit::stripe::Event| {
        format!("<tr><td>{}</td><td>{}</td></tr>", at(event.created * 1000), event.kind)
    };
    table(
        &["Time", "Event"],
        &stripe.events.iter().rev().take(30).map(row).collect::<String>(),
    )
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    payment: String,
    #[serde(default)]
    refund: String,
}

async fn refund_by_hand(State(world): State<Arc<World>>, Posted(chosen): Posted<Chosen>) -> Redirect {
    world.stripe().refund_by_hand(&chosen.payment, world.clock.now_ms());
    world.stripe_moved();
    Redirect::to("/stripe")
}

async fn fail_refund(State(world): State<Arc<World>>, Posted(chosen): Posted<Chosen>) -> Redirect {
    world.stripe().fail_refund(&chosen.refund, world.clock.now_ms());
    world.stripe_moved();
    Redirect::to("/stripe")
}
