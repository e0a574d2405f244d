//! The whole system on one machine: everything outside the functions, in movable time.

pub mod alerts;
pub mod clock;
pub mod identity;
pub mod mail;
pub mod panel;
pub mod stack;
pub mod stripe;
