//! A person's decision about a case: recorded as an event, carried out by the same machine that does everything else.

use domain::because::Code;
use domain::case::{Case, CaseRef, Choice, Class, Word};
use domain::decide::{asks, close_alone, possible};
use domain::event::Event;
use domain::id::{CaseId, DecisionId};
use domain::order::Order;
use domain::policy::Owner;
use domain::work::Subject;
use flow::advance::{Advanced, advance_from};
use flow::brake::release;
use flow::cases::{Changed, change};
use flow::ports::{Archive, Store, Trouble};

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

/// Who may choose it: what moves no money is for whoever the policy made the owner of such cases.
/// Saying why money went back is Finance's.
pub fn needed(order: &Order, case: Option<&CaseRef>, choice: Choice) -> Role {
    if case.is_some_and(|case| says_why(order, case, choice)) {
        return Role::Finance;
    }
    let subject = case.and_then(|case| case.subject.as_ref());
    let usual = needed_of(order.policy.owner(subject), choice);
    match (choice, subject) {
        // What is left so never goes back.
        (Choice::Ignore, Some(Subject::Return(_))) => usual.max(Role::Finance),
        (_, _) => usual,
    }
}

/// The same, where only the owner is known.
pub fn needed_of(owner: Owner, choice: Choice) -> Role {
    match (choice, owner) {
        (Choice::Undo, _) | (Choice::Retry | Choice::Ignore, Owner::Finance) => Role::Finance,
        (Choice::Retry | Choice::Ignore, Owner::CustomerService) => Role::Viewer,
        (Choice::Retry | Choice::Ignore, Owner::Operations) => Role::Operator,
    }
}

/// The choice is to say why somebody returned money by hand: with a code, and a sentence that stands wherever the refund does.
pub fn says_why(order: &Order, case: &CaseRef, choice: Choice) -> bool {
    choice == Choice::Ignore && !asks(order, case).is_empty()
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
pub async fn decide(store: &impl Store, order: Order, wish: &Wish) -> Result<Decided, Trouble> {
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
    let case = order.open_case(&wish.case);
    wish.by.role.may(needed(order, case, wish.choice))?;
    let why = case.filter(|case| says_why(order, case, wish.choice));
    let reason = told(&wish.reason)?.to_owned();
    let code = match amount_to_write(order, wish.choice) {
        None if why.is_some() => code_of(&wish.code, &Code::BY_HAND)?,
        None => Code::PersonDecided,
        Some(amount) => for_amount(&amount, &wish.amount, &wish.code)?,
    };
    Ok(Word {
        by: wish.by.name.clone(),
        role: wish.by.role.name().into(),
        reason,
        code,
        decision: wish.decision.clone(),
    })
}

/// What the money is returned for, once the amount stands there as it should.
pub(crate) fn for_amount(amount: &str, written: &str, code: &str) -> Result<Code, String> {
    let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if !written.eq_ignore_ascii_case(amount) {
        return Err(format!("Write the amount that goes back, exactly so: {amount}"));
    }
    code_of(code, &Code::PERSONS)
}

fn code_of(word: &str, of: &[Code]) -> Result<Code, String> {
    let code = Code::parse(word).filter(|code| of.contains(code));
    code.ok_or_else(|| "Choose what the money is returned for: Finance filters by it.".to_owned())
}

pub(crate) fn became(advanced: &Advanced) -> Decided {
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
pub async fn close(
    store: &(impl Store + Archive),
    case: &Case,
    by: &Actor,
    reason: &str,
    decision: &DecisionId,
) -> Result<Decided, Trouble> {
    let may = by.role.may(needed_to_close(case));
    let reason = match may.and_then(|()| told(reason).map(str::to_owned)) {
        Ok(reason) => reason,
        Err(say) => return Ok(Decided::No(say)),
    };
    let now = store.now();
    let closed = |case: &Case| close_alone(case, (&by.name, by.role.name()), &reason, decision, now);
    Ok(changed(change(store, &case.id, closed).await?))
}

/// What became of a change of a case of no order.
pub(crate) fn changed(changed: Changed) -> Decided {
    match changed {
        Changed::Done => Decided::Recorded,
        Changed::No(why) => Decided::No(format!("Nothing was done: {why}.")),
        Changed::NoSuchCase => Decided::No("There is no such case.".to_owned()),
    }
}
