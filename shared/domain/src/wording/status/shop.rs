//! Before there is an order, and where none is found.

use crate::catalogue::{Product, Settlement};

use super::{Id, Status, say, what_of};

/// What is for sale, and what will happen.
pub fn ready_to_order(product: &Product) -> Status {
    let (price, what) = (product.price, what_of(&product.steps));
    let pay = match product.settlement {
        Settlement::ChargeFirst | Settlement::AuthoriseFirst if price.minor == 0 => {
            "There is nothing to pay.".to_owned()
        }
        Settlement::ChargeFirst => format!(
            "You will pay {price} on Stripe's secure page. If we cannot set up your {what}, the full amount goes back to you."
        ),
        Settlement::AuthoriseFirst => format!(
            "On Stripe's secure page {price} is reserved. If we cannot set up your {what}, you are not charged."
        ),
    };
    let twice = "Clicking twice does not pay twice.";
    let body = [product.summary.clone(), format!("{pay} {twice}")];
    say(Id::Ready, &format!("{}: {}", product.name, product.price), &body, false)
}

/// From the click until the payment page is there.
pub fn redirecting() -> Status {
    let body = "Do not pay twice. If nothing happens, press the button again: it stays the same order.".to_owned();
    say(Id::Redirecting, "Taking you to payment", &[body], false)
}

/// An address that names no order of ours.
pub fn unknown_link() -> Status {
    let body = "Look in your e-mail for a message from us: it has the right address. Or write to us with the reference on your receipt.";
    say(Id::UnknownLink, "We cannot find that order", &[body.to_owned()], true)
}
