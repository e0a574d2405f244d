//! The daily mail to Finance. It names sums, and no person.

use std::fmt::Display;

use super::message::{Links, Message};
use crate::finance::{Figures, Period, Sums};
use crate::time::{DAY, Timestamp};

/// What Finance reads each morning, also when nothing happened.
pub fn digest(figures: &Figures, links: &Links) -> Message {
    let on = days(figures.period);
    let mut lines = vec![
        format!("Refunds of {on}, by UTC: {}.", said(&figures.refunded, "refund")),
        format!(
            "Refunds that failed or were cancelled then, so that the money is still with us: {}.",
            said(&figures.failed, "refund")
        ),
        format!(
            "Taken back by customers' banks then: {}.",
            said(&figures.taken_by_bank, "payment")
        ),
        format!(
            "Contested or questioned by customers' banks now: {}.",
            said(&figures.contested, "payment")
        ),
        waiting(figures),
        cases(figures),
    ];
    if !figures.whole {
        lines.push("Not all orders could be read, so these sums may be too low. Tell operations.".to_owned());
    }
    let month = figures.period.until.minus(DAY).month();
    lines.push("Counted here are the orders of the last thirteen months; the two lists know no age.".to_owned());
    lines.push(format!("The refunds: {}/console/refunds?month={month}", links.console));
    lines.push(format!("Still waiting: {}/console/waiting", links.console));
    lines.push(
        "This comes every morning, also when there is nothing to say. If it does not come, tell operations.".to_owned(),
    );
    let (refunds, waits) = (count(&figures.refunded), count(&figures.waiting) + count(&figures.held));
    let subject = format!("{on}: {}, {} waiting", many(refunds, "refund"), many(waits, "charge"));
    Message { subject, lines }
}

/// `25 November 2026`, or from a first to a last day.
pub(super) fn days(period: Period) -> String {
    let last = period.until.minus(DAY);
    if period.from < last {
        format!("{} to {}", period.from.date(), last.date())
    } else {
        last.date()
    }
}

fn waiting(figures: &Figures) -> String {
    let taken = said(&figures.waiting, "charge");
    let held = said(&figures.held, "hold");
    let oldest = figures
        .waits_since
        .map(|since: Timestamp| format!(" The oldest waits since {since}."))
        .unwrap_or_default();
    format!("Paid, and neither delivered nor returned now: {taken}. Held, and the same: {held}.{oldest}")
}

fn cases(figures: &Figures) -> String {
    let open: u32 = figures.cases.values().sum();
    let each = figures.cases.iter();
    let each: Vec<String> = each
        .map(|(class, count)| format!("{} ({count})", super::class_name(*class)))
        .collect();
    match open {
        0 => "Cases that concern money and wait for a person: none.".to_owned(),
        _ => format!(
            "Cases that concern money and wait for a person: {open}. {}.",
            each.join("; ")
        ),
    }
}

fn count(sums: &Sums) -> u32 {
    sums.each().map(|(count, _)| count).sum()
}

/// `no order`, `1 order`, `2 orders`.
pub fn many<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    if count == N::from(0) {
        format!("no {noun}")
    } else if count == N::from(1) {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// `2 refunds, £960.00 in all; 1 refund, 480 JPY in all`: each currency for itself.
fn said(sums: &Sums, noun: &str) -> String {
    let each: Vec<String> = sums
        .each()
        .map(|(count, money)| format!("{}, {money} in all", many(count, noun)))
        .collect();
    if each.is_empty() {
        "none".to_owned()
    } else {
        each.join("; ")
    }
}
