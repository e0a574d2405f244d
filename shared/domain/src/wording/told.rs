//! The told ledger in plain words: who was to know what, by when, which way, and how that ended.

use super::history::{became, whom};
use super::message::{did, greeting, nothing_to_do, reads};
use super::status::status;
use crate::case::{CaseRef, Choice, Resolved};
use crate::decide::{is_overtaken, untold};
use crate::notice::{Audience, Notice, Template, Told};
use crate::order::Order;
use crate::time::Timestamp;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The notice's number.
    pub notice: u32,
    pub to: Audience,
    pub whom: &'static str,
    /// Completes "They were to know ...".
    pub what: String,
    pub channel: &'static str,
    pub owed_at: Timestamp,
    /// Later than this it is late.
    pub by: Timestamp,
    pub ended: String,
}

/// What people were to know, the oldest first. A reminder that is not due says nothing about anybody yet.
pub fn ledger(order: &Order) -> Vec<Line> {
    let people = order.notices.iter().filter(|notice| notice.to != Audience::Systems);
    let line = |notice: &Notice| Line {
        notice: notice.id,
        to: notice.to,
        whom: whom(notice.to),
        what: says(&notice.template),
        channel: channel(notice.to),
        owed_at: notice.owed_at,
        by: notice.by(order),
        ended: ended(&notice.told),
    };
    people.filter(|notice| !notice.is_idle()).map(line).collect()
}

/// The same in a sentence.
pub(super) fn said(notice: &Notice) -> String {
    let (whom, what, channel) = (whom(notice.to), says(&notice.template), channel(notice.to));
    format!("The {channel} to {whom}, {what}, {}", became(&notice.told))
}

fn says(template: &Template) -> String {
    match template {
        Template::Ready => "that it is ready".to_owned(),
        Template::Returned { .. } => "that the money goes back".to_owned(),
        Template::ReturnFailed { .. } => "that money is owed back and still with us".to_owned(),
        Template::WithPerson { .. } => "that a person sees to it".to_owned(),
        Template::Reminder { .. } => "that nobody has decided it yet".to_owned(),
        Template::NotPaid => "that the bank did not confirm the payment".to_owned(),
        Template::NothingDelivered => "that it could not be set up".to_owned(),
        Template::Outage { step, .. } => format!("that the {} cannot be set up for many orders", step.noun()),
        Template::OutageOver { step, .. } => format!("that the {} can be set up again", step.noun()),
        Template::Announce(said) => said.name().to_owned(),
    }
}

fn channel(to: Audience) -> &'static str {
    match to {
        Audience::Customer | Audience::Finance | Audience::CustomerService => "mail",
        Audience::Ops => "alert",
        Audience::Systems => "announcement",
    }
}

/// How it ended.
pub fn ended(told: &Told) -> String {
    match told {
        Told::Owed => "not yet".to_owned(),
        Told::Accepted(at) => format!("sent on {at}"),
        Told::Covered(at) => format!("covered by the alert that stood on {at}"),
        Told::Unknown(at) => format!("perhaps sent, on {at}; nobody knows"),
        Told::Overtaken(at) => format!("not sent: things had moved on by {at}"),
        Told::GivenUp(at) => format!("could not be sent, given up on {at}"),
        Told::Bounced(at) => format!("sent, and came back on {at}"),
        Told::Acknowledged { at, by } => format!("seen, says {by} on {at}"),
        Told::Waived { at, by, reason } => format!("not sent, {by} wrote why on {at}: {reason}"),
    }
}

/// Who does not know what, as far as our messages go: "the customer and Finance do not know that ...".
pub(super) fn who_does_not_know(order: &Order) -> String {
    let mut unknown: Vec<(String, Vec<&'static str>)> = Vec::new();
    for notice in untold(order, order.written_at) {
        let (what, whom) = (says(&notice.template), whom(notice.to));
        match unknown.iter_mut().find(|(known, _)| *known == what) {
            Some((_, all)) if all.contains(&whom) => {}
            Some((_, all)) => all.push(whom),
            None => unknown.push((what, vec![whom])),
        }
    }
    if unknown.is_empty() {
        return "everybody was told who should know.".to_owned();
    }
    let not = |all: &[&str]| if all.len() == 1 { "does not" } else { "do not" };
    let parts = unknown
        .iter()
        .map(|(what, all)| format!("{} {} know {what}", super::joined(all), not(all)));
    let parts: Vec<String> = parts.collect();
    format!("{}; our messages do not reach them.", parts.join("; "))
}

/// Whether one of them was taken and came back.
pub(super) fn came_back(order: &Order) -> bool {
    untold(order, order.written_at).any(|notice| matches!(notice.told, Told::Bounced(_)))
}

/// Who has not heard of a case that is decided; empty where everybody has, or has heard more since.
pub fn still_to_tell(order: &Order, case: &CaseRef) -> String {
    let waits = |notice: &&Notice| match notice.told {
        Told::Owed | Told::GivenUp(_) | Told::Bounced(_) => !is_overtaken(order, notice),
        Told::Accepted(_)
        | Told::Covered(_)
        | Told::Unknown(_)
        | Told::Overtaken(_)
        | Told::Acknowledged { .. }
        | Told::Waived { .. } => false,
    };
    let about =
        |notice: &&Notice| matches!(&notice.template, Template::WithPerson { case: about } if *about == case.id);
    let of_case = order.notices.iter().filter(|notice| case.decided() && about(notice));
    let whom: Vec<&str> = of_case.filter(waits).map(|notice| whom(notice.to)).collect();
    if whom.is_empty() {
        return String::new();
    }
    format!("Decided; still to be told: {}.", super::joined(&whom))
}

/// Exactly what a choice will do about them.
pub(super) fn preview(order: &Order, choice: Choice) -> Vec<String> {
    let each = |verb: &str| -> Vec<String> {
        untold(order, order.written_at)
            .map(|notice| format!("{verb} {}: {}.", whom(notice.to), says(&notice.template)))
            .collect()
    };
    match choice {
        Choice::Retry | Choice::Undo => {
            let mut will = each("Tell once more");
            will.push("Whom it does not reach within an hour, or again, is a case again.".to_owned());
            will
        }
        Choice::Ignore => {
            let mut will = each("Send nothing more to");
            will.push("No money moves and nothing is taken back by this choice.".to_owned());
            will.push("The case closes with your reason: write whom you told, and how.".to_owned());
            will
        }
    }
}

/// To whom it could not be said in time that a person decides: what was decided.
pub(super) fn decided(order: &Order, to: Audience, case: &CaseRef) -> (String, Vec<String>) {
    if to == Audience::Customer {
        let now = status(order, order.written_at);
        let mut lines = vec![greeting(order)];
        lines.extend(now.body);
        return (now.headline, lines);
    }
    let (name, (amount, _)) = (super::class_name(case.class), order.money_in_hand());
    let how = match &case.resolved {
        Some(Resolved::Decided {
            at, choice, by, reason, ..
        }) => format!("{by} chose {} on {at}: {reason}", choice.name()),
        Some(Resolved::Healed { at }) => format!("The problem went away by itself on {at}."),
        None => "Nobody has decided yet.".to_owned(),
    };
    let lines = vec![
        format!(
            "{amount} of {}: in a person's hands since {}. {how}",
            order.reference(),
            case.opened_at
        ),
        did(order),
        match to {
            Audience::CustomerService => reads(order),
            Audience::Customer | Audience::Finance | Audience::Ops | Audience::Systems => nothing_to_do(),
        },
    ];
    (format!("Decided. {name}: {}", order.reference()), lines)
}
