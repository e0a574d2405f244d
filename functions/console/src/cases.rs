//! Tending a case, and the page of a case that belongs to no order.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use askama::Template;
use desk::access::Actor;
use desk::decision::{Decided, close, needed_to_close};
use desk::tend::{TendedView, needed, tend};
use desk::view::{self, CaseLine};
use domain::Timestamp;
use domain::case::tend::Tend;
use domain::case::{Case, CaseRef};
use domain::id::{CaseId, DecisionId, OrderId};
use domain::order::Order;
use domain::policy::Owner;
use domain::wording;
use flow::ports::{Archive, Store, Trouble};

use crate::access::Visitor;
use crate::again::Again;
use crate::handler::{DECISION_CHARACTERS_MAX, form, missing, see};
use crate::pages::{self, Frame, respond};

/// How a case is tended, and what its forms carry.
#[derive(Template)]
#[template(path = "tending.html")]
pub(crate) struct TendingBox {
    id: String,
    /// Empty: it belongs to none.
    order: String,
    csrf: String,
    /// The page's own name for what is done with it.
    page: String,
    view: TendedView,
    open: bool,
    /// Whoever looks has it already.
    mine: bool,
    may: bool,
    /// Why whoever looks may only write a note.
    refused: String,
    written: Written,
}

/// What was written in the case's forms and not done.
#[derive(Default)]
struct Written {
    to: String,
    hold_until: String,
    hold_why: String,
    due: String,
    note: String,
    /// It stands in one of those that are folded away.
    folded: bool,
}

impl Written {
    fn of(again: &Again, id: &CaseId) -> Self {
        let text = |what: &str, field: &str| again.written(what, id, field).to_owned();
        Self {
            to: text("assign", "to"),
            hold_until: text("hold", "at"),
            hold_why: text("hold", "text"),
            due: text("due", "at"),
            note: text("note", "text"),
            folded: ["assign", "hold", "due"].iter().any(|what| again.is_of(what, id)),
        }
    }
}

impl TendingBox {
    pub(crate) fn of(order: &Order, case: &CaseRef, visitor: &Visitor, now: Timestamp, again: &Again) -> Self {
        let money = order.money_at_stake(case.subject.as_ref()).is_some();
        Self {
            order: order.id.to_string(),
            view: TendedView::of(order, case, now),
            open: case.resolved.is_none(),
            mine: case.care.owner() == Some(visitor.actor.name.as_str()),
            written: Written::of(again, &case.id),
            ..Self::new(&case.id, visitor, money, order.policy.owner(case.subject.as_ref()))
        }
    }

    fn of_case(case: &Case, visitor: &Visitor, now: Timestamp, again: &Again) -> Self {
        Self {
            view: TendedView::of_case(case, now),
            open: case.resolved.is_none(),
            mine: case.care.owner() == Some(visitor.actor.name.as_str()),
            written: Written::of(again, &case.id),
            ..Self::new(&case.id, visitor, case.money.is_some(), case.owner)
        }
    }

    /// It has this form for whoever looks.
    pub(crate) fn has(&self, form: &str) -> bool {
        match form {
            "note" => true,
            "assign" | "hold" | "due" => self.open && self.may,
            _ => false,
        }
    }

    fn new(id: &CaseId, visitor: &Visitor, money: bool, owner: Owner) -> Self {
        let may = visitor.actor.role.may(needed(&Tend::Released, money, owner));
        Self {
            id: id.to_string(),
            order: String::new(),
            csrf: visitor.csrf.clone(),
            page: visitor.page.clone(),
            view: TendedView::default(),
            open: false,
            mine: false,
            may: may.is_ok(),
            refused: may.err().unwrap_or_default(),
            written: Written::default(),
        }
    }
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage<'a> {
    frame: Frame<'a>,
    again: &'a Again,
    /// What was written in a form that is not there any more.
    left_over: Vec<String>,
    case: CaseLine,
    first: &'a str,
    reason: &'a str,
    decision: &'a str,
    ending: String,
    /// Why whoever looks cannot close it; empty: they can.
    refused: String,
    tending: TendingBox,
}

pub(crate) async fn show(store: &(impl Store + Archive), visitor: &Visitor, id: &str) -> Result<Response, Trouble> {
    Ok(match store.case(&CaseId::new(id)).await? {
        Some(case) => match &case.order {
            Some(order) => see(&format!("/console/orders/{order}")),
            None => page(&case, visitor, store.now(), &Again::default()),
        },
        None => missing("case"),
    })
}

