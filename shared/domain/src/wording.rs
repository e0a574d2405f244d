//! Every word that a person reads about an order stands here: page, mail, alert, case and history say the same.

use crate::failure::Reason;

/// Ends the sentence "... because ...".
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreachable => "the other system could not be reached",
        Reason::Unavailable => "the other system was out of order",
        Reason::TooMany => "the other system asked us to slow down",
        Reason::Refused => "the other system refused it",
        Reason::NotAllowed => "the other system did not accept our access",
        Reason::Taken => "the name or e-mail address is already in use there",
        Reason::Missing => "something that it needs is missing there",
        Reason::NoAnswer => "no answer came",
        Reason::ServerError => "the other system failed while it worked on it",
        Reason::Garbled => "the other system answered in a way that we do not understand",
        Reason::Interrupted => "our own work was interrupted",
    }
}

/// What a case means, in one sentence that starts with the money or the customer.
pub fn consequence(order: &crate::order::Order, class: crate::case::Class) -> String {
    format!("{} of {}: {class:?}", order.product.price, order.reference())
}

/// What a person is advised to choose.
pub fn suggestion(_order: &crate::order::Order, _class: crate::case::Class) -> Option<crate::case::Choice> {
    None
}
