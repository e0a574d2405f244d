//! The whole system: the real binaries under cargo lambda's emulator, driven over HTTP and SQS with really signed
//! bytes. What is asserted is the partners' own truth, money at Stripe, people at the identity provider, mails that
//! arrived; never our own record alone.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod alerts;
mod announcements;
mod answers;
mod audits;
mod bad_forms;
mod bad_input;
mod bad_nudges;
mod bad_webhooks;
mod batches;
mod brakes;
mod cli;
mod finance;
mod heartbeat;
mod kills;
mod late_truth;
mod old_letters;
mod pages;
mod panel;
#[path = "../planted.rs"]
mod planted;
mod purchase;
mod quiet;
mod roles;
mod rotations;
mod signed_steps;
mod story;
mod strangers;
mod switches;
mod tending;
mod town;
mod watch;
mod why;
mod wrong_files;
