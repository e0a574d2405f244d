//! While everything is set up, and once it is.

use std::time::Duration;

use crate::because::Back;
use crate::decide::ahead;
use crate::order::Order;
use crate::time::Timestamp;

use super::{Id, Place, Status, received, safe, say, what};

/// Set-up that takes longer than this is said to.
pub(crate) const SLOW: Duration = Duration::from_secs(120);

pub(super) fn being_set_up(order: &Order, since: Timestamp, now: Timestamp) -> Status {
    let (what, email) = (what(order), order.buyer.masked_email());
    if now.since(since) < SLOW {
        let headline = format!("{}: we are setting up your {what}", received(order));
        let body = format!("Usually under a minute. You can close this page; we will write to {email}.");
        return say(Id::PaidSettingUp, &headline, &[body], false);
    }
    let body = [
        format!("{} {}", safe(order), keep_trying(order, now)),
        format!("You do not need to do anything. We will write to {email}."),
    ];
    let headline = format!("{}: set-up is taking longer", received(order));
    say(Id::PaidSlow, &headline, &body, false)
}

/// Until when, and what comes then: as the order's own policy says of what failed last.
fn keep_trying(order: &Order, now: Timestamp) -> String {
    let Some(ahead) = ahead(order) else {
        return "We keep trying.".to_owned();
    };
    let then = match (ahead.undone, order.money_back()) {
        (false, _) => "one of our people takes over".to_owned(),
        (true, Back::Nothing) => "the order is closed and costs you nothing".to_owned(),
        (true, Back::Released(money)) => format!("the {money} is released and you are not charged"),
        (true, Back::Full(money)) => format!("we refund you the full {money} automatically"),
        (true, Back::Rest(money)) => format!("we refund you the remaining {money} automatically"),
    };
    if now < ahead.until {
        format!(
            "We keep trying until {}; if it is not done by then, {then}.",
            ahead.until
        )
    } else {
        format!("We try once more; if that does not succeed, {then}.")
    }
}

pub(super) fn ready(order: &Order, at: Timestamp) -> Status {
    let price = order.product.price;
    let paid = if price.minor == 0 {
        "There was nothing to pay.".to_owned()
    } else {
        format!("Paid {price}.")
    };
    let body = [
        format!("{paid} Everything was set up on {at}."),
        format!(
            "Look for a message to {}: it says how to begin.",
            order.buyer.masked_email()
        ),
        format!("This page is your receipt; its reference is {}.", order.reference()),
    ];
    let status = say(Id::ReadyToUse, &format!("Your {} is ready", what(order)), &body, true);
    match order.product.link.as_str() {
        "" => status,
        link => status.leads(format!("Go to your {}", what(order)), Place::Link(link.to_owned())),
    }
}
