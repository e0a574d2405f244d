//! Tells customer, Finance, Customer Service and operations; finds out each day whether alerts are heard.

pub mod handler;

pub use handler::handle;
