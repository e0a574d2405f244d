//! An event is a hint, and may never come: what Stripe made and what happened there is read besides, from where the last
//! run ended.

use std::time::Duration;

use domain::Timestamp;

use crate::learn::{Learned, learn, no_answer};
use crate::ports::{Books, Control, Page, Store, Trouble};

/// Pages of one run: a long time away is caught up with in several.
const PAGES_MAX: u32 = 100;

/// Nothing more is taken up after this, so that the run ends before its function does: one entry may ask Stripe twice.
const BUDGET: Duration = Duration::from_secs(20);

/// Counted for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    pub pages: u32,
    pub entries: u32,
    /// An order learned from them what no event had told it.
    pub recorded: u32,
    pub without_order: u32,
    /// In words that we do not know.
    pub unread: u32,
    /// Could not be recorded: their window is read again.
    pub missed: u32,
    /// So far behind Stripe it still is.
    pub behind_s: u64,
}

/// One run. Two at once do the same, and only one of them moves on; what is known costs a read. An entry that cannot be
/// recorded keeps no other waiting.
///
/// # Errors
/// When Stripe or the store cannot be asked: nothing moves on beyond the last whole page.
pub async fn catch_up(store: &(impl Store + Control), stripe: &impl Books) -> Result<CaughtUp, Trouble> {
    let started = store.now();
    let began = store.bookmark().await?;
    let (mut bookmark, mut caught) = (began.clone(), CaughtUp::default());
    while caught.pages < PAGES_MAX
        && let Some(window) = bookmark.ask(started)
    {
        let page = stripe.page(&window).await;
        let page = page.map_err(|failure| no_answer("read one of Stripe's lists", failure))?;
        let Some(missed) = learn_all(store, stripe, &page, started, &mut caught).await else {
            break;
        };
        let next = bookmark.turned(&window, page.more, missed);
        if !store.set_bookmark(&next).await? {
            break;
        }
        caught.pages += 1;
        let in_vain = next.in_vain(&bookmark);
        bookmark = next;
        if in_vain {
            break;
        }
    }
    caught.behind_s = bookmark.behind(started).as_secs();
    Ok(caught)
}

/// How many could not be recorded; none: the time is up, and the page comes again.
async fn learn_all(
    store: &impl Store,
    stripe: &impl Books,
    page: &Page,
    started: Timestamp,
    caught: &mut CaughtUp,
) -> Option<u32> {
    let mut missed = 0;
    caught.unread += page.unread;
    // What happened first is known first.
    for word in page.words.iter().rev() {
        if store.now().since(started) >= BUDGET {
            return None;
        }
        caught.entries += 1;
        match learn(store, stripe, word).await {
            Ok(Learned::Recorded) => caught.recorded += 1,
            Ok(Learned::WithoutOrder) => caught.without_order += 1,
            Ok(Learned::Known | Learned::Refused | Learned::NotOurs | Learned::WithoutMeaning) => {}
            Err(_) => missed += 1,
        }
    }
    caught.missed += missed;
    Some(missed)
}
