//! What an event never told, and no list: whether it all adds up.

mod access;
mod money;

pub use access::{AccessAudited, audit_access};
pub use money::{MoneyAudited, audit_money};
