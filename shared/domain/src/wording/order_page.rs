//! What the order's page says besides: who acted, what is being tried, and a reply to copy.

use crate::notice::Announcement;
use crate::order::Order;
use crate::time::Timestamp;
use crate::work::{Subject, Tries};

use super::history::whom;
use super::message::greeting;
use super::status::status;

/// Starts a line about attempts.
pub fn tried(order: &Order, of: &Subject) -> String {
    match of {
        Subject::Step(step) => format!("Setting up the {}", step.noun()),
        Subject::Revoke(step) => format!("Taking back the {}", step.noun()),
        Subject::Undo => "Beginning the undo".to_owned(),
        Subject::Return(payment) => format!("Giving back {payment}"),
        Subject::Capture(payment) => format!("Taking the held {payment}"),
        Subject::Payment(payment) => format!("Asking Stripe about {payment}"),
        Subject::Annotate(refund) => format!("Writing down at Stripe why {refund} was made"),
        Subject::Session => "Asking Stripe about the payment page".to_owned(),
        Subject::Notice(id) => {
            let notice = order.notices.iter().find(|notice| notice.id == *id);
            format!("Telling {}", notice.map_or("somebody", |notice| whom(notice.to)))
        }
        Subject::Audit(_) => "Holding the order against what others say".to_owned(),
    }
}

/// What other systems are told by it.
pub fn announced(said: Announcement) -> &'static str {
    match said {
        Announcement::Delivered => "everything is set up",
        Announcement::Undone => "it was undone",
        Announcement::WithPerson => "a person decides about it",
    }
}

/// When it is tried again, and what it waits for.
pub fn next_try(tries: &Tries, now: Timestamp) -> String {
    match &tries.held_by {
        Some(_) => "not before a person decides".to_owned(),
        None if tries.not_before <= now => "now".to_owned(),
        None if tries.outage => format!("not before {}: it fails for many orders", tries.not_before),
        None => format!("not before {}", tries.not_before),
    }
}

/// What Customer Service can send as it is: the customer's own page, as a letter.
pub fn reply(order: &Order, now: Timestamp) -> String {
    let status = status(order, now);
    let body = status.body.join("\n\n");
    format!(
        "{}\n\n{}.\n\n{body}\n\nYour reference is {}.",
        greeting(order),
        status.headline,
        order.reference()
    )
}
