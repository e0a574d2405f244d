//! Passes that opened the console. Each opens it once, so that an address in a history or a chat opens nothing.

use serde::{Deserialize, Serialize};

use crate::control::Item;
use crate::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedPasses {
    pub version: u64,
    /// By name, with the moment after which they would open nothing anyway.
    #[serde(default)]
    opened: Vec<(String, Timestamp)>,
}

impl Item for OpenedPasses {
    const NAME: &'static str = "opened_passes";

    fn version(&self) -> u64 {
        self.version
    }
}

impl OpenedPasses {
    /// Opens with this one. None: it has opened already, or its time is over.
    pub fn open(&self, name: &str, until: Timestamp, now: Timestamp) -> Option<Self> {
        if now > until || self.opened.iter().any(|(known, _)| known == name) {
            return None;
        }
        let mut next = self.clone();
        next.version += 1;
        next.opened.retain(|(_, until)| now <= *until);
        next.opened.push((name.to_owned(), until));
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_opens_once_and_not_after_its_time_and_is_forgotten_then() {
        let (now, until) = (Timestamp(1_000), Timestamp(2_000));
        let opened = OpenedPasses::default().open("one", until, now).unwrap();
        assert_eq!(opened.open("one", until, now), None);
        assert_eq!(opened.open("two", until, Timestamp(2_001)), None);
        let later = opened.open("three", Timestamp(9_000), Timestamp(5_000)).unwrap();
        assert_eq!((later.version, later.opened.len()), (2, 1));
    }
}
