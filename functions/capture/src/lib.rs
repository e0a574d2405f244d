//! Takes held money after delivery.

pub mod handler;

pub use handler::handle;
