//! A world that behaves, and misbehaves on demand. One truth for the simulator and the local stack.

pub mod dice;
pub mod identity;
pub mod licences;
pub mod mail;
pub mod queues;
pub mod stripe;
#[cfg(feature = "world")]
pub mod world;
