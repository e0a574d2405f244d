//! Alerts about a class of cases: what happened, what the system does, what you must do, until when, who else knows.

use std::time::Duration;

use crate::alert::{Open, Say, Standing};
use crate::case::Class;
use crate::time::Timestamp;

use super::message::{Links, Message};
use super::{class_name, joined, runbook_path};

/// What is said of a class of cases.
pub struct ClassAlert<'a> {
    pub class: Class,
    pub say: Say,
    pub standing: &'a Standing,
    /// None: all of them are closed.
    pub open: Option<&'a Open>,
    /// How soon somebody has to answer.
    pub within: Duration,
    pub now: Timestamp,
}

/// What an alert about a class of cases says.
pub fn class_alert(alert: &ClassAlert<'_>, links: &Links) -> Message {
    let name = class_name(alert.class);
    let Some(open) = alert.open else {
        return Message {
            subject: format!("Over: {}", lower(name)),
            lines: vec![
                format!(
                    "The last case of this kind was closed by {}. It stood since {}.",
                    alert.now, alert.standing.since
                ),
                "You do not need to do anything.".to_owned(),
            ],
        };
    };
    let cases = counted(open.count);
    let subject = match alert.say {
        Say::Raised => format!("{name}: {cases}"),
        Say::Again | Say::Over => format!("Still open. {name}: {cases}"),
        Say::Escalated => format!("Nobody has answered. {name}: {cases}"),
    };
    let mut lines = vec![open.consequence.clone()];
    let since = format!("It is {cases}, the oldest since {}", open.oldest);
    lines.push(if open.money.is_empty() {
        format!("{since}.")
    } else {
        let money: Vec<String> = open.money.iter().map(ToString::to_string).collect();
        format!("{since}; {} at stake.", joined(&money))
    });
    lines.push("The system holds what they concern, and changes nothing about it before a person decides.".to_owned());
    lines.push(must_do(alert, links));
    lines.push(format!("What to do: {}{}", links.console, runbook_path(alert.class)));
    lines.push("Whoever must know of one of these orders was told by its own message.".to_owned());
    Message { subject, lines }
}

fn must_do(alert: &ClassAlert<'_>, links: &Links) -> String {
    let page = format!("{}/console/alerts", links.console);
    match (&alert.standing.acknowledged, alert.say) {
        (Some(answer), _) => format!("Somebody has it since {}: {page}", answer.at),
        (None, Say::Escalated) => {
            let since = alert.standing.asked_since();
            format!(
                "The first level was told on {since} and has not answered. Say that you have it, then decide: {page}"
            )
        }
        (None, Say::Raised | Say::Again | Say::Over) => {
            let until = alert.standing.asked_since().plus(alert.within);
            let who = if alert.now < until {
                format!("Say by {until} that you have it, or the next level is told")
            } else {
                "Say that you have it; the next level was told".to_owned()
            };
            format!("{who}. Then decide: {page}")
        }
    }
}

/// `one case`, `12 cases`.
pub(crate) fn counted(count: usize) -> String {
    match count {
        1 => "one case".to_owned(),
        more => format!("{more} cases"),
    }
}

/// In the middle of a sentence.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
