//! The order is the timer: each minute, whoever is overdue is claimed and nudged. This repairs every crash.

use std::time::Duration;

use domain::Timestamp;
use domain::effect::Performer;
use domain::id::OrderId;

use crate::ports::{Agenda, Overdue, SHARDS, Store, Trouble};

/// Claimed per shard and run: a backlog drains without a flood.
const CLAIMS_MAX: usize = 50;

/// When a claimed order comes up again, if nothing was written meanwhile.
const CLAIM: Duration = Duration::from_secs(300);

/// Counted for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub claimed: u32,
    pub nudged: u32,
    /// Could not be claimed, read or nudged: they come up again.
    pub failed: u32,
}

/// One run. Two at once share the work: only one of them wins each claim. An order that cannot be read keeps nobody else
/// waiting.
///
/// # Errors
/// When the index cannot be asked.
pub async fn sweep(store: &(impl Store + Agenda)) -> Result<Swept, Trouble> {
    let mut swept = Swept::default();
    for shard in 0..SHARDS {
        let now = store.now();
        for overdue in store.overdue(shard, now, CLAIMS_MAX).await? {
            match claim(store, &overdue, now).await {
                Ok(None) => {}
                Ok(Some(nudged)) => {
                    swept.claimed += 1;
                    swept.nudged += nudged;
                }
                Err(_) => swept.failed += 1,
            }
        }
    }
    Ok(swept)
}

/// Claims one order and nudges whoever has something to do; none: another run was faster.
async fn claim(store: &(impl Store + Agenda), overdue: &Overdue, now: Timestamp) -> Result<Option<u32>, Trouble> {
    if !store.claim(overdue, now.plus(CLAIM)).await? {
        return Ok(None);
    }
    let wanted = match store.load(&overdue.order).await? {
        Some(order) => order.wanted(now),
        None => Vec::new(),
    };
    nudge_all(store, &overdue.order, &wanted).await.map(Some)
}

pub(crate) async fn nudge_all(store: &impl Store, order: &OrderId, wanted: &[Performer]) -> Result<u32, Trouble> {
    let mut nudged = 0;
    for performer in wanted {
        store.nudge(*performer, order, Duration::ZERO).await?;
        nudged += 1;
    }
    Ok(nudged)
}
