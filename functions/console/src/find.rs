//! Finding an order by whatever somebody has in hand, and why it is as it is.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::view::FoundLine;
use desk::why::{Found, find};
use domain::id::OrderId;
use domain::wording::{self, Why, why};
use flow::ports::{Archive, Books, Lists, LookUp, Store, Trouble};

use crate::access::Visitor;
use crate::handler::{form, missing, see};
use crate::pages::{Frame, respond};

#[derive(Template)]
#[template(path = "find.html")]
struct FindPage<'a> {
    frame: Frame<'a>,
    headline: String,
    /// What was tried in vain; empty where something was found.
    tried: &'a str,
    /// The text was nothing that an order could be found by.
    wrong: bool,
    /// That more cannot be read; empty: all can.
    unread: String,
    orders: Vec<FoundLine>,
}

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage<'a> {
    frame: Frame<'a>,
    why: Why,
}

/// The order's page, or what was found of it. The text comes in the body: an address of a page, with an e-mail address in
/// it, would stay in the browser's history and in the logs of whatever stands in front of us.
pub(crate) async fn look(
    store: &(impl Store + Archive + LookUp + Lists),
    stripe: Option<&impl Books>,
    visitor: &Visitor,
    request: &Request,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let text = fields.get("q").map(String::as_str).unwrap_or_default();
    let now = store.now();
    let (found, failure) = find(store, stripe, text, now).await?;
    let (many, word) = match &found {
        Found::One(_) | Found::CaseAlone(_) => (1, "found"),
        Found::Several { orders, .. } => (orders.len(), "found"),
        Found::None(_) => (0, "not_found"),
        Found::NotUnderstood(_) => (0, "not_understood"),
    };
    log::note("looked_up", &[("ended", word), ("found", &many.to_string())]);
    if let Some(failure) = failure {
        log::note("stripe_did_not_help", &[("because", &failure.to_string())]);
    }
    let page = |headline: &str, tried, wrong, orders: Vec<FoundLine>| FindPage {
        frame: Frame {
            sought: if orders.is_empty() { text } else { "" },
            ..Frame::of(visitor)
        },
        headline: headline.to_owned(),
        tried,
        wrong,
        unread: String::new(),
        orders,
    };
    Ok(match found {
        Found::One(order) => see(&format!("/console/orders/{}", order.id)),
        Found::CaseAlone(id) => see(&format!("/console/cases/{id}")),
        Found::Several { orders, more, unread } => {
            let headline = wording::found_several(&orders, more);
            let lines = orders.iter().map(|order| FoundLine::of(order, now)).collect();
            let unread = wording::found_unread(unread);
            let page = page(&headline, "", false, lines);
            respond(200, &FindPage { unread, ..page })
        }
        Found::None(tried) => respond(200, &page(wording::NOTHING_FOUND, &tried, false, Vec::new())),
        Found::NotUnderstood(say) => respond(422, &page(wording::NOTHING_FOUND, say, true, Vec::new())),
    })
}

/// The six questions, answered.
pub(crate) async fn explain(store: &impl Store, visitor: &Visitor, id: &str) -> Result<Response, Trouble> {
    let Some(order) = store.load(&OrderId::new(id)).await? else {
        return Ok(missing("order"));
    };
    let page = WhyPage {
        frame: Frame::of(visitor),
        why: why(&order, store.now()),
    };
    Ok(respond(200, &page))
}
