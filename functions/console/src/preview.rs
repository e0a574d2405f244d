//! The page between a choice and its doing: exactly what will happen.

use adapters::lambda::http::Response;
use askama::Template;
use desk::decision::{amount_to_write, says_why};
use domain::because::Code;
use domain::case::{CaseRef, Choice};
use domain::order::Order;
use domain::wording;

use crate::access::Visitor;
use crate::because;
use crate::pages::{Frame, respond};

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    frame: Frame<'a>,
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
    decision: &'a str,
    /// What must be written by hand; empty where no money goes back.
    amount: String,
    written: &'a str,
    codes: Vec<(&'static str, &'static str, bool)>,
}

/// What a person is about to decide.
pub(crate) struct Intended<'a> {
    pub(crate) case: &'a CaseRef,
    pub(crate) choice: Choice,
    pub(crate) seen: u64,
    pub(crate) reason: &'a str,
    pub(crate) code: &'a str,
    pub(crate) amount: &'a str,
    /// The page's own name for this decision.
    pub(crate) decision: &'a str,
}

/// `code`: with which a problem is answered.
pub(crate) fn preview(
    order: &Order,
    visitor: &Visitor,
    intended: &Intended<'_>,
    (code, problem): (u16, &str),
) -> Response {
    let why = says_why(order, intended.case, intended.choice);
    let amount = amount_to_write(order, intended.choice).unwrap_or_default();
    let codes: &[Code] = match (why, amount.is_empty()) {
        (true, _) => &Code::BY_HAND,
        (false, false) => &Code::PERSONS,
        (false, true) => &[],
    };
    let page = PreviewPage {
        frame: Frame::of(visitor),
        problem,
        reference: order.reference(),
        order: order.id.to_string(),
        case: intended.case.id.to_string(),
        seen: intended.seen,
        choice: intended.choice.name(),
        consequence: wording::consequence(order, intended.case.class, intended.case.subject.as_ref()),
        will: wording::preview(order, intended.case, intended.choice),
        reason: intended.reason,
        to_customer: intended.choice == Choice::Undo || why,
        decision: intended.decision,
        amount,
        written: intended.amount,
        codes: because::codes(codes, intended.code),
    };
    respond(code, &page)
}
