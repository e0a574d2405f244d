//! One word about many cases of a class: first one is tried, then the rest.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Timestamp;
use domain::because::Code;
use domain::case::{Case, CaseRef, Choice, Class, Resolved};
use domain::decide::possible;
use domain::finance::Sums;
use domain::id::{CaseId, DecisionId, OrderId};
use domain::operation::{CASES_MAX, Operation, Operations, Target};
use domain::order::Order;
use domain::wording;
use flow::control::change;
use flow::ports::{Archive, Store, Trouble};
use futures_util::future::join_all;

use crate::access::{Actor, Role};
use crate::decision::{Decided, needed, says_why, told};

/// A try that is older says nothing about today.
const TRIED_WITHIN: Duration = Duration::from_secs(86_400);

/// Closed cases among which the try is looked for.
const TRIES_LOOKED_AT: usize = 200;

/// Open cases that are looked at: more of them are decided in several goes.
const CASES_LOOKED_AT: usize = 1_000;

/// One of the cases that a choice is possible for.
pub struct Choosable {
    pub target: Target,
    pub reference: String,
    pub consequence: String,
    /// What goes back if it is undone.
    pub back: Option<domain::money::Money>,
}

/// What a choice would do to all of them.
pub struct Plan {
    pub choice: Choice,
    pub cases: Vec<Choosable>,
    /// What will happen to the first of them, in this order.
    pub will: Vec<String>,
    /// Not among them: the choice is not possible for them, their order is among them with another case, or they are too
    /// many for one go.
    pub left_out: usize,
    /// What goes back in all, each currency for itself.
    pub back: Sums,
    /// Who may choose it for all of them.
    pub needs: Role,
}

/// The case that was tried, and what became of its order.
pub struct Tried {
    pub choice: Choice,
    pub order: OrderId,
    pub reference: String,
    pub at: Timestamp,
    pub by: String,
    pub stands: &'static str,
    /// It waits for a person again.
    pub again: bool,
}

/// What somebody wants to have done to all cases of a plan.
pub struct Wish {
    pub by: Actor,
    pub reason: String,
    pub code: String,
    pub amount: String,
    pub decision: DecisionId,
    /// The cases as the page showed them, in [`shown`]'s words.
    pub shown: String,
}

/// Open cases of a class, the oldest first; whether there may be more.
///
/// # Errors
/// When the store cannot be asked.
pub async fn cases_of(store: &impl Archive, class: Class) -> Result<(Vec<Case>, bool), Trouble> {
    let open = store.open_cases(CASES_LOOKED_AT).await?;
    let more = open.cases.len() == CASES_LOOKED_AT || open.unread > 0;
    let mut cases = open.cases;
    cases.retain(|case| case.class == class);
    Ok((cases, more))
}

/// The choices that can be made for many cases of the class at once. A brake's case speaks for all orders already, and why
/// money went back is said of each refund.
pub fn choices(class: Class) -> &'static [Choice] {
    match class {
        Class::MassUndo
        | Class::MoneyWithoutOrder
        | Class::NotAnnounced
        | Class::LeftUntold
        | Class::AlertsUnheard
        | Class::BecauseMissing => &[],
        Class::DeliveryStuck
        | Class::ReturnStuck
        | Class::RevokeStuck
        | Class::CaptureStuck
        | Class::OtherAmountTaken
        | Class::PartlyReturned
        | Class::ReturnedTwice
        | Class::Inquiry
        | Class::Disputed
        | Class::RefundWaits
        | Class::ReturnedAfterDelivery
        | Class::DeadLetters
        | Class::Unaccounted
        | Class::AccessMissing
        | Class::AccessLeft
        | Class::Unrecorded
        | Class::NotTold
        | Class::TakesTooLong => &Choice::ALL,
    }
}

