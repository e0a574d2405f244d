//! One effect at a time: intent first, then the act, then its outcome, which is the next event.

use std::time::Duration;

use domain::effect::Performer;
use domain::event::Event;
use domain::id::OrderId;
use domain::order::Order;
use domain::owed::Which;
use domain::work::Intent;
use domain::{Decision, Next, Timestamp, begin, decide, decide_and_begin};

use crate::advance::{CONFLICTS_MAX, moment, too_many};
use crate::first;
use crate::nudge::nudge;
use crate::ports::{Basis, Committed, Store, Trouble};

/// No new effect is taken up by a worker that has run this long: a nudge gives it to a fresh one.
pub const BUDGET: Duration = Duration::from_secs(8);

/// One effect is over by then: at most three calls outside, each with its own time limit. With less of the lease left,
/// nothing is begun. A list of many pages may take longer: it only asks, and what follows it changes only what was read.
pub const CALL_MAX: Duration = Duration::from_secs(30);

/// What became of a nudge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Performed {
    /// So many effects were attempted; none: there was nothing to do, and that is fine.
    Effects(u32),
    NoSuchOrder,
}

/// Does what the order owes *now*, whatever the nudge was sent for.
///
/// # Errors
/// When the store cannot be asked, or nobody knows whether it recorded: the nudge must come again.
pub async fn perform(
    store: &impl Store,
    id: &OrderId,
    performer: Performer,
    hand: impl AsyncFn(&Order, &Intent) -> Event,
) -> Result<Performed, Trouble> {
    let started = store.now();
    let Some(order) = store.load(id).await? else {
        return Ok(Performed::NoSuchOrder);
    };
    let mut begun = take_up(store, order, performer).await?;
    let mut effects = 0;
    while let Some((order, intent)) = begun {
        if store.now().plus(CALL_MAX) > intent.lease_until {
            break;
        }
        let outcome = hand(&order, &intent).await;
        effects += 1;
        begun = record(store, order, &outcome, performer, started).await?;
    }
    Ok(Performed::Effects(effects))
}

/// What this worker may act on: the intent that its own write put into the order. An intent that it merely reads, fresh
/// as it may be, is another worker's.
type Begun = Option<(Order, Intent)>;

/// The intent that the write of this very version was made for.
fn begun(order: Order, performer: Performer) -> Begun {
    let intent = order.lane(Which::of(performer)).intent.clone()?;
    (intent.attempt == order.version && intent.effect.performer() == performer).then_some((order, intent))
}

async fn take_up(store: &impl Store, mut order: Order, performer: Performer) -> Result<Begun, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let Some(next) = begin(&order, performer, moment(store)) else {
            return Ok(None);
        };
        match commit(store, &order, &next).await? {
            Committed::Stored => return Ok(begun(next.order, performer)),
            Committed::Conflict(newer) => order = *newer,
        }
    }
    Err(too_many("record an outcome"))
}

/// The outcome and the next intent in one write.
async fn record(
    store: &impl Store,
    mut order: Order,
    outcome: &Event,
    performer: Performer,
    started: Timestamp,
) -> Result<Begun, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let moment = moment(store);
        let decision = if moment.now.since(started) < BUDGET {
            decide_and_begin(&order, outcome, performer, moment)
        } else {
            decide(&order, outcome, moment)
        };
        match decision {
            Decision::Stay(_) | Decision::Refuse(_) => return Ok(None),
            Decision::Advance(next) => match commit(store, &order, &next).await? {
                Committed::Stored => return Ok(begun(next.order, performer)),
                Committed::Conflict(newer) => order = *newer,
            },
        }
    }
    Err(too_many("record an outcome"))
}

async fn commit(store: &impl Store, before: &Order, next: &Next) -> Result<Committed, Trouble> {
    let committed = store
        .commit(Basis::Version(before.version), &next.order, &next.cases)
        .await?;
    if matches!(committed, Committed::Stored) {
        nudge(store, before, &next.order).await;
        first::note(store, next).await;
    }
    Ok(committed)
}
