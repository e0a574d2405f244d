//! A nudge that died in its queue: the order is still there and knows what it owes.

use domain::event::Event;
use domain::id::OrderId;

use crate::advance::{Advanced, advance};
use crate::ports::{Store, Trouble};
use crate::sweep::nudge_all;

/// What became of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rearmed {
    /// Recorded, and whoever has something to do was nudged afresh.
    Again,
    /// The order owes nothing: the letter was stale.
    AtRest,
    NoSuchOrder,
}

/// Records the dead letter and sends a fresh nudge; after a number of them the order's case says so to a person.
///
/// # Errors
/// When the store cannot be asked or the queue did not take the fresh nudge.
pub async fn rearm(store: &impl Store, id: &OrderId, queue: &str) -> Result<Rearmed, Trouble> {
    match advance(
        store,
        id,
        &Event::DeadLettered {
            queue: queue.to_owned(),
        },
    )
    .await?
    {
        Advanced::Recorded(order) => {
            nudge_all(store, id, &order.wanted(store.now())).await?;
            Ok(Rearmed::Again)
        }
        Advanced::Stayed { .. } | Advanced::Refused { .. } => Ok(Rearmed::AtRest),
        Advanced::NoSuchOrder => Ok(Rearmed::NoSuchOrder),
    }
}
