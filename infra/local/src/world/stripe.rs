//! Stripe's API over HTTP and its payment page.

mod side;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Form as Posted, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use testkit::stripe::{Call, Fate, Form};

use super::World;
use super::page::{escape, page};
use super::secrets::owner;
use crate::kills::{Act, Moment};

/// What the functions are given, each with its own name behind it, and after a rotation a point and something else.
pub const KEY: &str = "rk_test_local_";

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/{*path}", any(api))
        .route("/c/pay/{session}", get(pay_page).post(pay))
        .merge(side::router())
}

async fn api(State(world): State<Arc<World>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let who = owner(key.strip_prefix(KEY).unwrap_or_default());
    let strikes = |moment| method == Method::POST && world.kills.strike(who, Act::Stripe, moment);
    if world.is_spent(key) || (!key.starts_with("rk_test_") && !key.starts_with("sk_test_")) {
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
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    let reply = world.stripe().handle(&call);
    world.stripe_moved();
    if reply.status < 300 && strikes(Moment::After) {
        return std::future::pending().await;
    }
    if reply.fate == Fate::Lost {
        // The connection stays open until whoever asked gives up.
        return std::future::pending().await;
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let replayed = if reply.replayed { "true" } else { "false" };
    (status, [("idempotent-replayed", replayed)], Json(reply.body)).into_response()
}

pub(super) fn pounds(minor: i64, currency: &str) -> String {
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

/// A debit cannot be held.
const DEBIT: &str = "<p><button name=\"pay\" value=\"debit\">Pay by bank debit, which takes days</button></p>";

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
         <p><button name=\"pay\" value=\"declined\">Pay with a card that is declined</button></p>{}</form></section></div>",
        escape(&session.product),
        escape(session.metadata.get("reference").map_or("", String::as_str)),
        escape(&session.cancel_url),
        escape(&session.email),
        if session.manual { "" } else { DEBIT },
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
    let now = world.clock.now_ms();
    let paid = match payment.pay.as_str() {
        "debit" => world.stripe().pay_later(&id, now),
        _ => world.stripe().pay(&id, payment.amount, now),
    };
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
