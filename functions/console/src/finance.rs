//! Finance's pages: the refunds of a month, as a page and as a file, and the charges that wait.

use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::access::Role;
use desk::report::{self, OF_A_PAGE, Report, file, file_name, months, report, stripe_page};
use desk::waiting::{WaitingLine, each, waiting_list};
use domain::Timestamp;
use domain::finance::{RefundLine, Stage};
use domain::wording;
use flow::ports::{Lists, Store, Trouble};

use crate::access::Visitor;
use crate::handler::missing;
use crate::pages::{Frame, plain, respond};

/// The page stays readable; the file has all.
const LINES_SHOWN: usize = 500;

/// An answer may have 6 MB.
const FILE_BYTES_MAX: usize = 5 << 20;

#[derive(Template)]
#[template(path = "refunds.html")]
struct RefundsPage<'a> {
    frame: Frame<'a>,
    month: &'a str,
    months: Vec<(String, bool)>,
    totals: Vec<(&'static str, Vec<String>)>,
    lines: Vec<Line>,
    count: usize,
    missing: Option<String>,
}

struct Line {
    refund: String,
    stripe: String,
    made: String,
    amount: String,
    /// Of which payment it is a part.
    of: String,
    stands: &'static str,
    failed: bool,
    failure: String,
    because: String,
    by: String,
    order: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage<'a> {
    frame: Frame<'a>,
    totals: Vec<(&'static str, Vec<String>)>,
    count: usize,
    lines: Vec<WaitingLine>,
    missing: Option<String>,
}

/// The month that is asked for.
fn asked(store: &impl Store, request: &Request) -> Option<Timestamp> {
    let mut query = form_urlencoded::parse(request.query.as_bytes());
    let name = query.find(|(name, _)| name == "month");
    report::month(store.now(), &name.map(|(_, value)| value).unwrap_or_default())
}

pub(crate) async fn refunds(
    store: &(impl Store + Lists),
    visitor: &Visitor,
    request: &Request,
) -> Result<Response, Trouble> {
    let Some(month) = asked(store, request) else {
        return Ok(missing("month"));
    };
    let report = report(store, month, OF_A_PAGE).await?;
    let latest = report.lines.iter().rev().take(LINES_SHOWN);
    let page = RefundsPage {
        frame: Frame::of(visitor),
        month: &report.month,
        months: months(store.now())
            .into_iter()
            .map(|known| (known.month(), known.month() == report.month))
            .collect(),
        totals: totals(&report),
        lines: latest.map(|line| line_of(line, visitor.live)).collect(),
        count: report.lines.len(),
        missing: report.missing,
    };
    Ok(respond(200, &page))
}

fn totals(report: &Report) -> Vec<(&'static str, Vec<String>)> {
    let of = |stage: Stage| Some((wording::stage(stage), each(report.totals.get(&stage)?)));
    Stage::ALL.into_iter().filter_map(of).collect()
}

fn line_of(line: &RefundLine, live: bool) -> Line {
    let part = line.original.filter(|original| *original != line.amount);
    Line {
        refund: line.refund.to_string(),
        stripe: stripe_page(line, live),
        made: line.made_at().to_string(),
        amount: line.amount.to_string(),
        of: part.map(|original| format!("of {original}")).unwrap_or_default(),
        stands: wording::refund_stands(line.status),
        failed: line.stage() == Stage::Failed,
        failure: line.failure_reason.as_deref().unwrap_or_default().replace('_', " "),
        because: line.because.sentence().to_owned(),
        by: wording::decided_by(line.because.by()).to_owned(),
        order: line.order.to_string(),
        reference: line.reference.clone(),
    }
}

/// The same as a file. Half a report is none.
pub(crate) async fn refunds_file(
    store: &(impl Store + Lists),
    visitor: &Visitor,
    request: &Request,
) -> Result<Response, Trouble> {
    let Some(month) = asked(store, request) else {
        return Ok(missing("month"));
    };
    if let Err(say) = visitor.actor.role.may(Role::Finance) {
        return Ok(plain(403, "This file is not for you", &say));
    }
    let report = report(store, month, OF_A_PAGE).await?;
    let text = file(&report, visitor.live);
    let too_long =
        (text.len() > FILE_BYTES_MAX).then(|| "It would be longer than a download may be. Tell operations.".to_owned());
    if let Some(why) = report.missing.or(too_long) {
        let say = format!("Half a report is none. {why}");
        return Ok(plain(503, "This file cannot be made just now", &say));
    }
    let name = format!("attachment; filename=\"{}\"", file_name(month, visitor.live));
    Ok(Response::new(200, "text/csv; charset=utf-8; header=present", text)
        .with("content-disposition", name)
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff"))
}

pub(crate) async fn waiting(store: &(impl Store + Lists), visitor: &Visitor) -> Result<Response, Trouble> {
    let (list, now) = (waiting_list(store, OF_A_PAGE).await?, store.now());
    let totals = [("Paid", &list.taken), ("Held, and not taken", &list.held)];
    let page = WaitingPage {
        frame: Frame::of(visitor),
        totals: totals
            .into_iter()
            .filter(|(_, sums)| !sums.is_empty())
            .map(|(what, sums)| (what, each(sums)))
            .collect(),
        count: list.lines.len(),
        lines: list
            .lines
            .iter()
            .take(LINES_SHOWN)
            .map(|line| WaitingLine::of(line, now))
            .collect(),
        missing: list.missing,
    };
    Ok(respond(200, &page))
}