/// # Errors
/// When the store cannot be asked.
pub async fn plan(store: &(impl Store + Archive), class: Class, choice: Choice) -> Result<Plan, Trouble> {
    let (cases, _) = cases_of(store, class).await?;
    let mut plan = Plan {
        choice,
        cases: Vec::new(),
        will: Vec::new(),
        left_out: 0,
        back: Sums::default(),
        needs: Role::Viewer,
    };
    // The first case of each order: what is decided of it changes the order that the others stand on.
    let mut seen = BTreeSet::new();
    let firsts = cases.iter().filter_map(|case| Some((case, case.order.as_ref()?)));
    let firsts: Vec<(&Case, &OrderId)> = firsts.filter(|(_, order)| seen.insert((*order).clone())).collect();
    for some in firsts.chunks(CASES_MAX) {
        let orders = join_all(some.iter().map(|(_, order)| store.load(order))).await;
        // One order that cannot be read keeps nobody else's case back.
        for ((case, _), order) in some.iter().zip(orders) {
            if let Ok(Some(order)) = order {
                plan.add(&order, &case.id);
            }
        }
        if plan.cases.len() == CASES_MAX {
            break;
        }
    }
    plan.left_out = cases.len().saturating_sub(plan.cases.len());
    Ok(plan)
}

fn choosable(order: &Order, case: &CaseRef, choice: Choice) -> Choosable {
    Choosable {
        target: Target {
            case: case.id.clone(),
            order: order.id.clone(),
            seen: order.version,
        },
        reference: order.reference(),
        consequence: wording::consequence(order, case.class, case.subject.as_ref()),
        back: order.money_back().amount().filter(|_| choice == Choice::Undo),
    }
}

impl Plan {
    fn add(&mut self, order: &Order, case: &CaseId) {
        let Some(case) = order.open_case(case) else { return };
        let fits = possible(order, case, self.choice).is_ok() && !says_why(order, case, self.choice);
        if !fits || self.cases.len() == CASES_MAX {
            return;
        }
        if self.cases.is_empty() {
            self.will = wording::preview(order, case, self.choice);
        }
        self.needs = self.needs.max(needed(order, Some(case), self.choice));
        let choosable = choosable(order, case, self.choice);
        choosable.back.into_iter().for_each(|back| self.back.add(back));
        self.cases.push(choosable);
    }

    /// What has to be written by hand before money goes back: `4800.00 GBP`, with several currencies joined by `+`.
    pub fn amount_to_write(&self) -> Option<String> {
        let each = self.back.each();
        let each = each.map(|(_, money)| format!("{} {}", money.decimal(), money.currency.code().to_uppercase()));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| each.join(" + "))
    }

    /// The cases and the versions of their orders, for the form that leads to the deed.
    pub fn shown(&self) -> String {
        let each = self
            .cases
            .iter()
            .map(|case| format!("{}:{}", case.target.case, case.target.seen));
        each.collect::<Vec<_>>().join(" ")
    }
}

/// Of each choice the latest case of the class that somebody decided with it, within a day.
///
/// # Errors
/// When the store cannot be asked.
pub async fn tried(store: &(impl Store + Archive), class: Class) -> Result<Vec<Tried>, Trouble> {
    let now = store.now();
    let (closed, _, _) = store.closed_cases(Timestamp(i64::MAX), TRIES_LOOKED_AT).await?;
    let (mut tries, mut known) = (Vec::new(), BTreeSet::new());
    for case in closed.iter().filter(|case| case.class == class) {
        let (Some(Resolved::Decided { at, choice, by, .. }), Some(id)) = (&case.resolved, &case.order) else {
            continue;
        };
        if now.since(*at) > TRIED_WITHIN || !known.insert(*choice) {
            continue;
        }
        let order = match store.load(id).await {
            Ok(Some(order)) => order,
            Ok(None) => continue,
            Err(trouble) if trouble.is_newer() => continue,
            Err(trouble) => return Err(trouble),
        };
        tries.push(Tried {
            choice: *choice,
            order: id.clone(),
            reference: order.reference(),
            at: *at,
            by: by.clone(),
            stands: wording::state_in_words(&order),
            again: order
                .cases
                .iter()
                .any(|case| case.class == class && case.resolved.is_none()),
        });
    }
    Ok(tries)
}

