//! The order, and everything that may be decided about it.
//!
//! Pure: no I/O, no async, no clock, no randomness. Time and jitter are arguments ([`Moment`]), ids come in with the
//! events. Read in this order: [`order`], [`event`], [`effect`], [`decide`](decide()), [`owed`], [`policy`], [`wording`].

pub mod alert;
pub mod audit;
pub mod because;
pub mod bookmark;
pub mod brake;
pub mod breaker;
pub mod budget;
pub mod case;
pub mod catalogue;
pub mod control;
mod deadline;
pub mod decide;
pub mod effect;
pub mod event;
pub mod failure;
pub mod finance;
pub mod first;
pub mod heartbeat;
pub mod history;
pub mod id;
pub mod money;
pub mod notice;
pub mod operation;
pub mod order;
pub mod owed;
pub mod pass;
pub mod payment;
pub mod policy;
pub mod receipt;
pub mod rehearsal;
pub mod sought;
pub mod time;
pub mod turns;
pub mod unsent;
pub mod wording;
pub mod work;

pub use decide::{Decision, Next, begin, decide, decide_and_begin};
pub use time::{Moment, Timestamp};
