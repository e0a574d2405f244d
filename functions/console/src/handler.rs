//! Inbox, order, preview, decision.

use std::collections::BTreeMap;

use adapters::depths::Depths;
use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use adapters::stripe::Stripe;
use desk::decision::{Decided, Wish, announce_again, choice, choices, decide};
use desk::view::OrderLine;
use domain::case::{CaseRef, Class};
use domain::id::{CaseId, DecisionId, OrderId};
use domain::order::Order;
use domain::wording;
use flow::ports::{Archive, Breakers, Lists, LookUp, Store, Trouble};

use crate::access::{Access, Visitor};
use crate::again::Again;
use crate::alerts;
use crate::brakes::{self, Brakes};
use crate::cases;
use crate::classes;
use crate::expect::{self, Expect};
use crate::finance;
use crate::find;
use crate::pages;
use crate::preview::{Intended, preview};
use crate::told;
use crate::watch;

pub(crate) const CASES_SHOWN: usize = 100;
const ORDERS_SHOWN: usize = 50;
/// Said with a page that is shown again because the order has moved on.
const AS_IT_STANDS: &str =
    "This page shows it as it stands now, and what you wrote is kept: read it again before you press the button.";
const BODY_BYTES_MAX: usize = 16 * 1024;
pub(crate) const DECISION_CHARACTERS_MAX: usize = 64;

/// What the pages stand on besides the orders.
pub struct Console {
    pub access: Access,
    pub brakes: Brakes,
    pub expect: Expect,
    pub depths: Depths,
    /// Asked whose an id of its own is, where there is a key for it: people work on without.
    pub stripe: Option<Stripe>,
}

pub async fn handle(
    store: &(impl Store + Archive + LookUp + Lists + Breakers),
    console: &Console,
    request: &Request,
) -> Response {
    let answered = match console.access.visitor(store, request).await {
        Ok(Ok(visitor)) => route(store, &visitor, console, request).await,
        Ok(Err(answer)) => Ok(answer),
        Err(trouble) => Err(trouble),
    };
    answered.unwrap_or_else(|trouble| failed(&trouble, request))
}

fn failed(trouble: &Trouble, request: &Request) -> Response {
    log::note("console_failed", &[("because", &trouble.to_string())]);
    if trouble.is_newer() {
        return pages::not_done(503, wording::NEWER, wording::NEWER_ADVICE, request);
    }
    pages::not_done(
        503,
        "This cannot be shown just now",
        "Nothing was lost. If you had just decided something, look at the order before you do it again.",
        request,
    )
}

async fn route(
    store: &(impl Store + Archive + LookUp + Lists + Breakers),
    visitor: &Visitor,
    console: &Console,
    request: &Request,
) -> Result<Response, Trouble> {
    match (request.method.as_str(), path(request).as_slice()) {
        ("GET", []) => inbox(store, visitor).await,
        ("POST", ["find"]) => find::look(store, console.stripe.as_ref(), visitor, request).await,
        ("GET", ["orders", id]) => order(store, visitor, id).await,
        ("GET", ["orders", id, "why"]) => find::explain(store, visitor, id).await,
        ("GET", ["runbooks", name]) => Ok(runbook(visitor, name)),
        ("POST", ["orders", id, "told"]) => told::mark(store, visitor, request, id).await,
        ("POST", ["orders", id, "announce"]) => announce(store, visitor, request, id).await,
        ("GET", ["cases", id]) => cases::show(store, visitor, id).await,
        ("POST", ["cases", id, "tend"]) => cases::tended(store, visitor, request, id).await,
        ("GET", ["brakes"]) => brakes::show(store, &console.brakes, visitor, &Again::default()).await,
        ("POST", ["brakes", name]) => brakes::switch(store, &console.brakes, visitor, request, name).await,
        ("GET", ["classes", name]) => match Class::parse(name) {
            Some(class) => classes::show(store, visitor, class, (200, "")).await,
            None => Ok(missing("page")),
        },
        ("POST", ["classes", name, what]) => match (Class::parse(name), *what) {
            (Some(class), "preview") => classes::all(store, visitor, request, class, false).await,
            (Some(class), "begin") => classes::all(store, visitor, request, class, true).await,
            (Some(class), "stop") => classes::stops(store, visitor, request, class).await,
            (_, _) => Ok(missing("page")),
        },
        ("GET", ["audit"]) => watch::audit(store, visitor, request).await,
        ("GET", ["health"]) => watch::house(store, &console.brakes, &console.depths, visitor).await,
        ("GET", ["expect"]) => expect::readers(store, visitor).await,
        ("GET", ["expect", reader]) => Ok(expect::show(&console.expect, visitor, reader)),
        ("GET", ["refunds"]) => finance::refunds(store, visitor, request).await,
        ("GET", ["refunds.csv"]) => finance::refunds_file(store, visitor, request).await,
        ("GET", ["waiting"]) => finance::waiting(store, visitor).await,
        ("GET", ["alerts"]) => alerts::show(store, visitor, (200, "")).await,
        ("POST", ["alerts", class, "take"]) => alerts::take(store, visitor, request, class).await,
        ("POST", ["alerts", "acknowledge"]) => alerts::acknowledge(store, visitor, request).await,
        ("POST", ["cases", id, "close"]) => cases::end(store, visitor, request, id).await,
        ("POST", ["cases", id, "preview"]) => choose(store, visitor, request, id, false).await,
        ("POST", ["cases", id, "decide"]) => choose(store, visitor, request, id, true).await,
        _ => Ok(missing("page")),
    }
}

