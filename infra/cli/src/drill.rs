//! One failure under each of the four options: as text, as facts, or as a page for a meeting.

use std::fmt::Write as _;

use askama::Template;
use desk::expect::declared;
use desk::look::STYLE;
use domain::policy::Policy;
use domain::rehearsal::matters;
use domain::wording::{DrillPage, Part, ReaderPart, drill_page};
use serde_json::{Value, json};

use crate::arguments::{Drill, Hand};
use crate::ending::{Answer, Code};
use crate::lists::{CATALOGUE, policy_text};
use crate::text::{row, wrapped};

const OPTIONS: [&str; 4] = ["Ignore", "Retry", "Undo", "Coordinate"];
/// Columns of the headings, and of each option.
const WIDTHS: (usize, usize) = (11, 21);

#[derive(Template)]
#[template(path = "drill.html")]
struct Page<'a> {
    style: &'a str,
    options: [&'a str; 4],
    page: &'a DrillPage,
}

pub(crate) fn drill(hand: &Hand, wanted: &Drill) -> Answer {
    let shop = policy_text(wanted.policy.as_deref()).and_then(|text| declared(&text, CATALOGUE));
    let (policy, price) = match shop {
        Ok(shop) => shop,
        Err(say) => return Answer::no(Code::Usage, &say, hand.line("doctor")),
    };
    if !matters(&policy).contains(&wanted.matter) {
        return unknown(hand, &policy, wanted);
    }
    let page = drill_page(&policy, price, (wanted.matter, wanted.class));
    let next = hand.line("expect --role finance");
    let Some(path) = &wanted.html else {
        return Answer::done(text(&page), facts(&page), next);
    };
    let html = Page {
        style: STYLE,
        options: OPTIONS,
        page: &page,
    };
    let written = html
        .render()
        .map_err(|wrong| wrong.to_string())
        .and_then(|html| std::fs::write(path, html).map_err(|wrong| wrong.to_string()));
    match written {
        Ok(()) => Answer::done(format!("The page is in {path}."), json!({ "file": path }), next),
        Err(wrong) => Answer::no(Code::Trouble, &format!("{path} cannot be written: {wrong}."), next),
    }
}

fn unknown(hand: &Hand, policy: &Policy, wanted: &Drill) -> Answer {
    let known: Vec<String> = matters(policy).iter().map(|matter| matter.name().to_owned()).collect();
    let say = format!(
        "\"{}\" cannot be drilled: no order hangs on it by this policy. There are: {}.",
        wanted.matter.name(),
        known.join(", ")
    );
    Answer::no(Code::Usage, &say, hand.line("drill --step team --fail refused"))
}

fn text(page: &DrillPage) -> String {
    let mut text = format!("{}\n{}", page.title, wrapped(&page.introduction.join("\n"), 0));
    let line = |first: &str, cells: [&str; 4]| {
        let cells = cells.map(|cell| (cell.to_owned(), WIDTHS.1));
        row(&[&[(first.to_owned(), WIDTHS.0)], cells.as_slice()].concat())
    };
    let _ = write!(text, "\n{}", line("", OPTIONS));
    for (name, cells) in &page.rows {
        text.push_str(&line(name, cells.each_ref().map(String::as_str)));
    }
    if !page.refused.is_empty() {
        text.push_str("\nWhat the policy may not say\n");
        for (option, why) in &page.refused {
            text.push_str(&wrapped(&format!("- {option}: {why}"), 2));
        }
    }
    for ReaderPart { title, parts } in &page.readers {
        let _ = writeln!(text, "\n{title}");
        if parts.is_empty() {
            text.push_str("  Nothing.\n");
        }
        for Part { comes, headline, lines } in parts {
            text.push_str(&wrapped(&format!("{comes}:"), 2));
            text.push_str(&wrapped(headline, 4));
            for line in lines {
                text.push_str(&wrapped(&format!("| {line}"), 4));
            }
        }
    }
    for (comes, lines) in &page.choices {
        let _ = writeln!(text, "\nWhat a person may then choose: {comes}");
        for line in lines {
            text.push_str(&wrapped(&format!("- {line}"), 2));
        }
    }
    text
}

fn facts(page: &DrillPage) -> Value {
    let rows = page
        .rows
        .iter()
        .map(|(name, cells)| json!({ "row": name, "cells": cells }));
    let part = |part: &Part| json!({ "comes": part.comes, "headline": part.headline, "lines": part.lines });
    let readers = page
        .readers
        .iter()
        .map(|reader| json!({ "title": reader.title, "parts": reader.parts.iter().map(part).collect::<Vec<_>>() }));
    json!({
        "title": page.title,
        "introduction": page.introduction,
        "options": OPTIONS,
        "rows": rows.collect::<Vec<_>>(),
        "refused": page.refused,
        "readers": readers.collect::<Vec<_>>(),
        "choices": page.choices,
    })
}
