//! Stripe: the signature, the events, and a thin client that classifies once.

mod books;
mod client;
mod key;
mod lists;
pub mod signature;
pub mod wire;

pub use client::{Stripe, StripeConfig};
