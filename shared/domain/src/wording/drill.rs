//! One failure under the four options, side by side and then for each reader in full words.

use std::time::Duration;

use super::expect::in_words;
use super::{class_name, readers};
use crate::case::Choice;
use crate::failure::FailureClass;
use crate::money::Money;
use crate::notice::Audience;
use crate::policy::{Matter, Policy};
use crate::rehearsal::{Drilled, Heard, Recourse, Stand, drill};

/// What Stripe keeps of a card payment though it goes back: tenths of a percent, and minor units. An assumption, and
/// printed as one.
const FEE: (i64, i64) = (29, 30);

/// Everything that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillPage {
    pub title: String,
    pub introduction: Vec<String>,
    /// A heading, and a cell for each of the four options.
    pub rows: Vec<(&'static str, [String; 4])>,
    /// Options that the policy may not declare, and why.
    pub refused: Vec<(&'static str, String)>,
    pub readers: Vec<ReaderPart>,
    /// When a person may choose what, and what each choice will do.
    pub choices: Vec<(String, Vec<String>)>,
}

/// What one reader sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderPart {
    pub title: &'static str,
    pub parts: Vec<Part>,
}

/// A page or a message, with the options under which it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub comes: String,
    pub headline: String,
    pub lines: Vec<String>,
}

type Option4 = (Recourse, Result<Drilled, String>);

/// The failure under each of the four options.
pub fn drill_page(policy: &Policy, price: Money, failing: (Matter, FailureClass)) -> DrillPage {
    let (matter, class) = failing;
    let options = Recourse::ALL.map(|recourse| (recourse, drill(policy, price, failing, recourse)));
    let own = policy.row(matter).map(|row| String::from(row.chain(class).clone()));
    let (percent, fixed) = (FEE.0, Money::new(FEE.1, price.currency));
    let refused = options.iter();
    let refused = refused.filter_map(|(recourse, came)| Some((recourse.name(), came.as_ref().err()?.clone())));
    DrillPage {
        title: format!("{}: {}", what(matter), how(class)),
        introduction: vec![
            format!(
                "Version {} of the policy answers: {}. {price} is an example; what fails fails for as long as it is tried.",
                policy.version,
                own.unwrap_or_else(|| "nothing".to_owned())
            ),
            format!(
                "Assumed: Stripe charges {}.{} % and {fixed} for a card payment, and keeps it when the money goes back.",
                percent / 10,
                percent % 10
            ),
        ],
        rows: rows(price, &options),
        refused: refused.collect(),
        readers: readers().map(|reader| reads(reader, &options)).to_vec(),
        choices: choices(&options),
    }
}

pub(super) fn what(matter: Matter) -> String {
    match matter {
        Matter::Step(step) => format!("Setting up the {}", step.noun()),
        Matter::Capture => "Taking the held money".to_owned(),
        Matter::ReturnMoney => "Returning the money".to_owned(),
        Matter::Revoke => "Taking back what was set up".to_owned(),
        Matter::Tell => "A mail".to_owned(),
        Matter::Alert => "An alert".to_owned(),
        Matter::Announce => "An announcement".to_owned(),
    }
}

pub(super) fn how(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Transient => "the other system is down",
        FailureClass::Throttled => "the other system asks us to slow down",
        FailureClass::Rejected => "the other system refuses it",
        FailureClass::Unknown => "nobody knows whether it happened",
    }
}

