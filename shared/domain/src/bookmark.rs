//! How far Stripe's lists are read. Events may never come, so what Stripe made and what happened there is read besides,
//! in windows of time, the oldest first. One item beside the orders.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

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
    /// Events of the last day that did not arrive, once an hour: what showed in its list later than anybody expects.
    Undelivered,
}

impl List {
    fn following(self, hourly: bool) -> Option<Self> {
        match self {
            Self::Payments => Some(Self::Sessions),
            Self::Sessions => Some(Self::Refunds),
            Self::Refunds => Some(Self::Disputes),
            Self::Disputes => Some(Self::Events),
            Self::Events => hourly.then_some(Self::Undelivered),
            Self::Undelivered => None,
        }
    }
}

/// The page to ask for next: of one list, in one window of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub list: List,
    pub from: Timestamp,
    pub until: Timestamp,
    /// The page goes on after this entry; none: it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Entries of the window that could not be recorded.
    missed: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    pub version: u64,
    /// All that Stripe has from before is known here. None: a new table, whose reading begins now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_until: Option<Timestamp>,
    /// A window that is not read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undelivered_at: Option<Timestamp>,
}

/// Each window begins so long before the end of the last one: Stripe's lists show things a little later than they happen.
const OVERLAP: Duration = Duration::from_secs(15 * 60);

/// After a long time away it is read in windows like this, so that what happened first is known first.
const WINDOW_MAX: Duration = DAY;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Six runs in vain, or a table that comes from a backup: what is recorded may be old, and no undo begins on it.
const BEHIND_MAX: Duration = HOUR;

impl Bookmark {
    /// So much of Stripe's latest is not read.
    pub fn behind(&self, now: Timestamp) -> Duration {
        self.read_until.map_or(Duration::ZERO, |until| now.since(until))
    }

    pub fn too_far_behind(&self, now: Timestamp) -> bool {
        self.behind(now) > BEHIND_MAX
    }

    /// The next page; none: all is read up to `now`.
    pub fn ask(&self, now: Timestamp) -> Option<Window> {
        if let Some(reading) = &self.reading {
            return Some(reading.clone());
        }
        let read_until = self.read_until.unwrap_or(now);
        let window = Window {
            list: List::Payments,
            from: read_until.minus(OVERLAP),
            until: now.min(read_until.plus(WINDOW_MAX)),
            after: None,
            missed: 0,
        };
        (self.read_until.is_none() || read_until < now).then_some(window)
    }

    /// After a page of `window`: there is more after the entry `more`, and so many of it could not be recorded. A window of
    /// which something was missed is read again as a whole.
    #[must_use]
    pub fn turned(&self, window: &Window, more: Option<String>, missed: u32) -> Self {
        let (until, missed) = (window.until, window.missed.saturating_add(missed));
        let mut next = self.clone();
        next.version += 1;
        next.read_until.get_or_insert(until);
        let hourly = self.undelivered_at.is_none_or(|at| until.since(at) >= HOUR);
        let following = match more {
            Some(_) => Some(window.list),
            None => window.list.following(hourly),
        };
        next.reading = following.map(|list| Window {
            list,
            from: if list == List::Undelivered {
                until.minus(DAY)
            } else {
                window.from
            },
            until,
            after: more,
            missed,
        });
        if next.reading.is_none() {
            if missed == 0 {
                next.read_until = Some(until);
            }
            if window.list == List::Undelivered {
                next.undelivered_at = Some(until);
            }
        }
        next
    }

    /// The window that began after `before` is read to its end, and must be read again.
    pub fn in_vain(&self, before: &Self) -> bool {
        self.reading.is_none() && self.read_until == before.read_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp(minute * MINUTE)
    }

