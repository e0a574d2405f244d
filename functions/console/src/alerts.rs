//! The page of the alerts: whether they are heard.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::alerts::{AlertsView, alerts, got_it};
use desk::decision::Decided;
use desk::look::STYLE;
use domain::Timestamp;
use domain::case::Class;
use domain::wording::runbook_path;
use flow::ports::{Archive, Control, Store, Trouble};

use crate::access::Access;
use crate::handler::{OPERATOR, form, missing, see};
use crate::pages::respond;

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage<'a> {
    style: &'a str,
    csrf: &'a str,
    problem: &'a str,
    runbook: String,
    view: AlertsView,
}

pub(crate) async fn show(
    store: &impl Control,
    access: &Access,
    (code, problem): (u16, &str),
) -> Result<Response, Trouble> {
    let page = AlertsPage {
        style: STYLE,
        csrf: &access.csrf(),
        problem,
        runbook: runbook_path(Class::AlertsUnheard),
        view: alerts(store).await?,
    };
    Ok(respond(code, &page))
}

/// Whoever is on call got the test alert.
pub(crate) async fn acknowledge(
    store: &(impl Store + Archive + Control),
    access: &Access,
    request: &Request,
) -> Result<Response, Trouble> {
    let fields = match form(access, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let Some(sent_at) = fields.get("sent_at").and_then(|text| text.parse().ok()) else {
        return Ok(missing("test alert"));
    };
    match got_it(store, Timestamp(sent_at), OPERATOR).await? {
        Decided::Recorded => {
            log::note("test_alert_acknowledged", &[]);
            Ok(see("/console/alerts"))
        }
        Decided::No(why) => show(store, access, (409, &why)).await,
    }
}
