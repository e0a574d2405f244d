//! What an audit found, in words.

use crate::audit::{Difference, Odd};
use crate::money::Money;
use crate::order::Order;
use crate::work::Subject;

/// Starts with the money or the customer, and names payment or object.
pub(super) fn consequence(order: &Order, about: Option<&Subject>) -> String {
    let reference = order.reference();
    let Some(Subject::Audit(found)) = about else {
        return format!("What the customer of {reference} paid for does not add up.");
    };
    match found {
        Difference::Money { payment, odd, minor } => {
            let amount = Money::new(minor.abs(), order.product.price.currency);
            let more = if *minor < 0 { "less" } else { "more" };
            let what = match odd {
                Odd::Unknown => format!("was paid for {reference}, and the order knows nothing of it"),
                Odd::Captured => format!("{more} was taken for {reference} than the order knows"),
                Odd::Refunded => format!("{more} was refunded for {reference} than the order knows"),
                Odd::Contested => format!("{more} is with the customer's bank for {reference} than the order knows"),
                Odd::Overdue => format!("of {reference} is on its way for longer than it may be"),
                Odd::Kept => format!("of {reference} is with us, and nothing is delivered for it"),
            };
            format!("{amount} {what} ({payment}).")
        }
        Difference::Missing { step, object } => format!(
            "The customer of {reference} has paid, and the {} {object} that was set up is not there any more.",
            step.noun()
        ),
        Difference::Left { step, object } => format!(
            "The customer of {reference} does not pay, and the {} {object} still stands.",
            step.noun()
        ),
    }
}

/// What the repair will do.
pub(super) fn mend(found: &Difference) -> Vec<String> {
    match found {
        Difference::Money { .. } => vec![
            "Within the hour the order is told all that Stripe says about this payment.".to_owned(),
            "What follows from it is done as if Stripe's messages had come: what is too much goes back, what is missing is asked for.".to_owned(),
            "Should it still not add up, the case comes again.".to_owned(),
        ],
        Difference::Missing { step, .. } => vec![
            format!("Set up the {} again, and whatever hung on it.", step.noun()),
            "Tell the customer when it is ready.".to_owned(),
        ],
        Difference::Left { step, .. } => vec![format!("Take back the {}.", step.noun())],
    }
}

/// Access with our mark for an order that is not here.
pub fn access_without_order(order: &str, noun: &str, object: &str) -> String {
    format!(
        "Nobody pays for the {noun} {object}: it was made for the order {order}, which does not exist here. Take it back there by hand, or find out who has paid."
    )
}
