//! Pages of the shop.

use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::look::{STYLE, headers};
use domain::Timestamp;
use domain::catalogue::Product;
use domain::order::{Order, State};
use domain::receipt::Step;
use domain::wording::{Status, status};
use serde_json::json;

use crate::form::{Given, Wrong};
use crate::shop::Shop;

const SCRIPT: &str = include_str!("status.js");

#[derive(Template)]
#[template(path = "shop.html")]
struct ShopPage<'a> {
    style: &'a str,
    products: &'a [Product],
}

#[derive(Template)]
#[template(path = "buy.html")]
struct BuyPage<'a> {
    style: &'a str,
    product: &'a Product,
    wants_team: bool,
    form: &'a str,
    given: &'a Given,
    field: &'a str,
    problem: &'a str,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    style: &'a str,
    script: &'a str,
    status: &'a Status,
    mood: &'a str,
    cancelled: bool,
    pay: &'a str,
    reference: String,
    product: &'a str,
    price: String,
    email: String,
    placed: String,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage<'a> {
    style: &'a str,
    headline: &'a str,
    say: &'a str,
}

fn respond(code: u16, page: &impl Template, script: Option<&str>) -> Response {
    let Ok(html) = page.render() else {
        return Response::new(
            500,
            "text/plain; charset=utf-8",
            "This page could not be shown. Nothing was charged by it.",
        );
    };
    let mut response = Response::new(code, "text/html; charset=utf-8", html);
    response.headers.extend(headers(script, true));
    response
}

pub(crate) fn wants_json(request: &Request) -> bool {
    request
        .header("accept")
        .is_some_and(|accept| accept.contains("application/json"))
}

fn json(code: u16, body: &serde_json::Value) -> Response {
    Response::new(code, "application/json", body.to_string()).with("cache-control", "no-store")
}

pub(crate) fn shop(shop: &Shop) -> Response {
    respond(
        200,
        &ShopPage {
            style: STYLE,
            products: &shop.products,
        },
        None,
    )
}

pub(crate) fn buy(code: u16, product: &Product, given: &Given, field: &str, problem: &str) -> Response {
    let wants_team = product.steps.contains(&Step::Team);
    let page = BuyPage {
        style: STYLE,
        product,
        wants_team,
        form: &given.form,
        given,
        field,
        problem,
    };
    respond(code, &page, None)
}

/// The form again, with what was typed; for programs, the field and the mend.
pub(crate) fn refused(request: &Request, shop_: &Shop, given: &Given, wrong: &Wrong) -> Response {
    if wants_json(request) {
        return json(wrong.status, &json!({ "field": wrong.field, "mend": wrong.say }));
    }
    match shop_.product(&given.product) {
        Some(product) => buy(wrong.status, product, given, &wrong.field, &wrong.say),
        None => plain(
            wrong.status,
            "That did not work, and you have not been charged",
            &format!("{}: {}", wrong.field, wrong.say),
        ),
    }
}

pub(crate) fn plain(code: u16, headline: &str, say: &str) -> Response {
    respond(
        code,
        &PlainPage {
            style: STYLE,
            headline,
            say,
        },
        None,
    )
}

pub(crate) fn order(request: &Request, order: &Order, now: Timestamp) -> Response {
    let status = status(order, now);
    if wants_json(request) {
        let body =
            json!({ "state": status.id, "headline": status.headline, "body": status.body, "final": status.is_final });
        return json(200, &body);
    }
    let waits = matches!(order.state, State::AwaitingPayment);
    let pay = order
        .checkout
        .session
        .as_ref()
        .filter(|_| waits)
        .map_or("", |session| session.url.as_ref());
    let mood = match order.state {
        State::Delivered { .. } => "good",
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => "back",
        State::AwaitingPayment
        | State::PaymentPending { .. }
        | State::Delivering { .. }
        | State::Capturing { .. }
        | State::WithPerson { .. }
        | State::Closed { .. } => "wait",
    };
    let page = StatusPage {
        style: STYLE,
        script: SCRIPT,
        status: &status,
        mood,
        cancelled: waits && request.query.split('&').any(|part| part.starts_with("cancelled")),
        pay,
        reference: order.reference(),
        product: &order.product.name,
        price: order.product.price.to_string(),
        email: order.buyer.masked_email(),
        placed: order.created_at.to_string(),
    };
    respond(200, &page, Some(SCRIPT))
}
