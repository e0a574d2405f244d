//! One order, by whatever is in hand: how it stands, and why.

use std::fmt::Write as _;

use desk::access::Role;
use desk::decision::choices;
use desk::timeline::timeline;
use desk::told::told;
use desk::view::{self, CaseLine, FoundLine};
use desk::why::{Found, find};
use domain::Timestamp;
use domain::case::{Case, CaseRef, Choice};
use domain::failure::Failure;
use domain::money::Money;
use domain::order::Order;
use domain::wording;
use flow::ports::{Archive, Books, Ledger, Lists, LookUp, Trouble};
use serde_json::{Value, json};

use crate::arguments::Hand;
use crate::ending::{Answer, Code};
use crate::text::wrapped;

pub(crate) async fn show(
    store: &(impl Ledger + Archive + LookUp + Lists + flow::ports::Clock),
    stripe: Option<&impl Books>,
    hand: &Hand,
    id: &str,
) -> Result<Answer, Trouble> {
    let now = store.now();
    let (found, failure) = find(store, stripe, id, now).await?;
    Ok(match found {
        Found::One(order) => shown(hand, &order, now),
        Found::CaseAlone(id) => match store.case(&id).await? {
            Some(case) => alone(hand, &case, now),
            None => Answer::no(Code::NothingToDo, "There is no such case.", hand.line("inbox")),
        },
        found @ (Found::Several { .. } | Found::None(_) | Found::NotUnderstood(_)) => {
            of_several(hand, &found, failure, "show", now)
        }
    })
}

pub(crate) async fn why(
    store: &(impl Ledger + Archive + LookUp + Lists + flow::ports::Clock),
    stripe: Option<&impl Books>,
    hand: &Hand,
    id: &str,
) -> Result<Answer, Trouble> {
    let now = store.now();
    let (found, failure) = find(store, stripe, id, now).await?;
    Ok(match found {
        Found::One(order) => {
            let why = wording::why(&order, now);
            let answers: Vec<Value> = why.answers.iter().map(answer).collect();
            let facts = json!({
                "order": why.order,
                "title": why.title,
                "as_of": why.as_of.iso(),
                "answers": answers,
            });
            Answer::done(wrapped(&why.text(), 0), facts, hand.line(&format!("show {}", order.id)))
        }
        Found::CaseAlone(id) => {
            let say = "No order belongs to this case: the case itself says all that is known.";
            Answer::no(Code::NothingToDo, say, hand.line(&format!("show {id}")))
        }
        found @ (Found::Several { .. } | Found::None(_) | Found::NotUnderstood(_)) => {
            of_several(hand, &found, failure, "why", now)
        }
    })
}

fn answer(answer: &wording::Answer) -> Value {
    let evidence = answer.evidence.iter();
    let evidence = evidence.map(|line| json!({ "at": line.at.iso(), "recorded": line.recorded, "id": line.id }));
    json!({
        "question": answer.question,
        "lines": answer.lines,
        "say": answer.say,
        "evidence": evidence.collect::<Vec<_>>(),
    })
}

/// More than one, or none.
fn of_several(hand: &Hand, found: &Found, failure: Option<Failure>, command: &str, now: Timestamp) -> Answer {
    let (orders, more, unread) = match found {
        Found::Several { orders, more, unread } => (orders, *more, *unread),
        Found::None(tried) => {
            let say = format!("{}. {tried}", wording::NOTHING_FOUND);
            return match failure {
                Some(failure) => Answer::no(
                    Code::Trouble,
                    &format!("{say} For operations: {failure}."),
                    hand.line("doctor"),
                ),
                None => Answer::no(Code::NothingToDo, &say, hand.line("inbox")),
            };
        }
        Found::NotUnderstood(say) => {
            return Answer::no(Code::Usage, say, hand.line(&format!("{command} MG-3F9A-21C4")));
        }
        Found::One(_) | Found::CaseAlone(_) => {
            return Answer::no(Code::NothingToDo, wording::NOTHING_FOUND, hand.line("inbox"));
        }
    };
    let mut text = format!("{}.\n", wording::found_several(orders, more));
    for order in orders {
        let line = FoundLine::of(order, now);
        let said = format!(
            "\n{} for {}, placed {}\n  {}: {}, since {}\n  {}\n  The customer reads: {}",
            line.product, line.price, line.placed, line.reference, line.state, line.since, line.id, line.reads
        );
        text.push_str(&wrapped(&said, 0));
    }
    if unread > 0 {
        text.push_str(&wrapped(&format!("\n{}", wording::found_unread(unread)), 0));
    }
    let facts: Vec<Value> = orders
        .iter()
        .map(|order| json!({ "order": order.id.to_string(), "reference": order.reference() }))
        .collect();
    let first = orders.first().map(|order| order.id.to_string()).unwrap_or_default();
    Answer::done(
        text,
        json!({ "orders": facts, "more": more, "unread": unread }),
        hand.line(&format!("{command} {first}")),
    )
}

/// A case that belongs to no order.
fn alone(hand: &Hand, case: &Case, now: Timestamp) -> Answer {
    let line = CaseLine::of(case, now);
    let ending = view::ending(case.resolved.as_ref());
    let stands = if ending.is_empty() {
        wording::runbook(case.class).button.to_owned()
    } else {
        ending
    };
    let said = format!(
        "{}\n{}, {}, no order belongs to it, open since {}\n\n{stands}",
        line.consequence, line.class, line.id, line.opened
    );
    let next = if case.resolved.is_none() {
        format!("ignore {}", case.id)
    } else {
        "inbox".to_owned()
    };
    let facts = json!({
        "case": line.id,
        "class": case.class.name(),
        "consequence": line.consequence,
        "opened": case.opened_at.iso(),
        "open": case.resolved.is_none(),
    });
    Answer::done(wrapped(&said, 0), facts, hand.line(&next))
}

