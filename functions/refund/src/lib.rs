//! The undo: takes back what this order made, and gives the money back.

pub mod handler;

pub use handler::handle;
