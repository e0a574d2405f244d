//! Tells customer, Finance, Customer Service and operations.

pub mod handler;

pub use handler::handle;
