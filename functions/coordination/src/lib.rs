//! Dead letters: a healthy order is armed again, and what keeps failing becomes a case.

pub mod handler;

pub use handler::handle;
