//! From an event to a recorded order and its nudges.

use domain::event::Event;
use domain::id::OrderId;
use domain::order::Order;
use domain::{Decision, Moment, decide};

use crate::first;
use crate::nudge::nudge;
use crate::ports::{Basis, Committed, Store, Trouble};

/// What became of an event.
#[derive(Debug)]
pub enum Advanced {
    /// Recorded; this is the order now.
    Recorded(Box<Order>),
    /// Nothing new.
    Stayed {
        order: Box<Order>,
        why: &'static str,
    },
    /// It must not happen; nothing was recorded.
    Refused {
        order: Box<Order>,
        why: &'static str,
    },
    NoSuchOrder,
}

impl Advanced {
    /// The order as it stands now, whatever the event made of it; none: there is none.
    pub fn into_order(self) -> Option<Order> {
        match self {
            Self::Recorded(order) | Self::Stayed { order, .. } | Self::Refused { order, .. } => Some(*order),
            Self::NoSuchOrder => None,
        }
    }
}

/// Somebody else may be faster a few times in a row, but not for ever.
pub(crate) const CONFLICTS_MAX: u32 = 8;

/// Records what an event makes of an order, and nudges whoever has something to do now.
///
/// # Errors
/// When the store cannot be asked, or nobody knows whether it recorded: the event must come again.
pub async fn advance(store: &impl Store, id: &OrderId, event: &Event) -> Result<Advanced, Trouble> {
    let Some(order) = store.load(id).await? else {
        return Ok(Advanced::NoSuchOrder);
    };
    advance_from(store, order, event).await
}

/// The same, from an order that was just read or written.
///
/// # Errors
/// As [`advance`].
pub async fn advance_from(store: &impl Store, mut order: Order, event: &Event) -> Result<Advanced, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        match decide(&order, event, moment(store)) {
            Decision::Stay(why) => {
                return Ok(Advanced::Stayed {
                    order: Box::new(order),
                    why,
                });
            }
            Decision::Refuse(why) => {
                return Ok(Advanced::Refused {
                    order: Box::new(order),
                    why,
                });
            }
            Decision::Advance(next) => {
                match store
                    .commit(Basis::Version(order.version), &next.order, &next.cases)
                    .await?
                {
                    Committed::Stored => {
                        nudge(store, &order, &next.order).await;
                        first::note(store, &next).await;
                        return Ok(Advanced::Recorded(Box::new(next.order)));
                    }
                    Committed::Conflict(newer) => order = *newer,
                }
            }
        }
    }
    Err(too_many("record an event"))
}

pub(crate) fn too_many(wanted: &'static str) -> Trouble {
    Trouble {
        wanted,
        because: "too many others wrote at the same time".to_owned(),
    }
}

pub(crate) fn moment(store: &impl Store) -> Moment {
    Moment {
        now: store.now(),
        jitter: store.thousandths(),
    }
}
