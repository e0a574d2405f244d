//! The brakes as people see and switch them: undo by automation, and each step.

use domain::Timestamp;
use domain::brake::{Brake, Limits, Off};
use domain::breaker::Breaker;
use domain::id::OrderId;
use domain::receipt::Step;
use flow::ports::{Breakers, Store, Trouble};
use flow::{brake, breaker};

use crate::access::{Actor, Role};
use crate::decision::{Decided, told};

/// One brake: how it stands, and what its button does.
pub struct BrakeLine {
    /// Last part of its address.
    pub name: String,
    pub title: String,
    pub stands: String,
    /// Something waits for it.
    pub on: bool,
    /// The order whose case asks a person for all.
    pub asks: Option<OrderId>,
    /// What the button would make of it, and the button's words. None: it cannot be switched here.
    pub switch: Option<(bool, &'static str)>,
}

/// # Errors
/// When the store cannot be asked.
pub async fn all(store: &(impl Store + Breakers), limits: Limits, steps: &[Step]) -> Result<Vec<BrakeLine>, Trouble> {
    let now = store.now();
    let mut lines = vec![of_undo(&store.control().await?, limits, now)];
    for step in steps {
        lines.push(of_step(*step, &store.breaker(*step).await?, now));
    }
    Ok(lines)
}

fn of_undo(brake: &Brake, limits: Limits, now: Timestamp) -> BrakeLine {
    let (max, minutes) = (limits.undos_max, limits.within.as_secs() / 60);
    let (stands, on, switch) = match (limits.off, brake.off(), brake.waits_since()) {
        (true, _, _) => (
            "Switched off where the system is set up: nothing is undone before it is switched on there.".to_owned(),
            true,
            None,
        ),
        (false, Some(off), _) => (
            format!(
                "Switched off by {} since {}: {} Whoever should be undone waits, and nobody loses money by it.",
                off.by, off.since, off.reason
            ),
            true,
            Some((false, "Switch undo on")),
        ),
        (false, None, Some((since, _))) => (
            format!(
                "Stopped since {since}: more orders than usual wanted to be undone, and all of them wait for a person's word."
            ),
            true,
            Some((true, "Switch undo off")),
        ),
        (false, None, None) => (
            format!(
                "Nobody waits: {} of at most {max} orders in {minutes} minutes were undone lately.",
                brake.undone_lately(limits, now)
            ),
            false,
            Some((true, "Switch undo off")),
        ),
    };
    let asks = brake.waits_since().and_then(|(_, order)| order.cloned());
    BrakeLine {
        name: "undo".to_owned(),
        title: "Undo by automation".to_owned(),
        stands,
        on,
        asks,
        switch,
    }
}

fn of_step(step: Step, breaker: &Breaker, now: Timestamp) -> BrakeLine {
    let (stands, switch) = match (breaker.open_since(), breaker.probe_at()) {
        (Some(since), Some(probe)) => {
            let next = if probe > now {
                format!("the next one at {probe}")
            } else {
                "the next one now".to_owned()
            };
            let stands = format!(
                "Held back since {since}: one order at a time tries, {next}. When it works, all go on by themselves."
            );
            (stands, (false, "Let all try again"))
        }
        (_, _) => (
            "Nobody waits: every order tries when its time has come.".to_owned(),
            (true, "Hold it back"),
        ),
    };
    BrakeLine {
        name: step.name().to_owned(),
        title: format!("Setting up the {}", step.noun()),
        stands,
        on: breaker.open_since().is_some(),
        asks: None,
        switch: Some(switch),
    }
}

/// Switches undo off or on, with a reason that others read.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page before doing it again.
pub async fn switch_undo(store: &impl Store, off: bool, by: &Actor, reason: &str) -> Result<Decided, Trouble> {
    let may = by.role.may(Role::Operator);
    let reason = match may.and_then(|()| told(reason).map(str::to_owned)) {
        Ok(reason) => reason,
        Err(say) => return Ok(Decided::No(say)),
    };
    let off = off.then(|| Off {
        since: store.now(),
        by: by.name.clone(),
        reason,
    });
    Ok(so(brake::switch(store, off).await?))
}

/// Holds a step back, or lets everybody try again.
///
/// # Errors
/// When nobody knows whether it was recorded: look at the page before doing it again.
pub async fn switch_step(
    store: &(impl Store + Breakers),
    step: Step,
    hold: bool,
    by: &Actor,
) -> Result<Decided, Trouble> {
    if let Err(say) = by.role.may(Role::Operator) {
        return Ok(Decided::No(say));
    }
    Ok(so(breaker::turn(store, step, hold).await?))
}

fn so(changed: bool) -> Decided {
    if changed {
        Decided::Recorded
    } else {
        Decided::No("It was so already: nothing was done.".to_owned())
    }
}
