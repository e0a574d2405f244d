//! What waits, what went back, and what to expect.

use std::fmt::Write as _;

use desk::expect::declared;
use desk::report::{AT_LEISURE, file, file_name, month, report};
use desk::view::CaseLine;
use desk::waiting::{WaitingLine, each, waiting_list};
use domain::case::{Case, Choice, Class};
use domain::notice::Audience;
use domain::wording::{self, Row};
use flow::ports::{Archive, Clock, Lists, Trouble};
use serde_json::{Value, json};

use crate::arguments::Hand;
use crate::ending::{Answer, Code};
use crate::text::wrapped;

/// What the functions are built with.
pub(crate) const POLICY: &str = include_str!("../../policy.toml");
pub(crate) const CATALOGUE: &str = include_str!("../../catalogue.toml");

const CASES_SHOWN: usize = 100;
/// One class may stand behind many others.
const CASES_LOOKED_AT: usize = 5_000;

pub(crate) async fn inbox(
    store: &(impl Archive + Clock),
    hand: &Hand,
    class: Option<Class>,
) -> Result<Answer, Trouble> {
    let limit = if class.is_some() {
        CASES_LOOKED_AT
    } else {
        CASES_SHOWN + 1
    };
    let of_class = |case: &&Case| class.is_none_or(|class| case.class == class);
    let (open, now) = (store.open_cases(limit).await?, store.now());
    let mut shown: Vec<&Case> = open.cases.iter().filter(of_class).collect();
    let more = shown.len() > CASES_SHOWN;
    shown.truncate(CASES_SHOWN);
    let lines: Vec<CaseLine> = shown.iter().map(|case| CaseLine::of(case, now)).collect();
    let mut text = match (lines.len(), more) {
        (0, _) if open.unread > 0 => String::new(),
        (0, _) => "Nothing waits for you.\n".to_owned(),
        (1, _) => "One case waits for a person.\n".to_owned(),
        (count, false) => format!("{count} cases wait for a person.\n"),
        (count, true) => format!("More than {count} cases wait for a person: these are the oldest.\n"),
    };
    if open.unread > 0 {
        let _ = writeln!(
            text,
            "{} cannot be read: what they are is in the log of the functions, at item_unreadable.",
            open.unread
        );
    }
    let mut groups: Vec<Class> = Vec::new();
    for case in &shown {
        if !groups.contains(&case.class) {
            groups.push(case.class);
        }
    }
    for class in groups {
        let of_it: Vec<&CaseLine> = shown
            .iter()
            .zip(&lines)
            .filter(|(case, _)| case.class == class)
            .map(|(_, line)| line)
            .collect();
        let _ = writeln!(text, "\n{} ({})", wording::class_name(class), of_it.len());
        for line in of_it {
            text.push_str(&case_text(line));
        }
    }
    let next = match (shown.first(), lines.first()) {
        (Some(case), Some(_)) => hand.line(&format!("show {}", case.id)),
        _ => hand.line("waiting"),
    };
    let facts = json!({ "cases": shown.iter().zip(&lines).map(case_facts).collect::<Vec<_>>(), "more": more, "unread": open.unread });
    Ok(Answer::done(text, facts, next))
}

fn case_text(line: &CaseLine) -> String {
    let mut text = wrapped(&line.consequence, 2);
    let suggestion = if line.suggestion.is_empty() {
        String::new()
    } else {
        format!(". Suggested: {}", line.suggestion)
    };
    let _ = writeln!(text, "    {}", line.id);
    let _ = writeln!(text, "    since {}{suggestion}", line.opened);
    text
}

fn case_facts((case, line): (&&Case, &CaseLine)) -> Value {
    json!({
        "case": line.id,
        "class": case.class.name(),
        "order": line.order,
        "consequence": line.consequence,
        "money": line.money,
        "opened": case.opened_at.iso(),
        "suggestion": case.suggestion.map(Choice::name),
    })
}