fn page(case: &Case, visitor: &Visitor, now: Timestamp, again: &Again) -> Response {
    let refused = visitor.actor.role.may(needed_to_close(case)).err().unwrap_or_default();
    let tending = TendingBox::of_case(case, visitor, now, again);
    let closes = case.resolved.is_none() && refused.is_empty();
    let page = CasePage {
        frame: Frame::of(visitor),
        left_over: again.left_over(|form, _| if form == "close" { closes } else { tending.has(form) }),
        again,
        case: CaseLine::of(case, now),
        first: wording::runbook(case.class).button,
        reason: again.written("close", &case.id, "reason"),
        decision: &visitor.page,
        ending: view::ending(case.resolved.as_ref()),
        refused,
        tending,
    };
    respond(again.code(), &page)
}

/// Ends a case that belongs to no order.
pub(crate) async fn end(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
    id: &str,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let case = store.case(&CaseId::new(id)).await?.filter(|case| case.order.is_none());
    let Some(case) = case else { return Ok(missing("case")) };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (reason, decision) = (field("reason"), named(field("decision"), "close", visitor));
    Ok(match close(store, &case, &visitor.actor, reason, &decision).await? {
        Decided::Recorded => {
            log::note("case_closed", &[("case", case.id.as_str())]);
            see("/console")
        }
        Decided::No(why) => {
            let again = Again::refused(why, ("close", id), fields);
            page(
                &store.case(&case.id).await?.unwrap_or(case),
                visitor,
                store.now(),
                &again,
            )
        }
    })
}

/// Somebody has it, notes something, holds it, lets it go, or sets its deadline.
pub(crate) async fn tended(
    store: &(impl Store + Archive),
    visitor: &Visitor,
    request: &Request,
    id: &str,
) -> Result<Response, Trouble> {
    let fields = match form(visitor, request) {
        Ok(fields) => fields,
        Err(refused) => return Ok(refused),
    };
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (what, case) = (field("do"), CaseId::new(id));
    let order = match field("order") {
        "" => None,
        order => match store.load(&OrderId::new(order)).await? {
            Some(order) => Some(order),
            None => return Ok(missing("order")),
        },
    };
    let decided = match wish(what, &field, &visitor.actor) {
        Ok(Some(wish)) => {
            let decision = named(field("decision"), what, visitor);
            tend(store, order.clone(), &case, wish, &visitor.actor, decision).await?
        }
        Ok(None) => return Ok(missing("button")),
        Err(say) => Decided::No(say),
    };
    let shown = order.as_ref().map(|order| order.id.to_string());
    Ok(match decided {
        Decided::Recorded => {
            log::note("case_tended", &[("case", case.as_str()), ("what", what)]);
            let to = shown.map_or_else(
                || format!("/console/cases/{case}"),
                |id| format!("/console/orders/{id}#{case}"),
            );
            see(&to)
        }
        Decided::No(why) => {
            let what = what.to_owned();
            let again = Again::refused(why, (&what, id), fields);
            match order {
                Some(order) => pages::order(&order, visitor, store.now(), &again),
                None => match store.case(&case).await? {
                    Some(case) => page(&case, visitor, store.now(), &again),
                    None => missing("case"),
                },
            }
        }
    })
}

/// What the pressed button means; none: there is no such button.
fn wish<'a>(what: &str, field: &impl Fn(&str) -> &'a str, by: &Actor) -> Result<Option<Tend>, String> {
    let at =
        || Timestamp::parse(field("at")).ok_or_else(|| "Write the moment like 2026-11-27T15:00, in UTC.".to_owned());
    let text = field("text").to_owned();
    // Whoever has it by the page that was looked at.
    let from = Some(field("from").to_owned());
    Ok(Some(match what {
        "take" => Tend::Assigned {
            to: by.name.clone(),
            from,
        },
        "assign" => Tend::Assigned {
            to: field("to").to_owned(),
            from,
        },
        "note" => Tend::Noted { text },
        "hold" => Tend::Held {
            until: at()?,
            reason: text,
        },
        "release" => Tend::Released,
        "due" => Tend::Due { at: at()? },
        _ => return Ok(None),
    }))
}

/// The page's own name for what its button does: the same page sent twice has the same.
fn named(given: &str, what: &str, visitor: &Visitor) -> DecisionId {
    let page = if given.is_empty() { &visitor.page } else { given };
    let name: String = format!("{what}.{page}").chars().take(DECISION_CHARACTERS_MAX).collect();
    DecisionId::new(name)
}
