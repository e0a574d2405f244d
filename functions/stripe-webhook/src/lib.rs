//! Believes Stripe's word only when it is signed, and records it before it says yes.

pub mod handler;

pub use handler::handle;