    /// All that is asked for in a run that finds one page of each.
    fn run(bookmark: &mut Bookmark, now: i64) -> Vec<(List, i64, i64)> {
        let mut asked = Vec::new();
        while let Some(window) = bookmark.ask(at(now)) {
            asked.push((window.list, window.from.0 / MINUTE, window.until.0 / MINUTE));
            *bookmark = bookmark.turned(&window, None, 0);
        }
        asked
    }

    fn lists(asked: &[(List, i64, i64)]) -> Vec<List> {
        asked.iter().map(|(list, _, _)| *list).collect()
    }

    #[test]
    fn a_new_table_begins_now_and_goes_on_where_it_ended() {
        use List::{Disputes, Events, Payments, Refunds, Sessions, Undelivered};
        let mut bookmark = Bookmark::default();
        assert_eq!(bookmark.behind(at(99_000)), Duration::ZERO);
        let asked = run(&mut bookmark, 10_000);
        assert_eq!(asked[0], (Payments, 9_985, 10_000));
        assert_eq!(
            lists(&asked),
            [Payments, Sessions, Refunds, Disputes, Events, Undelivered]
        );
        assert_eq!(asked[5], (Undelivered, 10_000 - 24 * 60, 10_000));
        assert_eq!(bookmark.ask(at(10_000)), None);
        let asked = run(&mut bookmark, 10_010);
        assert_eq!(asked[0], (Payments, 9_985, 10_010), "with an overlap");
        assert_eq!(lists(&asked), [Payments, Sessions, Refunds, Disputes, Events]);
        assert_eq!(
            lists(&run(&mut bookmark, 10_060)).last(),
            Some(&Undelivered),
            "once an hour"
        );
    }

    #[test]
    fn a_long_time_away_is_read_from_its_oldest_part_on() {
        let mut bookmark = Bookmark::default();
        run(&mut bookmark, 10_000);
        assert!(!bookmark.too_far_behind(at(10_060)) && bookmark.too_far_behind(at(10_061)));
        let asked = run(&mut bookmark, 10_000 + 3_600);
        let payments = asked.iter().filter(|(list, _, _)| *list == List::Payments);
        let windows: Vec<(i64, i64)> = payments.map(|(_, from, until)| (*from, *until)).collect();
        assert_eq!(
            windows,
            [(9_985, 11_440), (11_425, 12_880), (12_865, 13_600)],
            "each with its overlap"
        );
        assert_eq!(bookmark.behind(at(13_600)), Duration::ZERO);
    }

    #[test]
    fn a_page_goes_on_after_its_last_entry_also_in_the_next_run() {
        let mut bookmark = Bookmark::default();
        let first = bookmark.ask(at(10_000)).unwrap();
        bookmark = bookmark.turned(&first, Some("pi_2".to_owned()), 0);
        let second = bookmark.ask(at(10_010)).unwrap();
        assert_eq!((second.list, second.until), (List::Payments, at(10_000)));
        assert_eq!(second.after.as_deref(), Some("pi_2"));
        bookmark = bookmark.turned(&second, None, 0);
        assert_eq!(bookmark.ask(at(10_010)).unwrap().list, List::Sessions);
    }

    #[test]
    fn a_window_with_a_miss_is_read_again_as_a_whole() {
        let mut bookmark = Bookmark::default();
        run(&mut bookmark, 10_000);
        let before = bookmark.clone();
        let mut missed = 1;
        loop {
            let window = bookmark.ask(at(10_010)).unwrap();
            bookmark = bookmark.turned(&window, None, missed);
            missed = 0;
            if bookmark.in_vain(&before) {
                break;
            }
        }
        assert_eq!(
            bookmark.behind(at(10_010)),
            Duration::from_secs(600),
            "nothing moved on"
        );
        let again = bookmark.ask(at(10_020)).unwrap();
        assert_eq!((again.list, again.from, again.missed), (List::Payments, at(9_985), 0));
        run(&mut bookmark, 10_020);
        assert_eq!(bookmark.behind(at(10_020)), Duration::ZERO);
    }
}
