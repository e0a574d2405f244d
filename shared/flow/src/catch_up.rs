//! An event is a hint, and may never come: what Stripe made and what happened there is read besides, from where the last
//! run ended.

use std::time::Duration;

use domain::Timestamp;
use domain::bookmark::{Bookmark, Cursor, Window};
use domain::case::{Case, Class};
use domain::failure::FailureClass;
use domain::wording;
use futures_util::{StreamExt as _, stream};

use crate::failures::Failures;
use crate::learn::{Learned, Word, learn, no_answer};
use crate::ports::{Books, Control, Page, Store, Trouble};

/// Pages of one run: a long time away is caught up with in several.
const PAGES_MAX: u32 = 100;

/// Nothing more is taken up after this, so that the run ends before its function does: one entry may ask Stripe twice.
const BUDGET: Duration = Duration::from_secs(25);

/// Orders that are told side by side; what is said of one of them is told in its order.
const AT_ONCE: usize = 8;

/// Counted for the log.
#[derive(Debug, Default)]
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
    pub failures: Failures,
    /// Could not be recorded again and again: each is a person's case.
    pub handed_over: u32,
    /// So far behind Stripe it still is.
    pub behind: Duration,
    /// What ended the run before all was read.
    pub stopped_by: Option<Trouble>,
}

/// One run. Two at once do the same, and only one of them moves on; what is known costs a read. An entry that cannot be
/// recorded keeps no other waiting, and no window for ever.
///
/// # Errors
/// When the bookmark cannot be read.
pub async fn catch_up(store: &impl Store, stripe: &impl Books) -> Result<CaughtUp, Trouble> {
    let started = store.now();
    let mut bookmark = store.control().await?;
    let mut caught = CaughtUp::default();
    caught.stopped_by = read(store, stripe, &mut bookmark, &mut caught, started).await.err();
    caught.behind = bookmark.behind(started);
    Ok(caught)
}

/// Nothing moves on beyond the last whole page.
async fn read(
    store: &impl Store,
    stripe: &impl Books,
    bookmark: &mut Bookmark,
    caught: &mut CaughtUp,
    started: Timestamp,
) -> Result<(), Trouble> {
    if let Some(begun) = bookmark.begun(started)
        && !turn(store, bookmark, begun).await?
    {
        return Ok(());
    }
    for asked in 0..PAGES_MAX {
        let Some(window) = bookmark.ask(started) else { break };
        let page = match stripe.page(&window).await {
            Ok(page) => page,
            // The entry at which the list was to go on is gone, as after a long time away.
            Err(failure) if failure.class == FailureClass::Rejected && window.cursor != Cursor::Newest => {
                let again = bookmark.from_the_newest(&window);
                turn(store, bookmark, again).await?;
                return Err(no_answer("go on in one of Stripe's lists", failure));
            }
            Err(failure) => return Err(no_answer("read one of Stripe's lists", failure)),
        };
        let Some(missed) = learn_all(store, stripe, (bookmark, &window), &page, started, caught).await else {
            // In the next run it is the first: only a page that fills a whole run has to be smaller.
            if asked == 0 {
                let smaller = bookmark.smaller(&window);
                turn(store, bookmark, smaller).await?;
            }
            break;
        };
        let (before, next) = (bookmark.clone(), bookmark.turned(&window, &page.turned, missed));
        if !turn(store, bookmark, next).await? {
            break;
        }
        caught.pages += 1;
        if bookmark.in_vain_since(&before) {
            break;
        }
    }
    Ok(())
}

/// Tells whether nobody was faster.
async fn turn(store: &impl Control, bookmark: &mut Bookmark, next: Bookmark) -> Result<bool, Trouble> {
    let ours = store.set_control(&next).await?;
    if ours {
        *bookmark = next;
    }
    Ok(ours)
}

/// How many could not be recorded; none: the time is up, and the page comes again.
async fn learn_all(
    store: &impl Store,
    stripe: &impl Books,
    (bookmark, window): (&Bookmark, &Window),
    page: &Page,
    started: Timestamp,
    caught: &mut CaughtUp,
) -> Option<u32> {
    if !window.reads(&page.turned) {
        return Some(0);
    }
    let learned = by_order(&page.words).into_iter().map(async |words| {
        let mut learned = Vec::new();
        for word in words {
            let in_time = store.now().since(started) < BUDGET;
            learned.push(if in_time {
                Some(told(store, stripe, bookmark, word).await)
            } else {
                None
            });
        }
        learned
    });
    let learned: Vec<_> = stream::iter(learned).buffered(AT_ONCE).concat().await;
    let (mut missed, mut in_time) = (0, true);
    caught.unread += page.unread;
    for learned in learned {
        caught.entries += u32::from(learned.is_some());
        match learned {
            None => in_time = false,
            Some(Told::Learned(Learned::Recorded)) => caught.recorded += 1,
            Some(Told::Learned(Learned::WithoutOrder)) => caught.without_order += 1,
            Some(Told::Learned(Learned::Known | Learned::Refused | Learned::NotOurs | Learned::WithoutMeaning)) => {}
            Some(Told::HandedOver) => caught.handed_over += 1,
            Some(Told::Missed { about, trouble }) => {
                missed += 1;
                caught.failures.add(&about, &trouble);
            }
        }
    }
    caught.missed += missed;
    in_time.then_some(missed)
}

/// What happened first comes first, for each order and for what names none.
fn by_order(newest_first: &[Word]) -> Vec<Vec<&Word>> {
    let mut all: Vec<Vec<&Word>> = Vec::new();
    for word in newest_first.iter().rev() {
        match all
            .iter_mut()
            .find(|words| words.iter().any(|known| known.order == word.order))
        {
            Some(words) => words.push(word),
            None => all.push(vec![word]),
        }
    }
    all
}

enum Told {
    Learned(Learned),
    HandedOver,
    Missed { about: String, trouble: Trouble },
}

/// What could not be recorded in all the runs of an hour is a person's, and everybody else goes on.
async fn told(store: &impl Store, stripe: &impl Books, bookmark: &Bookmark, word: &Word) -> Told {
    let trouble = match learn(store, stripe, word).await {
        Ok(learned) => return Told::Learned(learned),
        Err(trouble) => trouble,
    };
    let about = word.about.clone();
    if !bookmark.hands_over() {
        return Told::Missed { about, trouble };
    }
    let id = format!("case_unrecorded_{}", word.about);
    let consequence = wording::unrecorded(&word.about, word.order.as_ref(), word.amount, &trouble.because);
    let case = Case::without_order(id, Class::Unrecorded, store.now(), consequence, word.amount);
    match store.open_case(&case).await {
        Ok(()) => Told::HandedOver,
        Err(trouble) => Told::Missed { about, trouble },
    }
}
