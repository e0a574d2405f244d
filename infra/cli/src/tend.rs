//! Assign, hold, release, due and note: what people do about a case without deciding it. The console's own.

use desk::decision::Decided;
use desk::tend;
use domain::case::Case;
use domain::case::tend::Tend;
use domain::id::{CaseId, DecisionId};
use domain::wording;
use flow::ports::{Archive, Store, Trouble};
use serde_json::json;

use crate::Person;
use crate::arguments::{Hand, Tended};
use crate::ending::{Answer, Code};
use crate::text::quoted;

pub(crate) async fn tend(
    store: &(impl Store + Archive),
    person: &impl Person,
    hand: &Hand,
    wanted: &Tended,
) -> Result<Answer, Trouble> {
    let id = CaseId::new(wanted.case.as_str());
    let Some(case) = store.case(&id).await? else {
        let say = format!("{id}: There is no such case.");
        return Ok(Answer::no(Code::NothingToDo, &say, hand.line("inbox")));
    };
    let show = hand.line(&format!("show {id}"));
    if case.resolved.is_some() && !wanted.tend.is_note() {
        let say = format!("{id}: It is closed, and takes only notes.");
        return Ok(Answer::no(Code::NothingToDo, &say, show));
    }
    if !wanted.apply {
        return Ok(rehearsed(hand, wanted, &case));
    }
    let by = person.actor().await?;
    if let Some(owner) = theirs(&case, &wanted.tend).filter(|owner| *owner != by.name) {
        let say = format!("{id}: Nothing was done: {}", wording::is_theirs(owner));
        let next = format!("{} --apply", typed(wanted, Some(owner)));
        return Ok(Answer::no(Code::Conflict, &say, hand.line(&next)));
    }
    let order = match &case.order {
        Some(order) => store.load(order).await?,
        None => None,
    };
    let named = DecisionId::new(format!("dec_{:032x}", store.bits()));
    let decided = tend::tend(store, order, &id, wanted.tend.clone(), &by, named).await?;
    Ok(match decided {
        Decided::Recorded => {
            let said = wording::tended(&wanted.tend, &by.name);
            let facts = json!({ "case": wanted.case, "done": true, "said": said, "by": by.name });
            Answer::done(format!("Recorded of {id}. {said}"), facts, show)
        }
        Decided::No(why) => Answer::no(Code::NotAllowed, &format!("{id}: {why}"), show),
    })
}

/// Nothing moves by it, so nobody is asked: it is shown, and the line that does it.
fn rehearsed(hand: &Hand, wanted: &Tended, case: &Case) -> Answer {
    let owner = theirs(case, &wanted.tend);
    let said = match (&wanted.tend, owner) {
        (Tend::Assigned { to, .. }, Some(owner)) => {
            let (to, from) = (to.clone(), Some(owner.to_owned()));
            wording::tended(&Tend::Assigned { to, from }, "You")
        }
        (same, _) => wording::tended(same, "You"),
    };
    let has = owner.map(|owner| format!("{owner} has it.\n")).unwrap_or_default();
    let text = format!(
        "{}\n{has}\nThis will stand in the case, for others to read: {said}\nNothing was done.",
        case.consequence
    );
    let facts = json!({ "case": wanted.case, "done": false, "will": [said] });
    let next = format!("{} --apply", typed(wanted, owner));
    Answer::done(text, facts, hand.line(&next))
}

/// Who has what is to be somebody else's, and is not named.
fn theirs<'a>(case: &'a Case, tend: &Tend) -> Option<&'a str> {
    match tend {
        Tend::Assigned { to, from } => {
            let owner = case.care.owner()?;
            (owner != to && from.as_deref() != Some(owner)).then_some(owner)
        }
        Tend::Noted { .. } | Tend::Held { .. } | Tend::Released | Tend::Due { .. } => None,
    }
}

/// As it was written; `owner`: and from whom it is taken over.
fn typed(wanted: &Tended, owner: Option<&str>) -> String {
    let case = &wanted.case;
    match &wanted.tend {
        Tend::Assigned { to, from } => {
            let from = owner.or(from.as_deref());
            let from = from.map(|from| format!(" --from {}", quoted(from)));
            format!("assign {case} --to {}{}", quoted(to), from.unwrap_or_default())
        }
        Tend::Noted { text } => format!("note {case} --text {}", quoted(text)),
        Tend::Held { until, reason } => format!("hold {case} --until {} --reason {}", until.iso(), quoted(reason)),
        Tend::Released => format!("release {case}"),
        Tend::Due { at } => format!("due {case} --until {}", at.iso()),
    }
}
