//! What an order owes the world: a function of its facts and the time.

use crate::order::Order;
use crate::time::Timestamp;

impl Order {
    /// When somebody must look at the order even if every message is lost; none: it is at rest.
    pub fn due(&self) -> Option<Timestamp> {
        None
    }
}
