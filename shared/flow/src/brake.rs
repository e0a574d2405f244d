//! The brake on undoing: asked before an order's first effect of undo, let go by a person.

use std::time::Duration;

use domain::brake::{Claim, Limits, Off, Outdated};
use domain::event::Event;
use domain::order::Order;
use domain::work::Attempt;

use crate::advance::{CONFLICTS_MAX, too_many};
use crate::ports::{Control, Store, Trouble};

/// For so long an undo waits until Stripe's lists are read; then a person is asked.
const OUTDATED_MAX: Duration = Duration::from_secs(6 * 3_600);

/// Whether the order may begin its undo; as the event that says so.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn claim(
    store: &(impl Store + Control),
    limits: Limits,
    order: &Order,
    attempt: Attempt,
) -> Result<Event, Trouble> {
    // What is recorded may be old: Stripe is read first, and the order asks again. What waits for too long does not mend
    // itself.
    let now = store.now();
    let outdated = Outdated(store.bookmark().await?.too_far_behind(now));
    let waits_since = order.undo.as_ref().map_or(now, |undo| undo.decided_at);
    if outdated.0 && now.since(waits_since) < OUTDATED_MAX {
        return Ok(Event::UndoWaits { attempt, asks: false });
    }
    for _ in 0..CONFLICTS_MAX {
        let (write, event) = match store.brake().await?.claim(&order.id, limits, outdated, store.now()) {
            Claim::Passes(write) => (write, Event::UndoPassed { attempt }),
            Claim::Waits { write, asks } => (write, Event::UndoWaits { attempt, asks }),
        };
        let stored = match write {
            Some(brake) => store.set_brake(&brake).await?,
            None => true,
        };
        if stored {
            return Ok(event);
        }
    }
    Err(too_many("write the brake"))
}

/// A person has looked: what waits goes on with its next try.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn release(store: &(impl Store + Control)) -> Result<(), Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let released = store.brake().await?.released(store.now());
        if store.set_brake(&released).await? {
            return Ok(());
        }
    }
    Err(too_many("write the brake"))
}

/// Switches undoing off, or on again; tells whether that changed anything.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn switch(store: &(impl Store + Control), off: Option<Off>) -> Result<bool, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let brake = store.brake().await?;
        if brake.off().is_some() == off.is_some() {
            return Ok(false);
        }
        if store.set_brake(&brake.switched(off.clone())).await? {
            return Ok(true);
        }
    }
    Err(too_many("write the brake"))
}