fn rows(price: Money, options: &[Option4; 4]) -> Vec<(&'static str, [String; 4])> {
    let row = |name, cell: &dyn Fn(&Drilled) -> String| {
        let cells = options
            .each_ref()
            .map(|(_, came)| came.as_ref().map_or_else(|_refused| "-".to_owned(), cell));
        (name, cells)
    };
    let amount = |minor: i64| Money::new(minor, price.currency).to_string();
    let count = |drilled: &Drilled, alerts: bool| {
        let to = drilled.heard.iter();
        to.filter(|heard| (heard.to == Audience::Ops) == alerts)
            .count()
            .to_string()
    };
    let mut all = vec![row("Answer", &|drilled| drilled.chain.to_owned())];
    for (_, cells) in &mut all {
        for (cell, (_, came)) in cells.iter_mut().zip(options) {
            if came.is_err() {
                "refused".clone_into(cell);
            }
        }
    }
    all.extend([
        row("Charged", &|drilled| amount(drilled.outcome.money.captured)),
        row("Held", &|drilled| amount(drilled.outcome.money.held)),
        row("Goes back", &|drilled| amount(drilled.outcome.money.returned)),
        row("Fee lost", &|drilled| amount(fee(drilled.outcome.money))),
        row("Owed back", &|drilled| {
            let yes = drilled.outcome.owed;
            if yes { "yes, still with us" } else { "no" }.to_owned()
        }),
        row("Set up", &|drilled| {
            let there = drilled.outcome.there;
            if there == 1 {
                "1 thing".to_owned()
            } else {
                format!("{there} things")
            }
        }),
        row("Mails", &|drilled| count(drilled, false)),
        row("Alerts", &|drilled| count(drilled, true)),
        row("Cases", &cases),
        row("Ends", &|drilled| {
            let person = if drilled.choices.is_empty() {
                ""
            } else {
                ", then a person decides"
            };
            format!("{}{person}", when(drilled.until_end))
        }),
    ]);
    all
}

fn cases(drilled: &Drilled) -> String {
    let names = drilled.outcome.cases.iter().map(|(class, _)| class_name(*class));
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join("; ")
    }
}

/// Of what was charged and went back.
fn fee(money: Stand) -> i64 {
    if money.returned == 0 {
        return 0;
    }
    // Rounded up, as fees are.
    (money.captured * FEE.0 + 999) / 1_000 + FEE.1
}

fn when(after: Duration) -> String {
    if after.is_zero() {
        "at once".to_owned()
    } else {
        format!("after {}", in_words(after))
    }
}

fn reads(reader: Audience, options: &[Option4; 4]) -> ReaderPart {
    let played = || {
        options
            .iter()
            .filter_map(|(recourse, came)| Some((recourse.name(), came.as_ref().ok()?)))
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut comes = |comes: String, headline: &str, lines: &[String]| {
        let same = |part: &&mut Part| part.headline == headline && part.lines == lines;
        match parts.iter_mut().find(same) {
            Some(part) => part.comes = format!("{}; {comes}", part.comes),
            None => parts.push(Part {
                comes,
                headline: headline.to_owned(),
                lines: lines.to_vec(),
            }),
        }
    };
    if reader == Audience::Customer {
        for (name, drilled) in played() {
            if let Some(meanwhile) = &drilled.outcome.meanwhile {
                comes(format!("Page, {name}, while it is tried"), meanwhile, &[]);
            }
            comes(format!("Page, {name}, at the end"), &drilled.outcome.reads, &[]);
        }
    }
    for (name, drilled) in played() {
        let kind = if reader == Audience::Ops { "Alert" } else { "Mail" };
        for Heard { after, message, .. } in drilled.heard.iter().filter(|heard| heard.to == reader) {
            comes(
                format!("{kind}, {name}, {}", when(*after)),
                &message.subject,
                &message.lines,
            );
        }
    }
    ReaderPart {
        title: match reader {
            Audience::Customer => "What the customer reads",
            Audience::Finance => "What Finance reads",
            Audience::CustomerService => "What Customer Service reads",
            Audience::Ops => "What operations reads",
            Audience::Systems => "What other systems hear",
        },
        parts,
    }
}

fn choices(options: &[Option4; 4]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (recourse, came) in options {
        let Ok(drilled) = came else { continue };
        if drilled.choices.is_empty() {
            continue;
        }
        let title = format!("{}, {}", recourse.name(), when(drilled.until_end));
        let line = |(choice, will): &(Choice, Vec<String>)| format!("{}: {}", choice.name(), will.join(" "));
        let lines: Vec<String> = drilled.choices.iter().map(line).collect();
        match all.iter_mut().find(|(_, known)| *known == lines) {
            Some((known, _)) => *known = format!("{known}; {title}"),
            None => all.push((title, lines)),
        }
    }
    all
}
