//! Asks Stripe when it is silent, reads what it told in vain, and sweeps up whatever is overdue.

pub mod handler;

pub use handler::handle;
