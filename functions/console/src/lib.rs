//! Where people read orders and cases, and decide. It records decisions and changes nothing outside by itself.

mod access;
mod again;
mod alerts;
mod because;
mod brakes;
mod cases;
mod classes;
mod expect;
mod finance;
mod find;
pub mod handler;
mod pages;
mod preview;
mod told;
mod watch;

pub use access::Access;
pub use brakes::Brakes;
pub use expect::Expect;
pub use handler::{Console, handle};
