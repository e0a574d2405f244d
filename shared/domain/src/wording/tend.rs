//! What people did about a case without deciding it, when it becomes worse, and that it has come back.

use crate::case::tend::{Care, Deadline, Tend, Then};
use crate::case::{CaseRef, Resolved};
use crate::order::Order;
use crate::time::Timestamp;

/// What a case means, and that it is not the first of its kind. No person is named: alerts say it too.
pub fn consequence_of(order: &Order, case: &CaseRef) -> String {
    let means = super::consequence(order, case.class, case.subject.as_ref());
    let before = before(order, case).and_then(|before| before.resolved.as_ref());
    match before {
        Some(Resolved::Decided { at, choice, .. }) => {
            format!("{means} It came back after {} was chosen on {at}.", choice.name())
        }
        Some(Resolved::Healed { at }) => format!("{means} It came back after it had gone away by itself on {at}."),
        None => means,
    }
}

/// The case that was closed and has come back as this one.
pub fn before<'a>(order: &'a Order, case: &CaseRef) -> Option<&'a CaseRef> {
    let id = case.before.as_ref()?;
    order.cases.iter().find(|known| known.id == *id)
}

/// When a case becomes worse, and how.
pub fn deadline(deadline: &Deadline) -> String {
    let at = deadline.at;
    match &deadline.then {
        Then::HoldLapses => format!("Decide before {at}: then the bank lets go of the held money."),
        Then::CustomerHears => {
            format!("Decide before {at}: the customer was promised a word by then, and gets it, settled or not.")
        }
        Then::Late { says } => format!("It must be done by {at}, says {says}; then operations is reminded."),
    }
}

/// Who has the case, in one sentence.
pub fn has_it(care: &Care) -> Option<String> {
    care.owner().map(|owner| format!("{owner} has it."))
}

/// For whoever wants what another has.
pub fn is_theirs(owner: &str) -> String {
    format!("{owner} has it: take it over from {owner} by name, or leave it there.")
}

/// Until when it is held, by whom and why.
pub fn held(care: &Care, now: Timestamp) -> Option<String> {
    let hold = care.hold(now)?;
    Some(format!("Held by {} until {}: {}", hold.by, hold.until, hold.reason))
}

/// What was done about a case, for its history.
pub fn tended(tend: &Tend, by: &str) -> String {
    match tend {
        Tend::Assigned { to, from } => match from.as_deref().filter(|from| *from != by) {
            Some(from) if to == by => format!("{by} took the case over from {from}."),
            Some(from) => format!("{by} took the case over from {from} and gave it to {to}."),
            None if to == by => format!("{by} has the case."),
            None => format!("{by} gave the case to {to}."),
        },
        Tend::Noted { text } => format!("{by} noted: {text}"),
        Tend::Held { until, reason } => format!("{by} held the case until {until}: {reason}"),
        Tend::Released => format!("{by} let go of the hold of the case."),
        Tend::Due { at } => format!("{by} said that the case must be done by {at}."),
    }
}

/// For whoever is reminded: what was to be over by now. The reason of a hold stays in the console, since a person wrote it.
pub(super) fn reminded(care: &Care, now: Timestamp) -> Vec<String> {
    let hold = care.last_hold().filter(|hold| hold.until <= now);
    let hold = hold.map(|hold| format!("It was held until {}: the hold is over.", hold.until));
    let due = care.due().map(|(at, _)| at);
    let due = due.map(|at| format!("It must be done by {at}."));
    hold.into_iter().chain(due).collect()
}
