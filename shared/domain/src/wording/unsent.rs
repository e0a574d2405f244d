//! The weekly mail about what was left unsent. It names orders, and no person.

use super::digest::{days, many};
use super::history::whom;
use super::message::{Links, Message};
use crate::unsent::Unsent;

/// More are counted and not named.
const NAMED_MAX: usize = 50;

/// What Customer Service reads each Monday, also when nothing was left unsent.
pub fn unsent(unsent: &Unsent, links: &Links) -> Message {
    let on = days(unsent.period);
    let messages = many(unsent.messages(), "message");
    let orders = u32::try_from(unsent.orders.len()).unwrap_or(u32::MAX);
    let mut lines = vec![format!(
        "Messages that could not be sent from {on}, by UTC, and were left as the policy allows: {messages}, about {}.",
        many(orders, "order")
    )];
    lines.extend(unsent.counts.iter().map(|((to, why), count)| {
        let why = why.map(|why| format!(" ({})", super::reason(why))).unwrap_or_default();
        format!("To {}{why}: {}.", whom(*to), many(*count, "message"))
    }));
    if orders > 0 {
        let named: Vec<&str> = unsent.orders.iter().map(String::as_str).take(NAMED_MAX).collect();
        let more = unsent.orders.len() - named.len();
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        lines.push(format!("The orders: {}{more}.", named.join(", ")));
        lines.push(format!(
            "No money waits for it, and the customer's page says what the mail would have said. Whoever should know and does not look there: call them. Each order: {}/console",
            links.console
        ));
    }
    if !unsent.whole {
        lines.push("Not all orders could be read, so these numbers may be too low. Tell operations.".to_owned());
    }
    lines.push(
        "This comes every Monday, also when there is nothing to say. If it does not come, tell operations.".to_owned(),
    );
    Message {
        subject: format!("This week: {messages} left unsent"),
        lines,
    }
}
