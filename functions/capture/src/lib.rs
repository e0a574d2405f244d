//! Takes held money after delivery. Nothing on sale holds money yet, so a nudge finds nothing to do.

pub mod handler;

pub use handler::handle;