pub(crate) async fn waiting(store: &(impl Lists + Clock), hand: &Hand) -> Result<Answer, Trouble> {
    let (list, now) = (waiting_list(store, AT_LEISURE).await?, store.now());
    let lines: Vec<WaitingLine> = list.lines.iter().map(|line| WaitingLine::of(line, now)).collect();
    let mut text = match lines.len() {
        0 => "No charge waits.\n".to_owned(),
        1 => "One charge waits: nothing is delivered for it, and it is not back with the customer.\n".to_owned(),
        count => {
            format!("{count} charges wait: nothing is delivered for them, and they are not back with the customer.\n")
        }
    };
    for (what, sums) in [("Paid", &list.taken), ("Held, and not taken", &list.held)] {
        if !sums.is_empty() {
            let _ = writeln!(text, "{what}: {}", each(sums).join(", "));
        }
    }
    for line in &lines {
        let held = if line.held { " held, not taken," } else { "" };
        let overdue = if line.overdue { ", which is over" } else { "" };
        let said = format!(
            "\n{}{held} since {}: {}\n  ends by {}{overdue}; the customer was last told {}\n  {}, {}",
            line.amount, line.since, line.why, line.promised, line.told, line.reference, line.order
        );
        text.push_str(&wrapped(&said, 0));
    }
    if let Some(why) = &list.missing {
        text.push_str(&wrapped(&format!("\n{why}"), 0));
    }
    let next = lines
        .first()
        .map_or_else(|| hand.line("inbox"), |line| hand.line(&format!("why {}", line.order)));
    let facts: Vec<Value> = list
        .lines
        .iter()
        .zip(&lines)
        .map(|(waits, line)| {
            json!({
                "order": line.order,
                "reference": line.reference,
                "payment": waits.payment.to_string(),
                "amount_minor": waits.amount.minor,
                "currency": waits.amount.currency.code(),
                "held": line.held,
                "since": waits.since.iso(),
                "why": line.why,
                "promised": waits.promised.map(domain::Timestamp::iso),
                "overdue": line.overdue,
                "told": line.told,
            })
        })
        .collect();
    Ok(Answer::done(
        text,
        json!({ "waiting": facts, "whole": list.missing.is_none() }),
        next,
    ))
}

/// The console's file, byte by byte. Half a report is none.
pub(crate) async fn export(
    store: &(impl Lists + Clock),
    hand: &Hand,
    (name, live): (&str, bool),
    to: Option<&str>,
) -> Result<Answer, Trouble> {
    let Some(at) = month(store.now(), name) else {
        let say = format!("\"{name}\" is none of the last 24 months: write it like --month 2026-11.");
        return Ok(Answer::no(Code::Usage, &say, hand.line("export refunds")));
    };
    let report = report(store, at, AT_LEISURE).await?;
    if let Some(why) = &report.missing {
        let say = format!("Half a report is none. {why}");
        return Ok(Answer::no(
            Code::Trouble,
            &say,
            hand.line(&format!("export refunds --month {}", report.month)),
        ));
    }
    let (text, next) = (file(&report, live), hand.line("waiting"));
    let facts = json!({ "month": report.month, "refunds": report.lines.len(), "file": to });
    let Some(to) = to else {
        return Ok(Answer {
            is_file: true,
            ..Answer::done(text, facts, next)
        });
    };
    let path = if std::path::Path::new(to).is_dir() {
        format!(
            "{}/{}.csv",
            to.trim_end_matches('/'),
            file_name(at, live).trim_end_matches(".csv")
        )
    } else {
        to.to_owned()
    };
    Ok(match std::fs::write(&path, text) {
        Ok(()) => Answer::done(
            format!("{} refunds of {} are in {path}.", report.lines.len(), report.month),
            facts,
            next,
        ),
        Err(wrong) => Answer::no(
            Code::Trouble,
            &format!("{path} cannot be written: {wrong}."),
            hand.line("export refunds --to refunds.csv"),
        ),
    })
}

/// A policy of the adopter's, or the one that is built in.
///
/// # Errors
/// In words for whoever named the file.
pub(crate) fn policy_text(file: Option<&str>) -> Result<String, String> {
    file.map_or_else(
        || Ok(POLICY.to_owned()),
        |file| std::fs::read_to_string(file).map_err(|wrong| format!("{file} cannot be read: {wrong}.")),
    )
}

pub(crate) fn expect(hand: &Hand, role: Audience, policy: Option<&str>) -> Answer {
    let shop = policy_text(policy).and_then(|text| declared(&text, CATALOGUE));
    let (policy, price) = match shop {
        Ok(shop) => shop,
        Err(say) => return Answer::no(Code::Usage, &say, hand.line("doctor")),
    };
    let row = |row: &Row| {
        json!({
            "sees": row.sees,
            "happens": row.happens,
            "often": row.often,
            "to_do": row.to_do,
            "never": row.never,
            "ask": row.ask,
        })
    };
    let rows: Vec<Value> = wording::expectations(&policy, price, role).iter().map(row).collect();
    let facts = json!({
        "title": wording::title(role),
        "introduction": wording::introduction(&policy, price),
        "rows": rows,
    });
    let text = wrapped(&wording::expectations_page(&policy, price, role), 0);
    Answer::done(text, facts, hand.line("drill --step team --fail refused"))
}
