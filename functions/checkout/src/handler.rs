//! Shop page, form, status page.

use std::time::Duration;

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use domain::failure::Reason;
use domain::id::{OrderId, PublicToken};
use domain::order::Order;
use domain::wording;
use flow::checkout::{Opened, Returned, open, returned};
use flow::ports::{Books, Cashier, Store, Trouble};
use sha2::{Digest, Sha256};

use crate::form::{self, Given};
use crate::order_page::{self, Asked};
use crate::pages;
use crate::shop::Shop;

/// How long the payment page stays open: at least half an hour by Stripe's rule.
const PAY_WITHIN: Duration = Duration::from_secs(2 * 3_600);

/// Of an order's id after `ord_`, and of its token.
const ID_DIGITS: usize = 24;
const TOKEN_DIGITS: usize = 32;

pub async fn handle(store: &impl Store, stripe: &(impl Cashier + Books), shop: &Shop, request: &Request) -> Response {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => choose(store, shop, request),
        ("POST", "/checkout") => buy(store, stripe, shop, request).await,
        ("GET", path) => match path.strip_prefix("/orders/") {
            Some(slug) => status(store, stripe, request, slug).await,
            None => pages::plain(404, "There is no such page", "The shop is a good place to go on."),
        },
        _ => pages::plain(405, "That cannot be done here", "The shop is a good place to go on."),
    }
}

fn choose(store: &impl Store, shop: &Shop, request: &Request) -> Response {
    let query = form_urlencoded::parse(request.query.as_bytes());
    let wanted = query
        .into_iter()
        .find(|(name, _)| name == "product")
        .map(|(_, value)| value.into_owned());
    let Some(product) = wanted.and_then(|id| shop.product(&id)) else {
        return pages::shop(shop);
    };
    // Minted with the page: submitting the same page twice is the same order.
    let given = Given {
        form: fresh_form(store),
        ..Given::default()
    };
    pages::buy(200, product, &given, "", "")
}

fn fresh_form(store: &impl Store) -> String {
    format!("{:032x}", store.bits())
}

async fn buy(store: &impl Store, stripe: &(impl Cashier + Books), shop: &Shop, request: &Request) -> Response {
    let given = match form::read(request) {
        Ok(given) => given,
        Err(wrong) => return pages::refused(request, shop, &Given::default(), &wrong),
    };
    let (product, buyer) = match form::check(&given, shop) {
        Ok(checked) => checked,
        Err(wrong) => return pages::refused(request, shop, &given, &wrong),
    };
    let now = store.now();
    let policy = shop.policy.frozen_for(&product.steps);
    let token = PublicToken::from_bits(store.bits());
    let fresh = Order::new(
        order_id(&given.form),
        token,
        buyer,
        product.clone(),
        policy,
        now,
        now.plus(PAY_WITHIN),
    );
    match open(store, stripe, fresh).await {
        Ok(Opened::Ready(order)) => to_payment(&order),
        Ok(Opened::OtherContents) => pages::plain(
            409,
            "This form was sent before with other contents",
            "Nothing was charged by this click. Open the form again in the shop to place another order.",
        ),
        Ok(Opened::TooLate) => pages::plain(
            409,
            "This form is too old",
            "You have not been charged. Open the form again in the shop to place your order.",
        ),
        Ok(Opened::NotNow { order, failure }) => {
            log::note(
                "session_not_opened",
                &[("order", order.id.as_str()), ("failure", &failure.to_string())],
            );
            if failure.reason == Reason::BadAddress {
                // With another address it is another order.
                let given = Given {
                    form: fresh_form(store),
                    ..given
                };
                let wrong = form::wrong("email", "Stripe does not accept this address: look for a slip.");
                return pages::refused(request, shop, &given, &wrong);
            }
            let say = "The payment page could not be opened just now. Wait a moment and press the button again.";
            pages::buy(503, product, &given, "", say)
        }
        Err(trouble) => {
            log::note("checkout_failed", &[("because", &trouble.to_string())]);
            pages::buy(
                503,
                product,
                &given,
                "",
                "We could not take the order just now. Wait a moment and press the button again.",
            )
        }
    }
}

/// The form token names the order, so that the same submit is the same order.
fn order_id(form: &str) -> OrderId {
    let digest = Sha256::digest(format!("makegood order {}", form.to_ascii_lowercase()));
    let number = digest
        .iter()
        .take(12)
        .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    OrderId::new(format!("ord_{number:024x}"))
}

/// To the payment page while it is open; to the status page once it is not.
fn to_payment(order: &Order) -> Response {
    let waits = matches!(order.state, domain::order::State::AwaitingPayment);
    let page = order
        .checkout
        .session
        .as_ref()
        .filter(|_| waits)
        .map(|session| session.url.to_string());
    let to = page.unwrap_or_else(|| format!("/orders/{}", order.slug()));
    Response::new(303, "text/plain; charset=utf-8", "")
        .with("location", to)
        .with("cache-control", "no-store")
}

async fn status(store: &impl Store, stripe: &(impl Cashier + Books), request: &Request, slug: &str) -> Response {
    let asked = Asked::of(request);
    match find(store, stripe, &asked, slug).await {
        Ok(Some(Returned { order, unpaid })) => {
            let left = if asked.cancelled && unpaid {
                wording::cancelled(&order)
            } else {
                None
            };
            let status = left.unwrap_or_else(|| wording::status(&order, store.now()));
            order_page::show(request, &order, &status, asked.looks)
        }
        Ok(None) => pages::unknown_link(),
        Err(trouble) => {
            log::note("status_failed", &[("because", &trouble.to_string())]);
            pages::plain(
                503,
                "We cannot look it up just now",
                "Your order is safe. Open this page again in a moment.",
            )
        }
    }
}

/// Id and token, where they have the shape of ours: nothing else is looked up.
fn named(slug: &str) -> Option<(&str, &str)> {
    let (id, token) = slug.split_once('.')?;
    let hex = |text: &str, digits| {
        text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    };
    let ours = id.strip_prefix("ord_").is_some_and(|number| hex(number, ID_DIGITS)) && hex(token, TOKEN_DIGITS);
    ours.then_some((id, token))
}

/// The order that the slug names, if its token fits; fresh from Stripe when the buyer comes from there.
async fn find(
    store: &impl Store,
    stripe: &(impl Cashier + Books),
    asked: &Asked,
    slug: &str,
) -> Result<Option<Returned>, Trouble> {
    let Some((id, token)) = named(slug) else {
        return Ok(None);
    };
    let order = store.load(&OrderId::new(id)).await?;
    let Some(order) = order.filter(|order| order.token.matches(token)) else {
        return Ok(None);
    };
    if asked.paid || asked.cancelled {
        return returned(store, stripe, order).await.map(Some);
    }
    Ok(Some(order.into()))
}
