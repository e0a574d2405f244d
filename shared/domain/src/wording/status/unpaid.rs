//! While no money is here, and where none came.

use crate::order::{Order, State};
use crate::time::Timestamp;

use super::{Id, Place, Status, say, what};

/// Of all means of payment that Stripe knows, SEPA Direct Debit takes longest: up to 14 business days, by
/// <https://docs.stripe.com/payments/sepa-debit>.
const BANK_TAKES: &str = "Some banks take a few minutes, some up to 14 working days";

pub(super) fn awaiting(order: &Order) -> Status {
    let body = [
        format!(
            "We are waiting for {}. As long as this page says so, we know of no charge.",
            order.product.price
        ),
        "If you have just paid, do not pay again: this page changes as soon as the payment is confirmed.".to_owned(),
    ];
    let status = say(Id::AwaitingPayment, "Your payment is not confirmed yet", &body, false);
    to_payment(order, status, "Continue to payment")
}

/// The buyer has left the payment page, and Stripe has just said that nobody has paid there. None: the order has gone on.
pub fn cancelled(order: &Order) -> Option<Status> {
    matches!(order.state, State::AwaitingPayment).then(|| {
        let body = format!(
            "You left the payment page before paying the {}. Nothing is set up.",
            order.product.price
        );
        let status = say(Id::Cancelled, "You have not been charged", &[body], false);
        to_payment(order, status, "Try again")
    })
}

fn to_payment(order: &Order, status: Status, words: &str) -> Status {
    match order.checkout.session {
        Some(_) => status.leads(words, Place::Payment),
        None => status,
    }
}

pub(super) fn processing(order: &Order, since: Timestamp) -> Status {
    let body = [
        format!(
            "You do not need to pay again. As soon as your bank confirms the {}, we set up your {} and write to {}.",
            order.product.price,
            what(order),
            order.buyer.masked_email()
        ),
        format!("{BANK_TAKES}. Yours was asked on {since}. You can close this page."),
    ];
    say(Id::Processing, "Your bank has not confirmed yet", &body, false)
}

pub(super) fn not_charged(order: &Order) -> Status {
    let body = "The payment page was closed without a payment, so nothing is set up.".to_owned();
    let status = say(Id::NotCharged, "You have not been charged", &[body], true);
    status.leads("Order again", form(order))
}

pub(super) fn failed(order: &Order) -> Status {
    let body = format!(
        "You have not been charged. Your bank did not confirm the {}, so nothing is set up.",
        order.product.price
    );
    let status = say(Id::Failed, "The payment did not go through", &[body], true);
    status.leads("Try another way to pay", form(order))
}

fn form(order: &Order) -> Place {
    Place::Form(order.product.id.clone())
}
