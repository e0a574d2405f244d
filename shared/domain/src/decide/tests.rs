//! Rules that the protocol stands on, and the table of transitions.

mod announcements;
mod contests;
mod outages;
mod people;
mod refunds;
mod returns;
mod rules;
pub(crate) mod story;
mod tending;
mod told;
mod transitions;
mod words;
