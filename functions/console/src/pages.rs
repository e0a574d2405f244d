//! Pages of the console.

use adapters::lambda::http::Response;
use askama::Template;
use desk::decision::choices;
use desk::look::{STYLE, headers};
use desk::view::{self, AnnouncementLine, CaseLine, OrderLine};
use domain::Timestamp;
use domain::case::{Case, CaseRef, Choice, Class};
use domain::money::Money;
use domain::order::Order;
use domain::wording;

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    style: &'a str,
    cases: &'a [CaseLine],
    groups: Vec<Group<'a>>,
    orders: &'a [OrderLine],
}

struct Group<'a> {
    class: &'static str,
    runbook: &'a str,
    cases: Vec<&'a CaseLine>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    style: &'a str,
    csrf: &'a str,
    problem: &'a str,
    id: String,
    version: u64,
    reference: String,
    state: &'static str,
    headline: String,
    product: &'a str,
    price: String,
    list: Vec<(String, bool)>,
    cases: Vec<CaseBox>,
    money: Vec<MoneyLine>,
    reads: String,
    told: Vec<(String, String)>,
    announcements: Vec<AnnouncementLine>,
    history: Vec<(String, String)>,
}

struct CaseBox {
    id: String,
    class: &'static str,
    runbook: String,
    consequence: String,
    failure: &'static str,
    open: bool,
    opened: String,
    suggestion: &'static str,
    choices: Vec<(&'static str, &'static str)>,
    ending: String,
}

struct MoneyLine {
    id: String,
    stands: String,
    returned: String,
    because: String,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    style: &'a str,
    csrf: &'a str,
    problem: &'a str,
    case: CaseLine,
    first: &'a str,
    reason: &'a str,
    ending: String,
}

#[derive(Template)]
#[template(path = "runbook.html")]
struct RunbookPage<'a> {
    style: &'a str,
    class: &'static str,
    runbook: wording::Runbook,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    style: &'a str,
    csrf: &'a str,
    problem: &'a str,
    reference: String,
    order: String,
    case: String,
    seen: u64,
    choice: &'static str,
    consequence: String,
    will: Vec<String>,
    reason: &'a str,
    to_customer: bool,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage<'a> {
    style: &'a str,
    headline: &'a str,
    say: &'a str,
}

pub(crate) fn respond(code: u16, page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        return Response::new(
            500,
            "text/plain; charset=utf-8",
            "This page could not be shown. Nothing was decided.",
        );
    };
    let mut response = Response::new(code, "text/html; charset=utf-8", html);
    response.headers.extend(headers(None));
    response
}

pub(crate) fn plain(code: u16, headline: &str, say: &str) -> Response {
    respond(
        code,
        &PlainPage {
            style: STYLE,
            headline,
            say,
        },
    )
}

pub(crate) fn inbox(cases: &[CaseLine], orders: &[OrderLine]) -> Response {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for case in cases {
        match groups.iter_mut().find(|group| group.class == case.class) {
            Some(group) => group.cases.push(case),
            None => groups.push(Group {
                class: case.class,
                runbook: &case.runbook,
                cases: vec![case],
            }),
        }
    }
    respond(
        200,
        &InboxPage {
            style: STYLE,
            cases,
            groups,
            orders,
        },
    )
}

/// What to do about a class of cases.
pub(crate) fn runbook(class: Class) -> Response {
    let page = RunbookPage {
        style: STYLE,
        class: wording::class_name(class),
        runbook: wording::runbook(class),
    };
    respond(200, &page)
}

/// A case that belongs to no order.
pub(crate) fn case(case: &Case, csrf: &str, reason: &str, code: u16, problem: &str) -> Response {
    let page = CasePage {
        style: STYLE,
        csrf,
        problem,
        case: CaseLine::of(case),
        first: wording::runbook(case.class).button,
        reason,
        ending: view::ending(case.resolved.as_ref()),
    };
    respond(code, &page)
}

pub(crate) fn order(order: &Order, csrf: &str, now: Timestamp, code: u16, problem: &str) -> Response {
    let page = OrderPage {
        style: STYLE,
        csrf,
        problem,
        id: order.id.to_string(),
        version: order.version,
        reference: order.reference(),
        state: wording::state_in_words(order),
        headline: headline(order),
        product: &order.product.name,
        price: order.product.price.to_string(),
        list: wording::done_or_not(order),
        cases: order.cases.iter().rev().map(|case| case_box(order, case)).collect(),
        money: money(order),
        reads: view::customer_reads(order, now),
        told: view::told(order),
        announcements: view::announcements(order),
        history: view::history(order),
    };
    respond(code, &page)
}

/// The money first, then where it stands.
fn headline(order: &Order) -> String {
    let state = wording::state_in_words(order);
    match order.own_payment() {
        Some(own) if own.captured.is_none() && own.stake().is_some() => {
            format!("{}: {state}", view::standing(own))
        }
        own => match own.and_then(|own| own.captured) {
            Some(paid) => format!("{paid} paid: {state}"),
            None => format!("Nothing paid: {state}"),
        },
    }
}

fn case_box(order: &Order, case: &CaseRef) -> CaseBox {
    let label = |choice: Choice| match choice {
        Choice::Retry => (choice.name(), "Retry..."),
        Choice::Undo => (choice.name(), "Undo and give the money back..."),
        Choice::Ignore => (choice.name(), "Ignore: it is settled..."),
    };
    CaseBox {
        id: case.id.to_string(),
        class: wording::class_name(case.class),
        runbook: wording::runbook_path(case.class),
        consequence: wording::consequence(order, case.class, case.subject.as_ref()),
        failure: case.failure.map_or("", |failure| wording::reason(failure.reason)),
        open: case.resolved.is_none(),
        opened: case.opened_at.to_string(),
        suggestion: wording::suggestion(order, case.class).map_or("", Choice::name),
        choices: choices(order, case).into_iter().map(label).collect(),
        ending: view::ending(case.resolved.as_ref()),
    }
}

fn money(order: &Order) -> Vec<MoneyLine> {
    let currency = order.product.price.currency;
    let line = |payment: &domain::payment::Payment| MoneyLine {
        id: payment.id.to_string(),
        stands: view::standing(payment),
        returned: Money::new(payment.returned_minor(), currency).to_string(),
        because: payment
            .owed
            .as_ref()
            .map(|owed| owed.because.sentence().to_owned())
            .unwrap_or_default(),
    };
    order.payments.iter().map(line).collect()
}

/// What a person is about to decide.
pub(crate) struct Intended<'a> {
    pub(crate) case: &'a CaseRef,
    pub(crate) choice: Choice,
    pub(crate) seen: u64,
    pub(crate) reason: &'a str,
}

pub(crate) fn preview(order: &Order, csrf: &str, intended: &Intended<'_>, problem: &str) -> Response {
    let page = PreviewPage {
        style: STYLE,
        csrf,
        problem,
        reference: order.reference(),
        order: order.id.to_string(),
        case: intended.case.id.to_string(),
        seen: intended.seen,
        choice: intended.choice.name(),
        consequence: wording::consequence(order, intended.case.class, intended.case.subject.as_ref()),
        will: wording::preview(order, intended.case, intended.choice),
        reason: intended.reason,
        to_customer: intended.choice == Choice::Undo,
    };
    respond(if problem.is_empty() { 200 } else { 422 }, &page)
}
