//! The brake on undoing: asked before an order's first effect of undo, let go by a person.

use std::time::Duration;

use domain::bookmark::Bookmark;
use domain::brake::{Brake, Claim, Limits, Off, Outdated};
use domain::event::Event;
use domain::order::Order;
use domain::work::Attempt;

use crate::control::change;
use crate::ports::{Store, Trouble};

/// For so long an undo waits until Stripe's lists are read; then a person is asked.
const OUTDATED_MAX: Duration = Duration::from_secs(6 * 3_600);

/// Whether the order may begin its undo; as the event that says so.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn claim(store: &impl Store, limits: Limits, order: &Order, attempt: Attempt) -> Result<Event, Trouble> {
    // What is recorded may be old: Stripe is read first, and the order asks again. What waits for too long does not mend
    // itself.
    let now = store.now();
    let outdated = Outdated(store.control::<Bookmark>().await?.too_far_behind(now));
    let waits_since = order.undo.as_ref().map_or(now, |undo| undo.decided_at);
    if outdated.0 && now.since(waits_since) < OUTDATED_MAX {
        return Ok(Event::UndoWaits { attempt, asks: false });
    }
    change(store, |brake: &Brake| {
        match brake.claim(&order.id, limits, outdated, store.now()) {
            Claim::Passes(write) => (write, Event::UndoPassed { attempt }),
            Claim::Waits { write, asks } => (write, Event::UndoWaits { attempt, asks }),
        }
    })
    .await
}

/// A person has looked: what waits goes on with its next try.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn release(store: &impl Store) -> Result<(), Trouble> {
    change(store, |brake: &Brake| (Some(brake.released(store.now())), ())).await
}

/// Switches undoing off, or on again; tells whether that changed anything.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn switch(store: &impl Store, off: Option<Off>) -> Result<bool, Trouble> {
    change(store, |brake: &Brake| {
        let news = brake.off().is_some() != off.is_some();
        (news.then(|| brake.switched(off.clone())), news)
    })
    .await
}
