//! What people do about a case without deciding it, and when a case becomes worse.

use std::time::Duration;

use crate::case::tend::{Care, Deadline, NOTES_MAX, Tend, Tending, Then};
use crate::case::{Case, CaseRef, Choice, Resolved};
use crate::history::What;
use crate::id::{CaseId, DecisionId};
use crate::notice::Audience;
use crate::order::Order;
use crate::payment::Payment;
use crate::time::{DAY, Timestamp};

use super::draft::{Draft, Learned};
use super::notices;

/// So often a case may change hands, holds and deadlines: its item must not outgrow its row.
const CHANGES_MAX: usize = 60;

/// A case that is held for longer is forgotten.
const HOLD_MAX: Duration = Duration::from_secs(31 * DAY.as_secs());

/// Why something cannot be done about a case.
type No = &'static str;

/// What the customer was told to expect, and what holds money, go on all the same.
pub(super) fn tended(draft: &mut Draft, id: &CaseId, tend: &Tend, (by, decision): (&str, &DecisionId)) -> Learned {
    let Some(case) = draft.order.cases.iter().find(|case| case.id == *id) else {
        return Learned::Impossible("there is no such case");
    };
    let done = Tending {
        at: draft.now(),
        by: by.to_owned(),
        tend: tend.clone(),
        decision: decision.clone(),
    };
    let care = match with(&case.care, case.resolved.is_none(), &worse(&draft.order, case), done) {
        Ok(Some(care)) => care,
        Ok(None) => return Learned::Nothing("that is recorded"),
        Err(no) => return Learned::Impossible(no),
    };
    let case = CaseRef { care, ..case.clone() };
    for known in draft.order.cases.iter_mut().filter(|known| known.id == *id) {
        known.care = case.care.clone();
    }
    draft.note(What::CaseTended {
        case: id.clone(),
        tend: tend.clone(),
        by: by.to_owned(),
    });
    match tend {
        Tend::Held { .. } | Tend::Released | Tend::Due { .. } => notices::remind_anew(draft, &case),
        Tend::Assigned { .. } | Tend::Noted { .. } => {}
    }
    draft.changed(id);
    Learned::Something
}

/// The same for a case of no order. None: that is recorded.
///
/// # Errors
/// Why not, in words for whoever wants it.
pub fn tend_alone(case: &Case, done: Tending) -> Result<Option<Case>, No> {
    let worse: Vec<Deadline> = late(&case.care).into_iter().collect();
    let care = with(&case.care, case.resolved.is_none(), &worse, done)?;
    Ok(care.map(|care| Case {
        worse: late(&care).filter(|_| case.resolved.is_none()),
        care,
        version: case.version + 1,
        ..case.clone()
    }))
}

