//! Rules that the protocol stands on, and the table of transitions.

mod returns;
mod rules;
pub(crate) mod story;
mod transitions;