fn shown(hand: &Hand, order: &Order, now: Timestamp) -> Answer {
    let mut text = format!(
        "{}\n{}, {}, {}, {}, version {}\n",
        view::headline(order),
        order.product.name,
        order.product.price,
        order.reference(),
        order.id,
        order.version
    );
    let done: Vec<String> = wording::done_or_not(order)
        .into_iter()
        .map(|(what, done)| format!("{what}: {}", if done { "yes" } else { "no" }))
        .collect();
    let _ = writeln!(text, "{}", done.join(", "));
    for case in order.cases.iter().rev() {
        text.push_str(&case_text(order, case));
    }
    section(&mut text, "Money", &money(order));
    section(
        &mut text,
        "What the customer currently reads",
        &[format!("\"{}\"", wording::customer_reads(order, now))],
    );
    let told = told(order, Role::Viewer).into_iter();
    let told = told.map(|line| format!("{}, {}: {}", line.whom, line.what, line.ended));
    section(&mut text, "Who was told", &told.collect::<Vec<_>>());
    let announced = view::announcements(order).into_iter();
    let announced = announced.map(|line| format!("{}: {}", line.said, line.ended));
    section(
        &mut text,
        "What other systems were told",
        &announced.collect::<Vec<_>>(),
    );
    let history = timeline(order).lines.into_iter();
    let history = history.map(|line| format!("- {}: {}", line.at, line.what));
    section(&mut text, "What happened", &history.collect::<Vec<_>>());
    let open = order.cases.iter().rev().find(|case| case.resolved.is_none());
    let suggested = open.and_then(|case| Some((case, wording::suggestion(order, case.class)?)));
    let next = suggested.map_or_else(
        || format!("why {}", order.id),
        |(case, choice)| format!("{} {}", choice.name(), case.id),
    );
    Answer::done(wrapped(&text, 0), facts(order, now), hand.line(&next))
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn case_text(order: &Order, case: &CaseRef) -> String {
    let mut text = String::new();
    let title = format!("{}, {}", wording::class_name(case.class), case.id);
    if case.resolved.is_some() {
        section(&mut text, &title, &[view::ending(case.resolved.as_ref())]);
        return text;
    }
    let mut lines = vec![wording::consequence(order, case.class, case.subject.as_ref())];
    lines.extend(
        case.failure
            .map(|failure| format!("What came back last: {}.", wording::reason(failure.reason))),
    );
    let suggestion = wording::suggestion(order, case.class);
    let suggestion = suggestion.map_or_else(String::new, |choice| format!(" Suggested: {}.", choice.name()));
    let may: Vec<&str> = choices(order, case).into_iter().map(Choice::name).collect();
    lines.push(format!(
        "Open since {}.{suggestion} You may choose: {}.",
        case.opened_at,
        may.join(", ")
    ));
    section(&mut text, &title, &lines);
    text
}

fn money(order: &Order) -> Vec<String> {
    let currency = order.product.price.currency;
    let line = |payment: &domain::payment::Payment| {
        let returned = payment.returned_minor();
        let back = if returned == 0 {
            String::new()
        } else {
            format!(", {} returned", Money::new(returned, currency))
        };
        let because = payment
            .owed
            .as_ref()
            .map(|owed| format!(". {}", owed.because.sentence()));
        format!(
            "{}{back}, {}{}",
            view::standing(payment),
            payment.id,
            because.unwrap_or_default()
        )
    };
    order.payments.iter().map(line).collect()
}

fn facts(order: &Order, now: Timestamp) -> Value {
    let case = |case: &CaseRef| {
        json!({
            "case": case.id.to_string(),
            "class": case.class.name(),
            "consequence": wording::consequence(order, case.class, case.subject.as_ref()),
            "open": case.resolved.is_none(),
            "opened": case.opened_at.iso(),
            "choices": choices(order, case).into_iter().map(Choice::name).collect::<Vec<_>>(),
        })
    };
    let payment = |payment: &domain::payment::Payment| {
        json!({
            "payment": payment.id.to_string(),
            "stands": view::standing(payment),
            "returned_minor": payment.returned_minor(),
            "because": payment.owed.as_ref().map(|owed| owed.because.sentence()),
        })
    };
    let pair = |(first, second): (String, String)| json!([first, second]);
    json!({
        "order": order.id.to_string(),
        "reference": order.reference(),
        "version": order.version,
        "headline": view::headline(order),
        "state": order.state.name(),
        "product": order.product.id,
        "price_minor": order.product.price.minor,
        "currency": order.product.price.currency.code(),
        "cases": order.cases.iter().map(case).collect::<Vec<_>>(),
        "payments": order.payments.iter().map(payment).collect::<Vec<_>>(),
        "customer_reads": wording::customer_reads(order, now),
        "told": told(order, Role::Viewer).into_iter().map(|line| pair((line.whom.to_owned(), line.ended))).collect::<Vec<_>>(),
        "history": timeline(order).lines.into_iter().map(|line| pair((line.at, line.what))).collect::<Vec<_>>(),
    })
}
