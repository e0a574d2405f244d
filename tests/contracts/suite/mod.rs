//! What we need of a store and of a queue: one contract per thing, written once and run against every implementation.

pub(crate) mod answers;
pub(crate) mod courier;
pub(crate) mod faults;
pub(crate) mod growth;
pub(crate) mod look_up;
pub(crate) mod orders;
pub(crate) mod queues;
pub(crate) mod report;
pub(crate) mod sqs;
pub(crate) mod store;
pub(crate) mod table;
#[path = "../../journeys/tell.rs"]
pub(crate) mod tell;
pub(crate) mod upgrades;
pub(crate) mod wire;