fn path(request: &Request) -> Vec<&str> {
    let rest = request.path.strip_prefix("/console").unwrap_or_default();
    rest.split('/').filter(|part| !part.is_empty()).collect()
}

pub(crate) fn see(to: &str) -> Response {
    Response::new(303, "text/plain; charset=utf-8", "")
        .with("location", to)
        .with("cache-control", "no-store")
}

pub(crate) fn missing(what: &str) -> Response {
    pages::plain(
        404,
        &format!("There is no such {what}"),
        "Go back to the inbox and choose from there.",
    )
}

fn runbook(visitor: &Visitor, name: &str) -> Response {
    Class::parse(name).map_or_else(|| missing("page"), |class| pages::runbook(class, visitor))
}

async fn inbox(store: &(impl Store + Archive), visitor: &Visitor) -> Result<Response, Trouble> {
    let (open, now) = (store.open_cases(CASES_SHOWN + 1).await?, store.now());
    let mut orders = store.orders(&now.month(), ORDERS_SHOWN).await?;
    // On the first of a month yesterday's orders are as near as ever.
    if orders.orders.len() < ORDERS_SHOWN {
        let missing = ORDERS_SHOWN - orders.orders.len();
        let before = store.orders(&now.month_before(), missing).await?;
        orders.orders.extend(before.orders);
        orders.unread += before.unread;
    }
    let more = open.cases.len() > CASES_SHOWN;
    let shown = &open.cases[..open.cases.len().min(CASES_SHOWN)];
    let lines: Vec<OrderLine> = orders.orders.iter().map(OrderLine::of).collect();
    let listed = (lines.as_slice(), orders.unread);
    Ok(pages::inbox((shown, more, open.unread), listed, visitor, now))
}

async fn order(store: &impl Store, visitor: &Visitor, id: &str) -> Result<Response, Trouble> {
    Ok(match store.load(&OrderId::new(id)).await? {
        Some(order) => pages::order(&order, visitor, store.now(), &Again::default()),
        None => missing("order"),
    })
}

/// Has an announcement sent again.
async fn announce(store: &impl Store, visitor: &Visitor, request: &Request, id: &str) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(order) = store.load(&OrderId::new(id)).await? else {
        return Ok(missing("order"));
    };
    let (Ok(notice), Ok(seen)) = (field("notice").parse::<u32>(), field("seen").parse()) else {
        return Ok(missing("announcement"));
    };
    let shown = order.clone();
    let done = announce_again(store, order, (notice, seen), &visitor.actor, field("reason")).await?;
    Ok(match done {
        Decided::Recorded => {
            log::note("announced_again", &[("order", id), ("notice", field("notice"))]);
            see(&format!("/console/orders/{}", shown.id))
        }
        Decided::No(why) => {
            let why = if shown.version == seen {
                why
            } else {
                format!("{why} {AS_IT_STANDS}")
            };
            let again = Again::refused(why, ("announce", &notice.to_string()), fields);
            pages::order(&shown, visitor, store.now(), &again)
        }
    })
}