/// A person has dealt with the matter of a case of no order, and says how. None: that is recorded.
///
/// # Errors
/// When it is closed already.
pub fn close_alone(
    case: &Case,
    (by, role): (&str, &'static str),
    reason: &str,
    decision: &DecisionId,
    now: Timestamp,
) -> Result<Option<Case>, No> {
    match &case.resolved {
        None => Ok(Some(Case {
            resolved: Some(Resolved::Decided {
                at: now,
                choice: Choice::Ignore,
                by: by.to_owned(),
                role: role.into(),
                reason: reason.to_owned(),
                decision: Some(decision.clone()),
                version: Some(case.version + 1),
            }),
            worse: None,
            version: case.version + 1,
            ..case.clone()
        })),
        Some(Resolved::Decided { decision: known, .. }) if known.as_ref() == Some(decision) => Ok(None),
        Some(Resolved::Decided { .. } | Resolved::Healed { .. }) => Err("that case is closed already"),
    }
}

/// The nearest moment at which an open case becomes worse: a function of the facts, whatever the time is.
pub fn nearest(order: &Order, case: &CaseRef) -> Option<Deadline> {
    worse(order, case).into_iter().min_by_key(|deadline| deadline.at)
}

/// The cases' own items say what their orders say.
pub(super) fn deadlines(draft: &mut Draft, before: &Order) {
    let moved = |case: &&CaseRef| {
        let known = before.cases.iter().find(|known| known.id == case.id);
        known.and_then(|known| nearest(before, known)) != nearest(&draft.order, case)
    };
    let moved: Vec<CaseId> = draft
        .order
        .cases
        .iter()
        .filter(moved)
        .map(|case| case.id.clone())
        .collect();
    for case in moved {
        draft.changed(&case);
    }
}

fn worse(order: &Order, case: &CaseRef) -> Vec<Deadline> {
    if case.resolved.is_some() {
        return Vec::new();
    }
    let held = order.payment_at_stake(case.subject.as_ref()).and_then(Payment::held);
    let lapses = held.map(|hold| Deadline {
        at: hold.lapses_at(),
        then: Then::HoldLapses,
    });
    let promised = notices::reminder_owed(order, &case.id, Audience::Customer).map(|owed| Deadline {
        at: owed.owed_at,
        then: Then::CustomerHears,
    });
    lapses.into_iter().chain(promised).chain(late(&case.care)).collect()
}

/// What a person said by when it must be done.
fn late(care: &Care) -> Option<Deadline> {
    care.due().map(|(at, by)| Deadline {
        at,
        then: Then::Late { says: by.to_owned() },
    })
}

/// What was done about the case with this besides. None: it is known, or changes nothing.
fn with(care: &Care, open: bool, worse: &[Deadline], done: Tending) -> Result<Option<Care>, No> {
    if let Some(known) = care.log().iter().find(|known| known.decision == done.decision) {
        return if known.tend == done.tend {
            Ok(None)
        } else {
            Err("that page has recorded something else already: open it anew")
        };
    }
    let note = done.tend.is_note();
    if !open && !note {
        return Err("that case is closed: it takes nothing but notes");
    }
    let (notes, all) = (care.notes().count(), care.log().len());
    if note && notes >= NOTES_MAX {
        return Err("a case takes 20 notes, and has them");
    }
    if !note && all - notes >= CHANGES_MAX {
        return Err("a case changes hands, holds and deadlines 60 times, and has done so");
    }
    match &done.tend {
        Tend::Assigned { to, .. } if care.owner() == Some(to) => return Ok(None),
        Tend::Assigned { from, .. } if !is_free(care, &done.by, from.as_deref()) => return Err("somebody else has it"),
        Tend::Released if care.hold(done.at).is_none() => return Ok(None),
        Tend::Held { until: at, .. } | Tend::Due { at } if *at <= done.at => return Err("that moment has passed"),
        Tend::Held { until, .. } => may_hold(worse, *until, done.at)?,
        Tend::Due { at } if care.hold(done.at).is_some_and(|hold| hold.until > *at) => {
            return Err("it is held for longer than that: let the hold go first");
        }
        Tend::Assigned { .. } | Tend::Noted { .. } | Tend::Released | Tend::Due { .. } => {}
    }
    Ok(Some(care.and(done)))
}

/// Whoever has it may give it away; another takes it over from them by name.
fn is_free(care: &Care, by: &str, from: Option<&str>) -> bool {
    care.owner().is_none_or(|owner| owner == by || from == Some(owner))
}

/// A case is held only as long as it does not become worse by it.
fn may_hold(worse: &[Deadline], until: Timestamp, now: Timestamp) -> Result<(), No> {
    if until.since(now) > HOLD_MAX {
        return Err("a case is held for 31 days at most");
    }
    let sooner = worse.iter().filter(|deadline| deadline.at > now && deadline.at < until);
    match sooner.min_by_key(|deadline| deadline.at).map(|deadline| &deadline.then) {
        None => Ok(()),
        Some(Then::HoldLapses) => Err("the bank lets go of the held money before then"),
        Some(Then::CustomerHears) => Err("the customer was promised a word before then"),
        Some(Then::Late { .. }) => Err("it must be done before then"),
    }
}
