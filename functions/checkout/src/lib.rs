//! The shop, the order's first record and its Session at Stripe, and the status page.

mod form;
pub mod handler;
mod order_page;
mod pages;
pub mod shop;

pub use handler::handle;
pub use shop::Shop;