/// The fields of one of our own forms.
pub(crate) fn form(visitor: &Visitor, request: &Request) -> Result<BTreeMap<String, String>, Response> {
    if request.body.len() > BODY_BYTES_MAX {
        return Err(pages::not_done(
            413,
            "That is too long",
            "Write a shorter reason.",
            request,
        ));
    }
    let fields: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
    if !visitor.is_our_form(fields.get("csrf").map(String::as_str).unwrap_or_default()) {
        let say = "Nothing was done. Open the order in the console and decide there.";
        return Err(pages::not_done(403, "This form is not from here", say, request));
    }
    Ok(fields)
}

/// What is previewed for the first time gets its name; the page carries it from then on.
pub(crate) fn decision_of(store: &impl Store, carried: &str) -> String {
    if carried.is_empty() {
        return format!("dec_{:032x}", store.bits());
    }
    carried.chars().take(DECISION_CHARACTERS_MAX).collect()
}

/// Shows what a choice will do; with `done`, does it.
async fn choose(
    store: &impl Store,
    visitor: &Visitor,
    request: &Request,
    id: &str,
    done: bool,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(order) = store.load(&OrderId::new(field("order"))).await? else {
        return Ok(missing("order"));
    };
    let case = CaseId::new(id);
    let (Some(choice), Ok(seen)) = (choice(field("choice")), field("seen").parse()) else {
        return Ok(missing("choice"));
    };
    let decision = decision_of(store, field("decision"));
    let by_this = |case: &CaseRef| case.id.as_str() == id && case.decided_by(&DecisionId::new(decision.as_str()));
    if order.cases.iter().any(by_this) {
        return Ok(see(&format!("/console/orders/{}", order.id)));
    }
    let Some(open) = order.open_case(&case).cloned() else {
        let closed = "That case is closed already. Nothing was done.".to_owned();
        let again = Again::refused(closed, ("decide", id), fields);
        return Ok(pages::order(&order, visitor, store.now(), &again));
    };
    let intended = Intended {
        case: &open,
        choice,
        // What is shown is the order as it stands, and that is what is decided about.
        seen: order.version,
        reason: field("reason"),
        code: field("code"),
        amount: field("amount"),
        decision: &decision,
    };
    if !done {
        return Ok(preview(&order, visitor, &intended, (200, "")));
    }
    let wish = Wish {
        case,
        choice,
        by: visitor.actor.clone(),
        reason: field("reason").to_owned(),
        code: field("code").to_owned(),
        amount: field("amount").to_owned(),
        seen,
        decision: DecisionId::new(decision.as_str()),
    };
    decided(store, visitor, order, &wish, &intended).await
}

async fn decided(
    store: &impl Store,
    visitor: &Visitor,
    order: Order,
    wish: &Wish,
    intended: &Intended<'_>,
) -> Result<Response, Trouble> {
    let changed = order.version != wish.seen;
    let possible = choices(&order, intended.case).contains(&wish.choice);
    let shown = order.clone();
    Ok(match decide(store, order, wish).await? {
        Decided::Recorded => {
            log::note(
                "person_decided",
                &[
                    ("order", shown.id.as_str()),
                    ("case", wish.case.as_str()),
                    ("choice", wish.choice.name()),
                ],
            );
            see(&format!("/console/orders/{}", shown.id))
        }
        Decided::No(why) if !possible => {
            let fields = [("reason".to_owned(), wish.reason.clone())].into();
            let again = Again::refused(why, ("decide", wish.case.as_str()), fields);
            pages::order(&shown, visitor, store.now(), &again)
        }
        Decided::No(why) if changed => {
            let problem = format!("{why} {AS_IT_STANDS}");
            preview(&shown, visitor, intended, (409, &problem))
        }
        Decided::No(why) => preview(&shown, visitor, intended, (422, &why)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_version_wrote_is_said_in_plain_words() {
        let page = failed(&Trouble::newer(2, 1), &Request::default());
        assert_eq!(page.status, 503);
        for part in [
            wording::NEWER,
            "nothing was changed, and nothing is lost",
            "tell operations",
        ] {
            assert!(page.body.contains(part), "{}", page.body);
        }
        let (wanted, because) = ("read an item", "no answer".to_owned());
        let away = failed(&Trouble { wanted, because }, &Request::default());
        assert!(away.body.contains("cannot be shown just now") && !away.body.contains(wording::NEWER));
    }
}
