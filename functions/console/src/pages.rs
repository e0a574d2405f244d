//! Pages of the console.

use adapters::lambda::http::{Request, Response};
use askama::Template;
use desk::access::{Actor, Role};
use desk::attempts::{AttemptLine, attempts};
use desk::decision::{choices, needed, says_why};
use desk::look::{STYLE, headers};
use desk::timeline::{Look, Timeline, timeline};
use desk::told::{ToldLine, told};
use desk::view::{self, AnnouncementLine, CaseLine, OrderLine};
use domain::Timestamp;
use domain::case::{Case, CaseRef, Choice, Class};
use domain::money::Money;
use domain::order::Order;
use domain::wording;

use crate::access::Visitor;
use crate::again::{Again, written};
use crate::because::Asks;
use crate::cases::TendingBox;
use crate::classes::at_stake;

/// What every page has around it.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) style: &'a str,
    pub(crate) csrf: &'a str,
    /// Empty on pages for nobody in particular.
    pub(crate) who: &'a str,
    pub(crate) role: &'a str,
    pub(crate) live: bool,
    pub(crate) operates: bool,
    /// What was looked for in vain.
    pub(crate) sought: &'a str,
}

impl<'a> Frame<'a> {
    pub(crate) fn of(visitor: &'a Visitor) -> Self {
        Self {
            style: STYLE,
            csrf: &visitor.csrf,
            who: &visitor.actor.name,
            role: visitor.actor.role.name(),
            live: visitor.live,
            operates: visitor.actor.role.may(Role::Operator).is_ok(),
            sought: "",
        }
    }

    fn of_nobody() -> Self {
        Self {
            style: STYLE,
            csrf: "",
            who: "",
            role: "",
            live: false,
            operates: false,
            sought: "",
        }
    }
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    frame: Frame<'a>,
    count: usize,
    more: bool,
    /// So many more cannot be read.
    unread: usize,
    groups: Vec<Group>,
    orders: &'a [OrderLine],
    /// That some orders are missing; empty: none is.
    orders_unread: String,
}

struct Group {
    class: &'static str,
    page: String,
    runbook: String,
    /// In question, each currency for itself.
    money: String,
    cases: Vec<CaseLine>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    again: &'a Again,
    /// What was written in a form that is not there any more.
    left_over: Vec<String>,
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
    told: Vec<ToldLine>,
    announcements: Vec<AnnouncementLine>,
    attempts: Vec<AttemptLine>,
    timeline: Timeline,
    reply: String,
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
    choices: Vec<Choosable>,
    /// Why some buttons cannot be pressed by whoever looks.
    refused: String,
    /// Where it asks why money went back.
    asks: Option<Asks>,
    ending: String,
    tending: TendingBox,
    /// Who has not heard of it though it is decided.
    still_to_tell: String,
}

/// A button of a case.
struct Choosable {
    name: &'static str,
    label: &'static str,
    may: bool,
}

struct MoneyLine {
    id: String,
    stands: String,
    returned: String,
    because: String,
}

#[derive(Template)]
#[template(path = "runbook.html")]
struct RunbookPage<'a> {
    frame: Frame<'a>,
    class: &'static str,
    runbook: wording::Runbook,
}

#[derive(Template)]
#[template(path = "enter.html")]
struct EnterPage<'a> {
    frame: Frame<'a>,
    who: &'a str,
    role: &'a str,
    pass: &'a str,
}

#[derive(Template)]
#[template(path = "plain.html")]
struct PlainPage<'a> {
    frame: Frame<'a>,
    headline: &'a str,
    say: &'a str,
    left_over: Vec<String>,
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
    response.headers.extend(headers(None, false));
    response
}

pub(crate) fn plain(code: u16, headline: &str, say: &str) -> Response {
    not_done(code, headline, say, &Request::default())
}

/// The same where a form may have been sent: whatever was written in it comes back, to copy.
pub(crate) fn not_done(code: u16, headline: &str, say: &str, request: &Request) -> Response {
    let fields = form_urlencoded::parse(&request.body).into_owned().collect();
    let page = PlainPage {
        frame: Frame::of_nobody(),
        headline,
        say,
        left_over: written(&fields),
    };
    respond(code, &page)
}

/// The button that a pass opens the console with.
pub(crate) fn enter(by: &Actor, pass: &str) -> Response {
    respond(
        200,
        &EnterPage {
            frame: Frame::of_nobody(),
            who: &by.name,
            role: by.role.name(),
            pass,
        },
    )
}

