//! How long a page goes on looking for news by itself.

use std::time::Duration;

use super::{Id, Status};

/// Takes up the looking again.
pub const CHECK_AGAIN: &str = "Check again";

/// What a page says that has looked often enough.
pub const LOOKS_NO_MORE: &str =
    "This page has stopped looking for news by itself. You can close it: its address stays the same.";

/// When a page looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    After(Duration),
    /// It has looked often enough: the customer may ask for more.
    NoMore,
    /// There is no news to look for.
    Never,
}

impl Status {
    /// After this many looks, each later than the one before; two minutes, then no more.
    pub fn look(&self, looks: usize) -> Look {
        const SECONDS: [u64; 11] = [1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15];
        // Who has left the payment page goes on by a click, and no news comes before.
        if self.is_final || self.id == Id::Cancelled {
            return Look::Never;
        }
        let next = SECONDS.get(looks).copied().map(Duration::from_secs);
        next.map_or(Look::NoMore, Look::After)
    }
}
