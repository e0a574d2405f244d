//! Alerts about a step that fails for many orders, and when it is over.

use crate::receipt::Step;
use crate::time::Timestamp;

use super::message::nothing_to_do;

/// No order's own: what an order's page would say of it does not matter.
pub(super) fn outage(step: Step, since: Timestamp) -> (String, Vec<String>) {
    let noun = step.noun();
    let lines = vec![
        format!("Customers have paid and wait: the {noun} could not be set up for several orders in a row, since {since}."),
        "Nobody is refunded for it. One order at a time tries again, at most every five minutes; the others wait without knocking and go on by themselves when it works.".to_owned(),
        "Look whether the other system is down, and whether our access to it still works. What is older than the policy allows becomes a case by itself.".to_owned(),
        "You are told when it is over. Nobody else is told.".to_owned(),
    ];
    (format!("Setting up the {noun} fails for many orders"), lines)
}

pub(super) fn outage_over(step: Step, since: Timestamp, over: Timestamp) -> (String, Vec<String>) {
    let noun = step.noun();
    let lines = vec![
        format!("The {noun} could not be set up from {since} to {over}; it works again."),
        "Whoever waited goes on by itself, within half an hour.".to_owned(),
        nothing_to_do(),
    ];
    (format!("Over: setting up the {noun} works again"), lines)
}
