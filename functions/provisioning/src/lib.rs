//! Makes account, team and membership come true.

pub mod handler;

pub use handler::handle;
