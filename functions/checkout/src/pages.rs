//! Pages of the shop.

use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::look::{STYLE, headers};
use domain::catalogue::Product;
use domain::receipt::Step;
use domain::wording::{self, Status};
use serde_json::json;

use crate::form::{Given, Wrong};
use crate::shop::Shop;

const SCRIPT: &str = include_str!("buy.js");

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
    /// What is for sale, and what is said from the click on.
    ready: Status,
    sent: Status,
    script: &'a str,
    wants_team: bool,
    form: &'a str,
    given: &'a Given,
    field: &'a str,
    problem: &'a str,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage<'a> {
    style: &'a str,
    headline: &'a str,
    say: &'a str,
}

pub(crate) fn respond(code: u16, page: &impl Template, script: Option<&str>) -> Response {
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

pub(crate) fn json(code: u16, body: &serde_json::Value) -> Response {
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
        ready: wording::ready_to_order(product),
        sent: wording::redirecting(),
        script: SCRIPT,
        wants_team,
        form: &given.form,
        given,
        field,
        problem,
    };
    respond(code, &page, Some(SCRIPT))
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

pub(crate) fn unknown_link() -> Response {
    let status = wording::unknown_link();
    plain(404, &status.headline, &status.body.join(" "))
}
