//! A person's decision about a case: recorded as an event, carried out by the same machine that does everything else.

use domain::because::Code;
use domain::case::{Case, CaseRef, Choice, Class, Resolved, Word};
use domain::decide::possible;
use domain::event::Event;
use domain::id::{CaseId, DecisionId};
use domain::order::Order;
use flow::advance::{Advanced, advance_from};
use flow::brake::release;
use flow::ports::{Control, Store, Trouble};

use crate::access::{Actor, Role};

/// A reason shorter than this tells nobody anything.
const REASON_CHARACTERS_MIN: usize = 10;
const REASON_CHARACTERS_MAX: usize = 300;

/// What somebody wants to do, and what they saw when they chose it.
#[derive(Clone, Debug)]
pub struct Wish {
    pub case: CaseId,
    pub choice: Choice,
    pub by: Actor,
    pub reason: String,
    /// Where money goes back: what for, and how much, written by hand.
    pub code: String,
    pub amount: String,
    /// Version of the order that the page showed.
    pub seen: u64,
    /// The page's own name for this decision.
    pub decision: DecisionId,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Decided {
    Recorded,
    /// Nothing is recorded; why, in words for the page.
    No(String),
}

/// The words of a choice in a form.
pub fn choice(word: &str) -> Option<Choice> {
    Choice::ALL.into_iter().find(|choice| choice.name() == word)
}

/// Who may choose it.
pub fn needed(choice: Choice) -> Role {
    match choice {
        Choice::Undo => Role::Finance,
        Choice::Retry | Choice::Ignore => Role::Operator,
    }
}

/// Who may end a case that belongs to no order.
pub fn needed_to_close(case: &Case) -> Role {
    if case.money.is_some() {
        Role::Finance
    } else {
        Role::Operator
    }
}

/// What has to be written by hand before this choice gives money back: `480.00 GBP`.
pub fn amount_to_write(order: &Order, choice: Choice) -> Option<String> {
    let back = order.money_back().amount().filter(|_| choice == Choice::Undo)?;
    Some(format!("{} {}", back.decimal(), back.currency.code().to_uppercase()))
}

/// What may be chosen in this case.
pub fn choices(order: &Order, case: &CaseRef) -> Vec<Choice> {
    if case.resolved.is_some() {
        return Vec::new();
    }
    Choice::ALL
        .into_iter()
        .filter(|choice| possible(order, case, *choice).is_ok())
        .collect()
}

/// Checks the wish and records it.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the order before choosing again.
pub async fn decide(store: &(impl Store + Control), order: Order, wish: &Wish) -> Result<Decided, Trouble> {
    let word = match word(&order, wish) {
        Ok(word) => word,
        Err(say) => return Ok(Decided::No(say)),
    };
    let (case, choice) = (wish.case.clone(), wish.choice);
    let of_all = order.open_case(&case).is_some_and(|case| case.class == Class::MassUndo);
    let event = Event::PersonDecided {
        case,
        seen: wish.seen,
        choice,
        word,
    };
    let advanced = advance_from(store, order, &event).await?;
    // The same page sent twice: the first has done it.
    let again = matches!(&advanced, Advanced::Stayed { .. });
    let decided = if again { Decided::Recorded } else { became(&advanced) };
    // Should this fail, the brake stays on and another order's case asks again.
    if of_all && decided == Decided::Recorded {
        release(store).await?;
    }
    Ok(decided)
}

/// Has an announcement sent again: `seen` is the version of the order that the page showed.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the order before pressing again.
pub async fn announce_again(
    store: &impl Store,
    order: Order,
    (notice, seen): (u32, u64),
    by: &Actor,
    reason: &str,
) -> Result<Decided, Trouble> {
    let may = by.role.may(Role::Operator);
    let reason = match may.and_then(|()| told(reason).map(str::to_owned)) {
        Ok(reason) => reason,
        Err(say) => return Ok(Decided::No(say)),
    };
    let event = Event::AnnounceAgain {
        notice,
        seen,
        by: by.name.clone(),
        reason,
    };
    Ok(became(&advance_from(store, order, &event).await?))
}

/// Whether the wish is whole and its maker's to make; nothing is recorded.
///
/// # Errors
/// What is missing, in words for its maker.
pub fn is_whole(order: &Order, wish: &Wish) -> Result<(), String> {
    word(order, wish).map(drop)
}

/// What the person says, if it is all there and theirs to say.
fn word(order: &Order, wish: &Wish) -> Result<Word, String> {
    wish.by.role.may(needed(wish.choice))?;
    let reason = told(&wish.reason)?.to_owned();
    let code = match amount_to_write(order, wish.choice) {
        None => Code::PersonDecided,
        Some(amount) => {
            let written = wish.amount.split_whitespace().collect::<Vec<_>>().join(" ");
            if !written.eq_ignore_ascii_case(&amount) {
                return Err(format!("Write the amount that goes back, exactly so: {amount}"));
            }
            let code = Code::parse(&wish.code).filter(|code| Code::PERSONS.contains(code));
            code.ok_or("Choose what the money is returned for: Finance filters by it.")?
        }
    };
    Ok(Word {
        by: wish.by.name.clone(),
        reason,
        code,
        decision: wish.decision.clone(),
    })
}

fn became(advanced: &Advanced) -> Decided {
    match advanced {
        Advanced::Recorded(_) => Decided::Recorded,
        Advanced::Stayed { why, .. } | Advanced::Refused { why, .. } => {
            Decided::No(format!("Nothing was done: {why}."))
        }
        Advanced::NoSuchOrder => Decided::No("There is no such order.".to_owned()),
    }
}

/// The reason, if it tells others something.
pub(crate) fn told(reason: &str) -> Result<&str, String> {
    let reason = reason.trim();
    let fits = (REASON_CHARACTERS_MIN..=REASON_CHARACTERS_MAX).contains(&reason.chars().count());
    if fits && !reason.chars().any(char::is_control) {
        return Ok(reason);
    }
    Err(format!(
        "Write the reason in one line of {REASON_CHARACTERS_MIN} to {REASON_CHARACTERS_MAX} characters; others will read it."
    ))
}

/// Ends a case that belongs to no order: somebody has dealt with it outside, and says how.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the inbox before closing it again.
pub async fn close(store: &impl Store, mut case: Case, by: &Actor, reason: &str) -> Result<Decided, Trouble> {
    let may = by.role.may(needed_to_close(&case));
    let reason = match may.and_then(|()| told(reason).map(str::to_owned)) {
        Ok(reason) => reason,
        Err(say) => return Ok(Decided::No(say)),
    };
    case.resolved = Some(Resolved::Decided {
        at: store.now(),
        choice: Choice::Ignore,
        by: by.name.clone(),
        reason,
        decision: None,
    });
    if store.close_case(&case).await? {
        Ok(Decided::Recorded)
    } else {
        Ok(Decided::No("Somebody else closed it meanwhile.".to_owned()))
    }
}
