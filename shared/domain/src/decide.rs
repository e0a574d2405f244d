//! One event, one answer.

use crate::case::Case;
use crate::event::Event;
use crate::order::Order;
use crate::time::Moment;

/// What an event makes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Something was learned: to be recorded in one conditional write.
    Advance(Box<Next>),
    /// Nothing new, and that is fine.
    Stay(&'static str),
    /// This must not happen: nothing is recorded.
    Refuse(&'static str),
}

/// The order as it shall be written, and the cases that change with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub order: Order,
    pub cases: Vec<Case>,
}

pub fn decide(_order: &Order, _event: &Event, _moment: Moment) -> Decision {
    Decision::Stay("")
}
