//! Where a case asks why somebody returned money by hand.

use desk::decision::{needed, says_why};
use desk::view::noted_at_stripe;
use domain::because::Code;
use domain::case::{CaseRef, Choice};
use domain::order::Order;
use domain::wording;

use crate::access::Visitor;

/// A code, its words, and whether it is chosen.
pub(crate) type Choosable = (&'static str, &'static str, bool);

/// The form for its because.
pub(crate) struct Asks {
    /// What was chosen or written at Stripe.
    pub(crate) noted: Vec<String>,
    pub(crate) codes: Vec<Choosable>,
    /// Names this decision: the same page sent twice is one.
    pub(crate) decision: String,
    /// Why whoever looks cannot say it; empty: they can.
    pub(crate) refused: String,
}

impl Asks {
    /// None: the case does not ask.
    pub(crate) fn of(order: &Order, case: &CaseRef, visitor: &Visitor) -> Option<Self> {
        let choice = Choice::Ignore;
        let role = needed(order, Some(case), choice);
        says_why(order, case, choice).then(|| Self {
            noted: noted_at_stripe(order, case),
            codes: codes(&Code::BY_HAND, ""),
            decision: visitor.page.clone(),
            refused: visitor.actor.role.may(role).err().unwrap_or_default(),
        })
    }
}

pub(crate) fn codes(codes: &[Code], chosen: &str) -> Vec<Choosable> {
    let of = |code: &Code| (code.name(), wording::code(*code), code.name() == chosen);
    codes.iter().map(of).collect()
}
