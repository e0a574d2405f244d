//! The order is the timer: each minute, whoever is overdue is claimed and nudged. This repairs every crash.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Timestamp;
use domain::effect::Performer;
use domain::event::Event;
use domain::id::OrderId;
use futures_util::{StreamExt as _, stream};

use crate::advance::advance_from;
use crate::failures::Failures;
use crate::ports::{Agenda, End, Overdue, SHARDS, Store, Trouble, When};

/// Nudges of old orders that may wait for one performer: about what its workers finish before the next run. More would
/// only be claimed again while they wait.
const WAITING_MAX: u32 = 6_000;

/// Looked at in one shard at once: three from the oldest end for one from the newest, so that a backlog of days keeps
/// nobody waiting who became overdue just now.
const OLDEST: usize = 75;
const NEWEST: usize = 25;

/// Orders that are read, claimed and nudged side by side.
const AT_ONCE: usize = 16;

/// A run begins nothing new after this: a third of the way to the next one.
const RUN_MAX: Duration = Duration::from_secs(20);

/// When a claimed order comes up again, if nothing was written meanwhile.
const CLAIM: Duration = Duration::from_secs(300);

/// The same of an order for which nobody has room: behind all that was not looked at yet.
const HELD: Duration = Duration::from_secs(60);

/// Counted for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub claimed: u32,
    pub nudged: u32,
    /// Moved to a later run, since too many wait for the same performer.
    pub held: u32,
    /// Could not be claimed, read or nudged: they come up again.
    pub failed: u32,
    pub failures: Failures,
    /// How long the oldest of all has been overdue.
    pub oldest: Duration,
}

/// How many more nudges each performer's workers can take, as far as it was asked.
type Room = BTreeMap<Performer, u32>;

/// One run. Two at once share the work: only one of them wins each claim. An order that cannot be read keeps nobody else
/// waiting.
///
/// # Errors
/// When the index cannot be asked.
pub async fn sweep(store: &(impl Store + Agenda)) -> Result<Swept, Trouble> {
    let (began, mut swept, mut room) = (store.now(), Swept::default(), Room::new());
    loop {
        let before = swept.claimed + swept.held;
        let mut more = false;
        for shard in 0..SHARDS {
            let page = page(store, shard).await?;
            more |= page.len() >= OLDEST;
            sweep_page(store, page, &mut room, &mut swept).await;
        }
        let moved = swept.claimed + swept.held > before;
        if !(more && moved) || store.now().since(began) >= RUN_MAX {
            return Ok(swept);
        }
    }
}

/// What is overdue in one shard, from both ends of the backlog.
async fn page(store: &(impl Store + Agenda), shard: u8) -> Result<Vec<Overdue>, Trouble> {
    let now = store.now();
    let mut page = store.overdue(shard, now, End::Oldest, OLDEST).await?;
    if page.len() == OLDEST {
        let newest = store.overdue(shard, now, End::Newest, NEWEST).await?;
        page.extend(newest.into_iter().filter(|new| !page.contains(new)).collect::<Vec<_>>());
    }
    Ok(page)
}

async fn sweep_page(store: &(impl Store + Agenda), page: Vec<Overdue>, room: &mut Room, swept: &mut Swept) {
    let now = store.now();
    let looks = page.into_iter().map(async |overdue| {
        let wanted = looked_at(store, &overdue.order, now).await;
        (overdue, wanted)
    });
    let looked: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    let mut claims = Vec::new();
    for (overdue, wanted) in looked {
        swept.oldest = swept.oldest.max(now.since(overdue.due));
        match wanted {
            Ok(wanted) => {
                let fitting = fitting(store, room, &wanted).await;
                let held = fitting.is_empty() && !wanted.is_empty();
                swept.held += u32::from(held);
                let until = now.plus(if held { HELD } else { CLAIM });
                let id = overdue.order.clone();
                claims.push(async move { (id, claim(store, overdue, fitting, until).await) });
            }
            // Its claim moves it on all the same, so that it does not stand first for ever.
            Err(unread) => {
                swept.failed += 1;
                swept.failures.add(&overdue.order, &unread);
                let _moved_on = store.claim(&overdue, now.plus(CLAIM)).await;
            }
        }
    }
    let claimed: Vec<_> = stream::iter(claims).buffered(AT_ONCE).collect().await;
    for (id, claimed) in claimed {
        match claimed {
            Ok(None) => {}
            Ok(Some(0)) => {}
            Ok(Some(nudged)) => {
                swept.claimed += 1;
                swept.nudged += nudged;
            }
            Err(trouble) => {
                swept.failed += 1;
                swept.failures.add(&id, &trouble);
            }
        }
    }
}

/// Who has something to do. Whoever looks also sees that an order has stood for too long, though nobody works at it.
async fn looked_at(store: &impl Store, id: &OrderId, now: Timestamp) -> Result<Vec<Performer>, Trouble> {
    let Some(order) = store.load(id).await? else {
        return Ok(Vec::new());
    };
    let wanted = order.wanted(now);
    if order.stands_too_long(now) {
        // The claim is lost with it: whoever was wanted is nudged by the next run.
        advance_from(store, order, &Event::StoodTooLong).await?;
    }
    Ok(wanted)
}

/// Those who have room, and takes a place with each: a full mail queue keeps no money back. A queue that cannot be
/// measured is taken as empty, since holding everybody back is worse.
async fn fitting(store: &impl Agenda, room: &mut Room, wanted: &[Performer]) -> Vec<Performer> {
    let mut fitting = Vec::new();
    for performer in wanted {
        let left = match room.get(performer) {
            Some(left) => *left,
            None => WAITING_MAX.saturating_sub(store.waiting(*performer).await.unwrap_or_default()),
        };
        if left > 0 {
            fitting.push(*performer);
        }
        room.insert(*performer, left.saturating_sub(1));
    }
    fitting
}

/// Claims one order and nudges whoever has something to do; none: another run was faster.
async fn claim(
    store: &(impl Store + Agenda),
    overdue: Overdue,
    wanted: Vec<Performer>,
    until: Timestamp,
) -> Result<Option<u32>, Trouble> {
    if !store.claim(&overdue, until).await? {
        return Ok(None);
    }
    nudge_all(store, &overdue.order, &wanted).await.map(Some)
}

/// Behind what is new: no buyer waits for a backlog.
pub(crate) async fn nudge_all(store: &impl Store, order: &OrderId, wanted: &[Performer]) -> Result<u32, Trouble> {
    let mut nudged = 0;
    for performer in wanted {
        store.nudge(*performer, order, When::Later(Duration::ZERO)).await?;
        nudged += 1;
    }
    Ok(nudged)
}
