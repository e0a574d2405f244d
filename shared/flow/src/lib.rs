//! The one imperative routine: parse, decide, record, nudge, perform one effect, and its outcome is a new event.

pub mod advance;
pub mod checkout;
pub mod ports;
