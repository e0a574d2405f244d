//! What concerns all orders: one item each, beside them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Begins as its default; each write stands on the version before.
pub trait Item: Default + Serialize + DeserializeOwned {
    /// Its key among the others, never to be changed.
    const NAME: &'static str;

    fn version(&self) -> u64;
}
