//! Rules of the house that no compiler checks: what a function's tree may hold, what the template must say, and how the
//! files are kept.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]
#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

mod hardened;
mod loops;
mod on_aws;
mod ports;
mod roles;
mod smoke;
mod telemetry;
mod template;
mod tidy;
mod trees;
