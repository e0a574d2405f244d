//! Rules that the protocol stands on, and the table of transitions.

mod rules;
mod story;
mod transitions;
