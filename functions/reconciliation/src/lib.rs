//! Asks Stripe when it is silent, and sweeps up whatever is overdue.

pub mod handler;

pub use handler::handle;
