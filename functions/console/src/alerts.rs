//! The page of the alerts: whether they are heard.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::alerts::{AlertsView, alerts, got_it, has_it};
use desk::decision::Decided;
use domain::Timestamp;
use domain::case::Class;
use domain::wording::runbook_path;
use flow::ports::{Archive, Control, Store, Trouble};

use crate::access::Visitor;
use crate::handler::{form, missing, see};
use crate::pages::{Frame, respond};

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage<'a> {
    frame: Frame<'a>,
    problem: &'a str,
    runbook: String,
    view: AlertsView,
}

pub(crate) async fn show(
    store: &impl Control,
    visitor: &Visitor,
    (code, problem): (u16, &str),
) -> Result<Response, Trouble> {
    let page = AlertsPage {
        frame: Frame::of(visitor),
        problem,
        runbook: runbook_path(Class::AlertsUnheard),
        view: alerts(store).await?,
    };
    Ok(respond(code, &page))
}

/// Whoever is on call got the test alert.
pub(crate) async fn acknowledge(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let Some(sent_at) = fields.get("sent_at").and_then(|text| text.parse().ok()) else {
        return Ok(missing("test alert"));
    };
    match got_it(store, Timestamp(sent_at), &visitor.actor).await? {
        Decided::Recorded => {
            log::note("test_alert_acknowledged", &[]);
            Ok(see("/console/alerts"))
        }
        Decided::No(why) => show(store, visitor, (409, &why)).await,
    }
}

/// Whoever is on call has the alert of a class of cases.
pub(crate) async fn take(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
    class: &str,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let Some(class) = Class::parse(class) else {
        return Ok(missing("alert"));
    };
    match has_it(store, class, (&visitor.actor, fields.get("from").map(String::as_str))).await? {
        Decided::Recorded => {
            log::note("alert_acknowledged", &[("class", class.name())]);
            Ok(see("/console/alerts"))
        }
        Decided::No(why) => show(store, visitor, (409, &why)).await,
    }
}
