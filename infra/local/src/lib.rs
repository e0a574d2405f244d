//! The whole system on one machine: everything outside the functions, in movable time. The functions are the real
//! binaries, and nothing of this is in their dependency tree.

pub mod build;
pub mod client;
pub mod clock;
pub mod dynamodb;
pub mod emulator;
pub mod gateway;
pub mod guard;
pub mod kills;
pub mod loopback;
pub mod poller;
pub mod say;
pub mod schedule;
pub mod sqs;
pub mod stack;
pub mod story;
pub mod template;
pub mod tools;
pub mod world;
