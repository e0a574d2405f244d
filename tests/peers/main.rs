//! Peers that we did not write: Stripe's official SDK, Amazon's DynamoDB Local, ministack, aiosmtpd,
//! scim2-server and scim2-tester, the library of Standard Webhooks.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]
#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

mod deployed;
mod dynamodb_local;
mod lambda;
mod mail;
mod ministack;
mod scim;
mod signed;
mod started;
mod stripe;
#[path = "../contracts/suite/mod.rs"]
mod suite;
#[path = "../end_to_end/town.rs"]
#[expect(dead_code, reason = "the whole system's own tests use all of it")]
mod town;
