//! How far Stripe's lists are read. Events may never come, so what Stripe made and what happened there is read besides,
//! in windows of time, the oldest first. One item beside the orders.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::time::{DAY, HOUR, Timestamp};

/// One of Stripe's lists, in the order in which a window is read: payments in the order in which they were made decide
/// which of two is the surplus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    Payments,
    Sessions,
    Refunds,
    Disputes,
    /// What changed since it was made is told by its event alone.
    Events,
    /// Events of the last day that did not arrive, at whatever endpoint of the account, once an hour: what showed in its list
    /// later than anybody expects.
    Undelivered,
}

impl List {
    fn following(self) -> Option<Self> {
        match self {
            Self::Payments => Some(Self::Sessions),
            Self::Sessions => Some(Self::Refunds),
            Self::Refunds => Some(Self::Disputes),
            Self::Disputes => Some(Self::Events),
            Self::Events | Self::Undelivered => None,
        }
    }
}

/// Stripe lists what is newest first, and what happened first must be known first: a list is walked to its oldest page,
/// and read from there on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cursor {
    #[default]
    Newest,
    /// On the way to the oldest: older than this entry.
    OlderThan(String),
    /// On the way back: newer than this entry.
    NewerThan(String),
}

/// The page to ask for next: of one list, in one window of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub list: List,
    pub from: Timestamp,
    pub until: Timestamp,
    #[serde(default)]
    pub cursor: Cursor,
    /// Entries that are asked for.
    #[serde(default = "limit_max")]
    pub limit: u32,
    /// Entries of the window that could not be recorded.
    missed: u32,
}

fn limit_max() -> u32 {
    LIMIT_MAX
}

/// A page as it came, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turned {
    pub newest: Option<String>,
    pub oldest: Option<String>,
    /// There is more in the direction in which it was asked for.
    pub more: bool,
}

impl Window {
    fn new(list: List, from: Timestamp, until: Timestamp) -> Self {
        Self {
            list,
            from,
            until,
            cursor: Cursor::Newest,
            limit: LIMIT_MAX,
            missed: 0,
        }
    }

    /// The page is to be learned from, and not merely passed on the way to the oldest.
    pub fn reads(&self, page: &Turned) -> bool {
        match self.cursor {
            Cursor::Newest | Cursor::OlderThan(_) => !page.more,
            Cursor::NewerThan(_) => true,
        }
    }

    /// None: that was all of the list.
    fn next(&self, page: &Turned) -> Option<Cursor> {
        match (&self.cursor, page.more) {
            (Cursor::Newest | Cursor::OlderThan(_), true) => page.oldest.clone().map(Cursor::OlderThan),
            (Cursor::Newest, false) | (Cursor::NewerThan(_), false) => None,
            (Cursor::OlderThan(_), false) | (Cursor::NewerThan(_), true) => page.newest.clone().map(Cursor::NewerThan),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    pub version: u64,
    /// All that Stripe has from before is known here. None: a new table, whose reading has not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_until: Option<Timestamp>,
    /// A window that is not read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<Window>,
    /// Windows in a row of which something could not be recorded.
    #[serde(default)]
    in_vain: u32,
    /// What did not arrive is read beside: however long that list is, nothing else waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beside: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undelivered_at: Option<Timestamp>,
}

/// Entries of one page: as many as Stripe gives.
const LIMIT_MAX: u32 = 100;

/// Each window begins so long before the end of the last one: Stripe's lists show things a little later than they happen.
const OVERLAP: Duration = Duration::from_secs(15 * 60);

/// After a long time away it is read in windows like this, so that what happened first is known first.
const WINDOW_MAX: Duration = DAY;

/// Six runs in vain, or a table that comes from a backup: what is recorded may be old, and no undo begins on it.
const BEHIND_MAX: Duration = HOUR;

/// What could not be recorded so often is a person's, and keeps nothing else waiting.
const IN_VAIN_MAX: u32 = 5;

impl Item for Bookmark {
    const NAME: &'static str = "bookmark";

    fn version(&self) -> u64 {
        self.version
    }
}

impl Bookmark {
    /// Where a new table's reading begins: from here on it may be behind. None: it has begun.
    #[must_use]
    pub fn begun(&self, now: Timestamp) -> Option<Self> {
        self.read_until.is_none().then(|| Self {
            version: self.version + 1,
            read_until: Some(now.minus(OVERLAP)),
            ..self.clone()
        })
    }

    /// So much of Stripe's latest is not read.
    pub fn behind(&self, now: Timestamp) -> Duration {
        self.read_until.map_or(Duration::ZERO, |until| now.since(until))
    }

    pub fn too_far_behind(&self, now: Timestamp) -> bool {
        self.behind(now) > BEHIND_MAX
    }

    /// What cannot be recorded now goes to a person.
    pub fn hands_over(&self) -> bool {
        self.in_vain >= IN_VAIN_MAX
    }

    /// The next page; none: all is read up to `now`, or reading has not begun.
    pub fn ask(&self, now: Timestamp) -> Option<Window> {
        if let Some(reading) = &self.reading {
            return Some(reading.clone());
        }
        let read_until = self.read_until?;
        if read_until < now {
            let until = now.min(read_until.plus(WINDOW_MAX));
            return Some(Window::new(List::Payments, read_until.minus(OVERLAP), until));
        }
        let due = self.undelivered_at.is_none_or(|at| now.since(at) >= HOUR);
        let fresh = || due.then(|| Window::new(List::Undelivered, now.minus(DAY), now));
        self.beside.clone().or_else(fresh)
    }

    /// After a page of `window`, of which so many entries could not be recorded. A window of which something was missed is
    /// read again as a whole.
    #[must_use]
    pub fn turned(&self, window: &Window, page: &Turned, missed: u32) -> Self {
        let missed = window.missed.saturating_add(missed);
        let following = match window.next(page) {
            Some(cursor) => Some(Window {
                cursor,
                missed,
                ..window.clone()
            }),
            None => window.list.following().map(|list| Window {
                missed,
                ..Window::new(list, window.from, window.until)
            }),
        };
        let ended = following.is_none();
        let mut next = self.put(window, following);
        match (ended, window.list) {
            (false, _) => {}
            // It is read for a day: what was missed comes again.
            (true, List::Undelivered) => next.undelivered_at = Some(window.until),
            (true, _) if missed == 0 => {
                next.read_until = Some(window.until);
                next.in_vain = 0;
            }
            (true, _) => next.in_vain = self.in_vain.saturating_add(1),
        }
        next
    }

    /// The page took longer than a run may: the next one is asked for less.
    #[must_use]
    pub fn smaller(&self, window: &Window) -> Self {
        let limit = (window.limit / 5).max(1);
        let window_with = Window {
            limit,
            ..window.clone()
        };
        self.put(window, Some(window_with))
    }

    /// Stripe does not know the entry any more at which the list was to go on: it is walked again.
    #[must_use]
    pub fn from_the_newest(&self, window: &Window) -> Self {
        let again = Window {
            cursor: Cursor::Newest,
            ..window.clone()
        };
        self.put(window, Some(again))
    }

    /// In the place from which `window` came.
    fn put(&self, window: &Window, following: Option<Window>) -> Self {
        let mut next = self.clone();
        next.version += 1;
        match window.list {
            List::Undelivered => next.beside = following,
            List::Payments | List::Sessions | List::Refunds | List::Disputes | List::Events => next.reading = following,
        }
        next
    }

    /// The window that began after `before` is read to its end, and must be read again.
    pub fn in_vain_since(&self, before: &Self) -> bool {
        self.in_vain > before.in_vain
    }
}
