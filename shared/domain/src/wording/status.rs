//! What the customer reads. The truth about the money comes first, and no more is said than the record proves.

mod id;
mod lists;
mod look;
mod paid;
mod returned;
mod shop;
mod unpaid;

use crate::because::Back;
use crate::case::{CaseRef, Class};
use crate::decide::writes_by;
use crate::order::{ClosedWhy, Order, State};
use crate::payment::Payment;
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Subject;

pub use id::Id;
pub use lists::{done_or_not, state_in_words};
pub use look::{CHECK_AGAIN, LOOKS_NO_MORE, Look};
pub(crate) use paid::SLOW;
pub(super) use returned::{ASKS_CUSTOMER, refunding};
pub use shop::{ready_to_order, redirecting, unknown_link};
pub use unpaid::cancelled;

/// The status page, the mail and the Customer Service screen say this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub id: Id,
    pub headline: String,
    pub body: Vec<String>,
    /// The one next step, where there is one.
    pub next: Option<Next>,
    /// Nothing will change by itself any more.
    pub is_final: bool,
}

/// What the customer may do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub say: String,
    pub to: Place,
}

/// Where a next step leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The order's own payment page at Stripe.
    Payment,
    /// A new form for the product.
    Form(String),
    /// An address outside.
    Link(String),
}

impl Status {
    fn leads(mut self, say: impl Into<String>, to: Place) -> Self {
        self.next = Some(Next { say: say.into(), to });
        self
    }
}

/// What the customer calls what was bought: a team, or an account.
pub(super) fn what(order: &Order) -> &'static str {
    what_of(&order.product.steps)
}

fn what_of(steps: &[Step]) -> &'static str {
    if steps.contains(&Step::Team) { "team" } else { "account" }
}

/// The status of an order at this moment.
pub fn status(order: &Order, now: Timestamp) -> Status {
    match &order.state {
        State::AwaitingPayment => unpaid::awaiting(order),
        State::PaymentPending { since } => unpaid::processing(order, *since),
        State::Delivering { since } | State::Capturing { since } => paid::being_set_up(order, *since, now),
        State::Delivered { at } => paid::ready(order, *at),
        State::WithPerson { .. } => with_person(order, now),
        State::Undoing { .. } | State::Returning { .. } if return_stuck(order) => with_person(order, now),
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => returned::returned(order),
        State::Closed { why, .. } => closed(order, *why),
    }
}

/// The same in one line: what Customer Service sees, and says.
pub fn customer_reads(order: &Order, now: Timestamp) -> String {
    let status = status(order, now);
    format!("{}. {}", status.headline, status.body.join(" "))
}

fn say(id: Id, headline: &str, body: &[String], is_final: bool) -> Status {
    Status {
        id,
        headline: headline.to_owned(),
        body: body.to_vec(),
        next: None,
        is_final,
    }
}

/// What came from the customer.
fn received(order: &Order) -> &'static str {
    match order.money_back() {
        Back::Nothing => "Order received",
        Back::Released(_) => "Payment reserved",
        Back::Full(_) | Back::Rest(_) => "Payment received",
    }
}

/// The truth about the money while the order is not done.
fn safe(order: &Order) -> String {
    match order.money_back() {
        Back::Full(money) | Back::Rest(money) if order.own_payment().is_some_and(Payment::disputed) => {
            format!("Your bank is deciding about your payment of {money}.")
        }
        Back::Nothing => "Your order is safe.".to_owned(),
        Back::Released(money) => format!("{money} is reserved for us and not yet taken."),
        Back::Full(money) | Back::Rest(money) => format!("Your payment of {money} is safe."),
    }
}

/// When the customer hears of it: never promised but where the order owes the mail.
pub(super) fn will_write(order: &Order, now: Timestamp) -> String {
    let email = order.buyer.masked_email();
    match writes_by(order, now) {
        Some(by) => format!("We will write to {email} as soon as it is settled, and by {by} in any case."),
        None => format!("We will write to {email} as soon as it is settled."),
    }
}

/// The return of the order's own money does not go through, and a person knows.
fn return_stuck(order: &Order) -> bool {
    let own = order.own_payment().map(|own| &own.id);
    let about_another = |case: &CaseRef| matches!(&case.subject, Some(Subject::Return(id)) if Some(id) != own);
    let mut open = order.cases.iter().filter(|case| case.resolved.is_none());
    open.any(|case| case.class == Class::ReturnStuck && !about_another(case))
}

fn with_person(order: &Order, now: Timestamp) -> Status {
    let own = order.own_payment();
    if order.undo.is_some() && own.is_some_and(|own| own.return_outstanding().is_none() || own.disputed()) {
        return returned::returned(order);
    }
    let (id, headline, first) = match (&order.undo, order.money_back()) {
        (Some(_), Back::Full(money) | Back::Rest(money)) => (
            Id::RefundDelayed,
            "Your refund is not complete yet".to_owned(),
            format!("We owe you {money}. You do not need to claim it: one of our people is seeing to it now."),
        ),
        (Some(_), Back::Released(money)) => (
            Id::ReleaseDelayed,
            "You will not be charged".to_owned(),
            format!("{money} is reserved and not released yet: one of our people is seeing to it now."),
        ),
        (Some(_), Back::Nothing) => (
            Id::UndoDelayed,
            format!("Your {} could not be set up", what(order)),
            "You have not been charged. One of our people is seeing to the rest.".to_owned(),
        ),
        (None, _) => (
            Id::PersonLooking,
            format!("{}: one of our people is looking at this", received(order)),
            format!("{} You do not need to do anything.", safe(order)),
        ),
    };
    say(id, &headline, &[first, will_write(order, now)], false)
}

fn closed(order: &Order, why: ClosedWhy) -> Status {
    let nothing_came = order.payments.iter().all(|payment| payment.stake().is_none());
    match why {
        ClosedWhy::Unpaid if nothing_came => unpaid::not_charged(order),
        ClosedWhy::NotConfirmed if nothing_came => unpaid::failed(order),
        ClosedWhy::Unpaid | ClosedWhy::NotConfirmed => returned::returned(order),
        ClosedWhy::SettledByPerson => {
            let body = format!(
                "If anything is still open, write to us and name the reference {}.",
                order.reference()
            );
            say(
                Id::Settled,
                "One of our people has settled this with you",
                &[body],
                true,
            )
        }
    }
}
