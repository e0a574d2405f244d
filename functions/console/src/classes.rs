//! The page of a class of cases: try one, then the rest.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::access::Role;
use desk::decision::{Decided, choice, needed_of};
use desk::operation::{Choosable, Left, Plan, Tried, Wish, begin, cases_of, choices, left, plan, stop, tried};
use desk::view::CaseLine;
use domain::because::Code;
use domain::case::{Case, Choice, Class};
use domain::finance::Sums;
use domain::id::DecisionId;
use domain::operation::{Operation, Operations};
use domain::wording;
use flow::ports::{Archive, Store, Trouble};

use crate::access::Visitor;
use crate::handler::{CASES_SHOWN, decision_of, form, missing, see};
use crate::pages::{Frame, respond};

#[derive(Template)]
#[template(path = "class.html")]
struct ClassPage<'a> {
    frame: Frame<'a>,
    problem: &'a str,
    name: &'static str,
    class: &'static str,
    count: usize,
    more: bool,
    lately: usize,
    money: Vec<String>,
    runbook: wording::Runbook,
    operation: Option<OperationBox>,
    first: Option<CaseLine>,
    choices: Vec<ChoiceBox>,
    nothing_tried: bool,
    lines: Vec<CaseLine>,
}

struct OperationBox {
    says: String,
    runs: bool,
    left: Vec<Left>,
    may_stop: bool,
}

struct ChoiceBox {
    name: &'static str,
    tried: Option<Tried>,
    may: bool,
    refused: String,
}

#[derive(Template)]
#[template(path = "all.html")]
struct AllPage<'a> {
    frame: Frame<'a>,
    problem: &'a str,
    name: &'static str,
    class: &'static str,
    choice: &'static str,
    cases: &'a [Choosable],
    left_out: usize,
    will: &'a [String],
    shown: String,
    amount: String,
    written: &'a str,
    reason: &'a str,
    to_customer: bool,
    decision: &'a str,
    codes: Vec<(&'static str, &'static str, bool)>,
}

/// Each currency for itself.
pub(crate) fn at_stake<'a>(cases: impl Iterator<Item = &'a Case>) -> Vec<String> {
    let sums: Sums = cases.filter_map(|case| case.money).collect();
    sums.each().map(|(_, money)| money.to_string()).collect()
}

pub(crate) async fn show(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    class: Class,
    (code, problem): (u16, &str),
) -> Result<Response, Trouble> {
    let (cases, more) = cases_of(store, class).await?;
    let now = store.now();
    let operations: Operations = store.control().await?;
    let operation = match operations.of(class) {
        Some(known) => Some(operation(known, left(store, known).await?, visitor)),
        None => None,
    };
    let (mut tries, mut boxes) = (tried(store, class).await?, Vec::new());
    for choice in choices(class) {
        let needs = cases.iter().map(|case| needed_of(case.owner, *choice)).max();
        let may = visitor.actor.role.may(needs.unwrap_or(Role::Viewer));
        boxes.push(ChoiceBox {
            name: choice.name(),
            tried: tries
                .iter()
                .position(|tried| tried.choice == *choice)
                .map(|at| tries.remove(at)),
            may: may.is_ok(),
            refused: may.err().unwrap_or_default(),
        });
    }
    let page = ClassPage {
        frame: Frame::of(visitor),
        problem,
        name: class.name(),
        class: wording::class_name(class),
        count: cases.len(),
        more,
        lately: cases
            .iter()
            .filter(|case| now.since(case.opened_at).as_secs() < 3_600)
            .count(),
        money: at_stake(cases.iter()),
        runbook: wording::runbook(class),
        operation,
        first: cases.first().map(|case| CaseLine::of(case, now)),
        nothing_tried: boxes.iter().all(|choice| choice.tried.is_none()),
        choices: boxes,
        lines: cases
            .iter()
            .take(CASES_SHOWN)
            .map(|case| CaseLine::of(case, now))
            .collect(),
    };
    Ok(respond(code, &page))
}

fn operation(operation: &Operation, left: Vec<Left>, visitor: &Visitor) -> OperationBox {
    let (choice, by, all) = (operation.choice.name(), &operation.by, operation.cases());
    let (all, began_at) = (wording::many(all, "case"), operation.began_at);
    let begun = format!("{by} chose {choice} for {all} on {began_at}");
    let (decided, waiting) = (operation.decided, operation.waiting.len());
    let was = if decided == 1 { "was" } else { "were" };
    let says = match (&operation.stopped, operation.ended_at) {
        (Some(stopped), _) => format!(
            "{begun}. {} stopped it on {}: {decided} {was} decided, {waiting} not touched.",
            stopped.by, stopped.at
        ),
        (None, Some(at)) => format!("{begun}. It ended on {at}: {decided} {was} decided."),
        (None, None) => format!("{begun}: {decided} decided, {waiting} to go. It goes on each minute."),
    };
    OperationBox {
        says,
        runs: operation.runs(),
        left,
        may_stop: visitor.actor.role >= Role::Finance || operation.by == visitor.actor.name,
    }
}

/// Shows what a choice will do to all cases of the class; with `done`, begins it.
pub(crate) async fn all(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
    class: Class,
    done: bool,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(choice) = choice(field("choice")).filter(|choice| choices(class).contains(choice)) else {
        return Ok(missing("choice"));
    };
    let decision = decision_of(store, field("decision"));
    let mut problem = String::new();
    if done {
        let wish = Wish {
            by: visitor.actor.clone(),
            reason: field("reason").to_owned(),
            code: field("code").to_owned(),
            amount: field("amount").to_owned(),
            decision: DecisionId::new(decision.as_str()),
            shown: field("shown").to_owned(),
        };
        match begin(store, class, choice, &wish).await? {
            Decided::Recorded => {
                log::note("operation_begun", &[("class", class.name()), ("choice", choice.name())]);
                return Ok(see(&format!("/console/classes/{}", class.name())));
            }
            Decided::No(why) => problem = why,
        }
    }
    let plan: Plan = plan(store, class, choice).await?;
    let page = AllPage {
        frame: Frame::of(visitor),
        problem: &problem,
        name: class.name(),
        class: wording::class_name(class),
        choice: choice.name(),
        cases: &plan.cases,
        left_out: plan.left_out,
        will: &plan.will,
        shown: plan.shown(),
        amount: plan.amount_to_write().unwrap_or_default(),
        written: field("amount"),
        reason: field("reason"),
        to_customer: choice == Choice::Undo,
        decision: &decision,
        codes: Code::PERSONS
            .map(|code| (code.name(), wording::code(code), code.name() == field("code")))
            .to_vec(),
    };
    Ok(respond(if problem.is_empty() { 200 } else { 422 }, &page))
}

pub(crate) async fn stops(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
    class: Class,
) -> Result<Response, Trouble> {
    if let Err(refused) = form(visitor, request) {
        return Ok(refused);
    }
    match stop(store, class, &visitor.actor).await? {
        Decided::Recorded => {
            log::note("operation_stopped", &[("class", class.name())]);
            Ok(see(&format!("/console/classes/{}", class.name())))
        }
        Decided::No(why) => show(store, visitor, class, (409, &why)).await,
    }
}
