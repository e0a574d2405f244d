//! Tending a case: who has it, notes, holds and deadlines. Nothing is decided by it.

use domain::Timestamp;
use domain::case::tend::{Care, Deadline, NAME_CHARACTERS_MAX, NOTE_CHARACTERS_MAX, Tend, Tending};
use domain::case::{Case, CaseRef, Choice, Resolved};
use domain::decide::{nearest, tend_alone};
use domain::event::Event;
use domain::id::{CaseId, DecisionId};
use domain::order::Order;
use domain::policy::Owner;
use domain::wording;
use flow::advance::{Advanced, advance_from};
use flow::cases::change;
use flow::ports::{Archive, Store, Trouble};

use crate::access::{Actor, Role};
use crate::decision::{Decided, became, changed, needed_of, told};

/// Records what a person does about a case of this order; of no order: about the case alone.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the case before doing it again.
pub async fn tend(
    store: &(impl Store + Archive),
    order: Option<Order>,
    case: &CaseId,
    tend: Tend,
    by: &Actor,
    decision: DecisionId,
) -> Result<Decided, Trouble> {
    let Some(order) = order else {
        return alone(store, case, tend, by, decision).await;
    };
    let known = order.cases.iter().find(|known| known.id == *case).cloned();
    let Some(known) = known else {
        return Ok(Decided::No("There is no such case.".to_owned()));
    };
    let money = order.money_at_stake(known.subject.as_ref()).is_some();
    let tend = match checked(tend, by, money, order.policy.owner(known.subject.as_ref())) {
        Ok(tend) => tend,
        Err(say) => return Ok(Decided::No(say)),
    };
    let holds = matches!(tend, Tend::Held { .. });
    let gives = matches!(tend, Tend::Assigned { .. });
    let event = Event::CaseTended {
        case: case.clone(),
        tend,
        by: by.name.clone(),
        decision,
    };
    let advanced = advance_from(store, order, &event).await?;
    Ok(match (&advanced, became(&advanced)) {
        // The same page sent twice: the first has done it.
        (Advanced::Stayed { .. }, _) => Decided::Recorded,
        (Advanced::Refused { order, .. }, Decided::No(say)) if holds => {
            let worse = nearest(order, &known).map(|worse| wording::deadline(&worse));
            Decided::No(format!("{say} {}", worse.unwrap_or_default()).trim().to_owned())
        }
        (Advanced::Refused { order, .. }, Decided::No(say)) if gives => {
            let known = order.cases.iter().find(|known| known.id == *case);
            Decided::No(whose(say, known.map(|known| (&known.care, known.resolved.as_ref()))))
        }
        (_, decided) => decided,
    })
}

async fn alone(
    store: &(impl Store + Archive),
    id: &CaseId,
    tend: Tend,
    by: &Actor,
    decision: DecisionId,
) -> Result<Decided, Trouble> {
    let Some(case) = store.case(id).await? else {
        return Ok(Decided::No("There is no such case.".to_owned()));
    };
    let tend = match checked(tend, by, case.money.is_some(), case.owner) {
        Ok(tend) => tend,
        Err(say) => return Ok(Decided::No(say)),
    };
    let gives = matches!(tend, Tend::Assigned { .. });
    let done = Tending {
        at: store.now(),
        by: by.name.clone(),
        tend,
        decision,
    };
    Ok(
        match changed(change(store, id, |case| tend_alone(case, done.clone())).await?) {
            Decided::No(say) if gives => {
                let known = store.case(id).await?;
                Decided::No(whose(
                    say,
                    known.as_ref().map(|known| (&known.care, known.resolved.as_ref())),
                ))
            }
            same @ (Decided::Recorded | Decided::No(_)) => same,
        },
    )
}

