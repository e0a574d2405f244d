//! The one imperative routine: parse, decide, record, nudge, perform one effect, and its outcome is a new event.

pub mod advance;
pub mod alerts;
pub mod audit;
pub mod brake;
pub mod breaker;
pub mod budget;
pub mod cases;
pub mod catch_up;
pub mod checkout;
pub mod control;
pub mod failures;
pub mod finance;
pub mod first;
pub mod hands;
pub mod heartbeat;
pub mod learn;
mod nudge;
pub mod operation;
pub mod perform;
pub mod ports;
pub mod rearm;
pub mod sweep;
pub mod unsent;