/// A case that an operation left as it is, by the reference of its order.
pub struct Left {
    pub order: OrderId,
    pub reference: String,
}

/// Without those that a newer version wrote: one of them must not take the others away.
///
/// # Errors
/// When the store cannot be asked.
pub async fn left(store: &impl Archive, operation: &Operation) -> Result<Vec<Left>, Trouble> {
    let mut all = Vec::new();
    for case in join_all(operation.left.iter().map(|case| store.case(case))).await {
        let case = match case {
            Ok(case) => case,
            Err(trouble) if trouble.is_newer() => continue,
            Err(trouble) => return Err(trouble),
        };
        all.extend(case.and_then(|case| case.order).map(|order| Left {
            reference: order.reference(),
            order,
        }));
    }
    Ok(all)
}

/// Begins it: what the page showed, and no case more.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page of the class before pressing again.
pub async fn begin(
    store: &(impl Store + Archive),
    class: Class,
    choice: Choice,
    wish: &Wish,
) -> Result<Decided, Trouble> {
    let operations: Operations = store.control().await?;
    if operations.of(class).is_some_and(|known| known.id == wish.decision) {
        return Ok(Decided::Recorded);
    }
    if tried(store, class).await?.iter().all(|tried| tried.choice != choice) {
        return Ok(Decided::No(
            "Try one case first: its page has the same choice.".to_owned(),
        ));
    }
    let plan = plan(store, class, choice).await?;
    let (code, reason) = match said(&plan, wish) {
        Ok(said) => said,
        Err(say) => return Ok(Decided::No(say)),
    };
    let operation = Operation {
        id: wish.decision.clone(),
        choice,
        by: wish.by.name.clone(),
        role: wish.by.role.name().into(),
        reason,
        code,
        began_at: store.now(),
        waiting: plan.cases.into_iter().map(|case| case.target).collect(),
        decided: 0,
        left: Vec::new(),
        stopped: None,
        ended_at: None,
    };
    let refused = change(store, |stands: &Operations| {
        match stands.begun(class, operation.clone()) {
            Ok(next) => (next, None),
            Err(why) => (None, Some(why)),
        }
    })
    .await?;
    Ok(refused.map_or(Decided::Recorded, |why| {
        Decided::No(format!("Nothing was done: {why}."))
    }))
}

/// What the person says, if it is all there and theirs to say.
fn said(plan: &Plan, wish: &Wish) -> Result<(Code, String), String> {
    wish.by.role.may(plan.needs)?;
    let reason = told(&wish.reason)?.to_owned();
    if plan.cases.is_empty() {
        return Err("There is no case left that this could be chosen for.".to_owned());
    }
    if plan.shown() != wish.shown {
        return Err("These cases have changed while you looked. This is how they stand now: look again.".to_owned());
    }
    let code = match plan.amount_to_write() {
        None => Code::PersonDecided,
        Some(amount) => crate::decision::for_amount(&amount, &wish.amount, &wish.code)?,
    };
    Ok((code, reason))
}

/// Stops what is not decided yet: whoever began it may, and whoever may give money back.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page of the class before pressing again.
pub async fn stop(store: &impl Store, class: Class, by: &Actor) -> Result<Decided, Trouble> {
    let operations: Operations = store.control().await?;
    let own = operations.of(class).is_some_and(|known| known.by == by.name);
    if let Err(say) = by.role.may(if own { Role::Viewer } else { Role::Finance }) {
        return Ok(Decided::No(say));
    }
    let now = store.now();
    let stopped = change(store, |stands: &Operations| {
        let next = stands.stopped(class, &by.name, now);
        let stopped = next.is_some();
        (next, stopped)
    })
    .await?;
    Ok(if stopped {
        Decided::Recorded
    } else {
        Decided::No("Nothing is being carried out any more.".to_owned())
    })
}