/// What was said to whoever wants a case, and who has it while it is open.
fn whose(say: String, case: Option<(&Care, Option<&Resolved>)>) -> String {
    let owner = case
        .filter(|(_, resolved)| resolved.is_none())
        .and_then(|(care, _)| care.owner());
    match owner {
        Some(owner) => format!("Nothing was done: {}", wording::is_theirs(owner)),
        None => say,
    }
}

/// Who may do it: everybody has something to say; whoever may decide about a case may take it, hold it and set its time.
pub fn needed(tend: &Tend, money: bool, owner: Owner) -> Role {
    let decides = needed_of(owner, Choice::Retry);
    let usual = match tend {
        Tend::Noted { .. } => Role::Viewer,
        Tend::Assigned { .. } | Tend::Held { .. } | Tend::Released | Tend::Due { .. } if money => Role::Finance,
        Tend::Assigned { .. } | Tend::Held { .. } | Tend::Released | Tend::Due { .. } => Role::Operator,
    };
    usual.min(decides)
}

/// If it is all there and theirs to do.
fn checked(tend: Tend, by: &Actor, money: bool, owner: Owner) -> Result<Tend, String> {
    by.role.may(needed(&tend, money, owner))?;
    Ok(match tend {
        Tend::Assigned { to, from } => Tend::Assigned {
            to: line("the name of whoever has it", &to, NAME_CHARACTERS_MAX)?,
            from: from.filter(|from| !from.is_empty() && *from != by.name),
        },
        Tend::Noted { text } => Tend::Noted {
            text: line("the note", &text, NOTE_CHARACTERS_MAX)?,
        },
        Tend::Held { until, reason } => Tend::Held {
            until,
            reason: told(&reason)?.to_owned(),
        },
        same @ (Tend::Released | Tend::Due { .. }) => same,
    })
}

fn line(what: &str, text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "Write {what} in one line of 1 to {max} characters; others will read it."
        ))
    }
}

/// How a case is tended, ready to be shown. What is empty is not so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TendedView {
    pub owner: String,
    /// The name alone of whoever has it.
    pub has: String,
    pub held: String,
    /// When it becomes worse, and how.
    pub worse: String,
    /// Who wrote each note, when, and what.
    pub notes: Vec<(String, String)>,
    /// The case that was closed and has come back as this one, and how it ended.
    pub before: Option<(String, String)>,
}

impl TendedView {
    pub fn of(order: &Order, case: &CaseRef, now: Timestamp) -> Self {
        let before = wording::before(order, case);
        Self {
            before: before.map(|before| (before.id.to_string(), came_back(before.resolved.as_ref()))),
            ..Self::new(&case.care, nearest(order, case).as_ref(), case.resolved.is_none(), now)
        }
    }

    pub fn of_case(case: &Case, now: Timestamp) -> Self {
        Self::new(&case.care, case.worse.as_ref(), case.resolved.is_none(), now)
    }

    fn new(care: &Care, worse: Option<&Deadline>, open: bool, now: Timestamp) -> Self {
        let note = |done: &Tending| match &done.tend {
            Tend::Noted { text } => Some((format!("{}, {}", done.by, done.at), text.clone())),
            Tend::Assigned { .. } | Tend::Held { .. } | Tend::Released | Tend::Due { .. } => None,
        };
        let notes = care.notes().filter_map(note).collect();
        if !open {
            return Self {
                notes,
                ..Self::default()
            };
        }
        Self {
            owner: wording::has_it(care).unwrap_or_default(),
            has: care.owner().unwrap_or_default().to_owned(),
            held: wording::held(care, now).unwrap_or_default(),
            worse: worse.map(wording::deadline).unwrap_or_default(),
            notes,
            before: None,
        }
    }
}

fn came_back(resolved: Option<&Resolved>) -> String {
    match resolved {
        Some(Resolved::Decided {
            at, choice, by, reason, ..
        }) => {
            format!("It came back after {by} chose {} on {at}: {reason}", choice.name())
        }
        Some(Resolved::Healed { at }) => format!("It came back after it had gone away by itself on {at}."),
        None => String::new(),
    }
}
