//! Orders from the first click to their end, through the real handlers, in a world that fails on demand. Time is ours
//! and moves only when told. Each journey leaves a trace that a product person can read, kept as a golden file; at its
//! end the oracle looks at Stripe and the identity provider themselves.
//!
//! The stories are then run again with every single mishap at every act (`sweeps`), with pairs of them, and in storms
//! (`storms`); planted bugs prove that the oracle sees (`bugs`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it cannot go on, and says its seed"
)]

mod alerts;
mod audits;
mod backlog;
mod bugs;
mod catch_up;
mod crowds;
mod declared;
mod deliveries;
mod expect;
mod finance;
mod first;
mod forms;
mod heartbeat;
mod journey;
mod keyboard;
mod look_up;
mod mailroom;
mod operations;
mod oracle;
mod pages;
#[path = "../planted.rs"]
mod planted;
mod rows;
mod sentences;
mod stories;
mod storms;
mod sweeps;
mod tell;
mod tending;
mod told;
mod trace;
mod two_workers;
mod undoings;
mod upgrades;
mod workers;