/// `more`: not all cases are shown; `unread`: so many more cannot be read.
pub(crate) fn inbox(
    (cases, more, unread): (&[Case], bool, usize),
    (orders, orders_unread): (&[OrderLine], usize),
    visitor: &Visitor,
    now: Timestamp,
) -> Response {
    let mut classes: Vec<Class> = Vec::new();
    for case in cases {
        if !classes.contains(&case.class) {
            classes.push(case.class);
        }
    }
    let group = |class: Class| {
        let of_it = || cases.iter().filter(|case| case.class == class);
        Group {
            class: wording::class_name(class),
            page: format!("/console/classes/{}", class.name()),
            runbook: wording::runbook_path(class),
            money: at_stake(of_it()).join(", "),
            cases: of_it().map(|case| CaseLine::of(case, now)).collect(),
        }
    };
    let page = InboxPage {
        frame: Frame::of(visitor),
        count: cases.len(),
        more,
        unread,
        groups: classes.into_iter().map(group).collect(),
        orders,
        orders_unread: wording::orders_unread(orders_unread),
    };
    respond(200, &page)
}

/// What to do about a class of cases.
pub(crate) fn runbook(class: Class, visitor: &Visitor) -> Response {
    let page = RunbookPage {
        frame: Frame::of(visitor),
        class: wording::class_name(class),
        runbook: wording::runbook(class),
    };
    respond(200, &page)
}

pub(crate) fn order(order: &Order, visitor: &Visitor, now: Timestamp, again: &Again) -> Response {
    let cases = order.cases.iter().rev();
    let (open, closed): (Vec<&CaseRef>, Vec<&CaseRef>) = cases.partition(|case| case.resolved.is_none());
    let (told, announcements) = (told(order, visitor.actor.role), view::announcements(order));
    let boxes: Vec<CaseBox> = open
        .into_iter()
        .chain(closed)
        .map(|case| case_box(order, case, visitor, now, again))
        .collect();
    let operates = visitor.actor.role.may(Role::Operator).is_ok();
    let is_there = |form: &str, about: &str| match form {
        "told" => told
            .iter()
            .any(|line| line.need_not && line.notice.to_string() == about),
        "announce" => {
            operates
                && announcements
                    .iter()
                    .any(|line| line.again && line.notice.to_string() == about)
        }
        form => boxes.iter().any(|case| case.id == about && case.tending.has(form)),
    };
    let page = OrderPage {
        frame: Frame::of(visitor),
        left_over: again.left_over(is_there),
        again,
        id: order.id.to_string(),
        version: order.version,
        reference: order.reference(),
        state: wording::state_in_words(order),
        headline: view::headline(order),
        product: &order.product.name,
        price: order.product.price.to_string(),
        list: wording::done_or_not(order),
        cases: boxes,
        money: money(order),
        reads: wording::customer_reads(order, now),
        told,
        announcements,
        attempts: attempts(order, now),
        timeline: timeline(order),
        reply: wording::reply(order, now),
    };
    respond(again.code(), &page)
}

fn case_box(order: &Order, case: &CaseRef, visitor: &Visitor, now: Timestamp, again: &Again) -> CaseBox {
    let may = |choice: &Choice| visitor.actor.role.may(needed(order, Some(case), *choice));
    let asks = Asks::of(order, case, visitor);
    let button = |choice: Choice| Choosable {
        name: choice.name(),
        label: match choice {
            Choice::Retry => "Retry...",
            Choice::Undo => "Undo and give the money back...",
            Choice::Ignore => "Ignore: it is settled...",
        },
        may: may(&choice).is_ok(),
    };
    let mut choices = choices(order, case);
    choices.retain(|choice| !says_why(order, case, *choice));
    let refused = choices.iter().find_map(|choice| may(choice).err()).unwrap_or_default();
    CaseBox {
        id: case.id.to_string(),
        class: wording::class_name(case.class),
        runbook: wording::runbook_path(case.class),
        consequence: wording::consequence_of(order, case),
        failure: case.failure.map_or("", |failure| wording::reason(failure.reason)),
        open: case.resolved.is_none(),
        opened: case.opened_at.to_string(),
        suggestion: wording::suggestion(order, case.class).map_or("", Choice::name),
        choices: choices.into_iter().map(button).collect(),
        refused,
        asks,
        ending: view::ending(case.resolved.as_ref()),
        tending: TendingBox::of(order, case, visitor, now, again),
        still_to_tell: wording::still_to_tell(order, case),
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
