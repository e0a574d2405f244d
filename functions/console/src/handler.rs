//! Inbox, order, preview, decision.

use std::collections::BTreeMap;

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use desk::decision::{self, Decided, Wish, announce_again, choice, decide};
use desk::view::{CaseLine, OrderLine};
use domain::case::Class;
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use flow::ports::{Archive, Breakers, Control, Store, Trouble};

use crate::access::Access;
use crate::alerts;
use crate::brakes::{self, Brakes};
use crate::expect::{self, Expect};
use crate::pages::{self, Intended};

const CASES_SHOWN: usize = 100;
const ORDERS_SHOWN: usize = 50;
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Whoever has the console's token.
pub(crate) const OPERATOR: &str = "operator";

pub async fn handle(
    store: &(impl Store + Archive + Control + Breakers),
    access: &Access,
    brakes: &Brakes,
    expect: &Expect,
    request: &Request,
) -> Response {
    if access.opens(request) {
        return see("/console").with("set-cookie", access.cookie());
    }
    if !access.signed_in(request) {
        return pages::plain(
            403,
            "The console is closed",
            "Open it with the address that was given to you: it carries a token.",
        );
    }
    let answered = match (request.method.as_str(), path(request).as_slice()) {
        ("GET", []) => inbox(store).await,
        ("GET", ["orders", id]) => order(store, access, id).await,
        ("GET", ["runbooks", name]) => Ok(runbook(name)),
        ("GET", ["expect"]) => Ok(expect::readers()),
        ("GET", ["expect", reader]) => Ok(expect::show(expect, reader)),
        ("POST", ["orders", id, "announce"]) => announce(store, access, request, id).await,
        ("GET", ["cases", id]) => case(store, access, id).await,
        ("GET", ["brakes"]) => brakes::show(store, brakes, access, (200, "")).await,
        ("POST", ["brakes", name]) => brakes::switch(store, brakes, access, request, name).await,
        ("GET", ["alerts"]) => alerts::show(store, access, (200, "")).await,
        ("POST", ["alerts", "acknowledge"]) => alerts::acknowledge(store, access, request).await,
        ("POST", ["cases", id, "close"]) => close(store, access, request, id).await,
        ("POST", ["cases", id, "preview"]) => choose(store, access, request, id, false).await,
        ("POST", ["cases", id, "decide"]) => choose(store, access, request, id, true).await,
        _ => Ok(missing("page")),
    };
    answered.unwrap_or_else(|trouble| {
        log::note("console_failed", &[("because", &trouble.to_string())]);
        pages::plain(
            503,
            "This cannot be shown just now",
            "Nothing was lost. If you had just decided something, look at the order before you do it again.",
        )
    })
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

fn runbook(name: &str) -> Response {
    let class = Class::ALL.into_iter().find(|class| class.name() == name);
    class.map_or_else(|| missing("page"), pages::runbook)
}

async fn inbox(store: &(impl Store + Archive)) -> Result<Response, Trouble> {
    let cases: Vec<CaseLine> = store.open_cases(CASES_SHOWN).await?.iter().map(CaseLine::of).collect();
    let now = store.now();
    let mut orders = store.orders(&now.month(), ORDERS_SHOWN).await?;
    // On the first of a month yesterday's orders are as near as ever.
    if orders.len() < ORDERS_SHOWN {
        orders.extend(store.orders(&now.month_before(), ORDERS_SHOWN - orders.len()).await?);
    }
    let orders: Vec<OrderLine> = orders.iter().map(OrderLine::of).collect();
    Ok(pages::inbox(&cases, &orders))
}

async fn order(store: &impl Store, access: &Access, id: &str) -> Result<Response, Trouble> {
    Ok(match store.load(&OrderId::new(id)).await? {
        Some(order) => pages::order(&order, &access.csrf(), store.now(), 200, ""),
        None => missing("order"),
    })
}

/// Has an announcement sent again.
async fn announce(store: &impl Store, access: &Access, request: &Request, id: &str) -> Result<Response, Trouble> {
    let fields = match form(access, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(order) = store.load(&OrderId::new(id)).await? else {
        return Ok(missing("order"));
    };
    let (Ok(notice), Ok(seen)) = (field("notice").parse(), field("seen").parse()) else {
        return Ok(missing("announcement"));
    };
    let shown = order.clone();
    let done = announce_again(store, order, (notice, seen), OPERATOR, field("reason")).await?;
    Ok(match done {
        Decided::Recorded => {
            log::note("announced_again", &[("order", id), ("notice", field("notice"))]);
            see(&format!("/console/orders/{}", shown.id))
        }
        Decided::No(why) => pages::order(&shown, &access.csrf(), store.now(), 409, &why),
    })
}

async fn case(store: &(impl Store + Archive), access: &Access, id: &str) -> Result<Response, Trouble> {
    Ok(match store.case(&CaseId::new(id)).await? {
        Some(case) => match &case.order {
            Some(order) => see(&format!("/console/orders/{order}")),
            None => pages::case(&case, &access.csrf(), "", 200, ""),
        },
        None => missing("case"),
    })
}

/// Ends a case that belongs to no order.
async fn close(
    store: &(impl Store + Archive),
    access: &Access,
    request: &Request,
    id: &str,
) -> Result<Response, Trouble> {
    let fields = match form(access, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let case = store.case(&CaseId::new(id)).await?.filter(|case| case.order.is_none());
    let Some(case) = case else { return Ok(missing("case")) };
    let reason = fields.get("reason").map(String::as_str).unwrap_or_default();
    Ok(match decision::close(store, case.clone(), OPERATOR, reason).await? {
        Decided::Recorded => {
            log::note("case_closed", &[("case", case.id.as_str())]);
            see("/console")
        }
        Decided::No(why) => pages::case(&case, &access.csrf(), reason, 409, &why),
    })
}

/// The fields of one of our own forms.
pub(crate) fn form(access: &Access, request: &Request) -> Result<BTreeMap<String, String>, Response> {
    if request.body.len() > BODY_BYTES_MAX {
        return Err(pages::plain(413, "That is too long", "Write a shorter reason."));
    }
    let fields: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
    if !access.is_our_form(fields.get("csrf").map(String::as_str).unwrap_or_default()) {
        let say = "Nothing was done. Open the order in the console and decide there.";
        return Err(pages::plain(403, "This form is not from here", say));
    }
    Ok(fields)
}

/// Shows what a choice will do; with `done`, does it.
async fn choose(
    store: &(impl Store + Control),
    access: &Access,
    request: &Request,
    case: &str,
    done: bool,
) -> Result<Response, Trouble> {
    let fields = match form(access, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(order) = store.load(&OrderId::new(field("order"))).await? else {
        return Ok(missing("order"));
    };
    let case = CaseId::new(case);
    let (Some(choice), Ok(seen)) = (choice(field("choice")), field("seen").parse()) else {
        return Ok(missing("choice"));
    };
    let Some(open) = order.open_case(&case).cloned() else {
        return Ok(pages::order(
            &order,
            &access.csrf(),
            store.now(),
            409,
            "That case is closed already. Nothing was done.",
        ));
    };
    let intended = Intended {
        case: &open,
        choice,
        seen,
        reason: field("reason"),
    };
    if !done {
        return Ok(pages::preview(&order, &access.csrf(), &intended, ""));
    }
    let by = OPERATOR.to_owned();
    let wish = Wish {
        case,
        choice,
        by,
        reason: field("reason").to_owned(),
        seen,
    };
    decided(store, access, order, &wish, &intended).await
}

async fn decided(
    store: &(impl Store + Control),
    access: &Access,
    order: Order,
    wish: &Wish,
    intended: &Intended<'_>,
) -> Result<Response, Trouble> {
    let changed = order.version != wish.seen;
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
        Decided::No(why) if changed => pages::order(&shown, &access.csrf(), store.now(), 409, &why),
        Decided::No(why) => pages::preview(&shown, &access.csrf(), intended, &why),
    })
}
