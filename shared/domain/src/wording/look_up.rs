//! What somebody reads who looks for an order.

use super::digest::many;
use crate::order::Order;
use crate::sought::{Email, Sought};
use crate::time::Timestamp;

/// Said where the text is nothing that an order could be found by.
pub const UNDERSTOOD: &str = "Write one of these, whole: the reference (MG-3F9A-21C4), the buyer's e-mail address, an id of ours (ord_... or case_...), or one of Stripe's: the payment (pi_...), the refund (re_...) or its charge (ch_...), the checkout session (cs_...) or the dispute (dp_...).";

/// Headline over what was tried in vain.
pub const NOTHING_FOUND: &str = "Nothing was found";

/// How far was looked, order by order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    pub orders: usize,
    /// When the oldest of them was placed; none: there were none.
    pub back_to: Option<Timestamp>,
    /// So many stand among them and cannot be read, as where a newer version wrote them.
    pub unread: usize,
}

/// What was tried in vain, and what may help.
pub fn not_found(sought: &Sought, walked: Option<Walked>) -> String {
    let (first, help) = match sought {
        Sought::Order(_) => ("There is no order with this id.", "Look whether it is complete."),
        Sought::Case(_) => ("There is no case with this id.", "Look whether it is complete."),
        Sought::Session(_) => ("No order with this checkout session was found.", AT_STRIPE),
        Sought::Payment(_) => ("No order with this payment was found.", AT_STRIPE),
        Sought::Refund(_) => ("No order with this refund was found.", AT_STRIPE),
        Sought::Dispute(_) => ("No order with this dispute was found.", AT_STRIPE),
        Sought::Buyer(_) => (
            "No order with this e-mail address was found.",
            "Ask for the reference in our mails: it may be another address.",
        ),
        Sought::Reference(_) => (
            "No order with this reference was found.",
            "Ask for the e-mail address that the order was placed with: by that it is found however old it is.",
        ),
        Sought::Charge(_) => (
            "No refund of this charge was found: an order keeps Stripe's id of a charge from its first refund on.",
            AT_STRIPE,
        ),
        Sought::Event => ("Orders do not keep Stripe's ids of events.", AT_STRIPE),
    };
    let unread = match walked.map_or(0, |walked| walked.unread) {
        0 => String::new(),
        unread => format!(" {unread} more cannot be read just now: it may be among them."),
    };
    match walked {
        None => format!("{first} {help}"),
        Some(Walked {
            orders,
            back_to: Some(oldest),
            ..
        }) => {
            let orders = many(orders, "order");
            format!("{first} We looked through {orders}, back to {oldest}.{unread} {help}")
        }
        Some(Walked { back_to: None, .. }) => {
            format!("{first} We looked through the last months, and there are no orders.{unread} {help}")
        }
    }
}

const AT_STRIPE: &str = "Open its payment in Stripe: the metadata there name the order (ord_...), and by that it is found here, however old it is.";

/// Said over a list of Finance's that is not all there is. `unread`: of so many orders the lines cannot be read; `more`: there
/// are more than are listed, or more than could be read in time. None: it is all there is.
pub fn not_all(unread: usize, more: bool) -> Option<String> {
    let why = match (unread, more) {
        (0, false) => return None,
        (0, true) => "there are more than could be listed in time. Try again in a moment; if that does not help, tell operations: the command makegood takes its time.".to_owned(),
        (unread, _) => {
            let orders = many(unread, "order");
            format!(
                "{orders} cannot be read just now. Try again in a moment; if that does not help, tell operations."
            )
        }
    };
    Some(format!("This is not all: {why}"))
}

/// Headline over several orders: of one buyer, or of one reference, which is the beginning of an id and not always one
/// order's alone. `more`: there are older ones.
pub fn found_several(orders: &[Order], more: bool) -> String {
    let mut buyers = orders.iter().map(|order| Email::of(&order.buyer.email));
    let first = buyers.next();
    if buyers.all(|buyer| Some(&buyer) == first.as_ref()) {
        of_buyer(orders.len(), more)
    } else {
        format!(
            "{} orders bear this reference, and not all are of one buyer",
            orders.len()
        )
    }
}

fn of_buyer(orders: usize, more: bool) -> String {
    if more {
        format!("The newest {orders} orders of this buyer")
    } else {
        format!("{} of this buyer", many(orders, "order"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_looked_for_in_vain() {
        let walked = |orders, oldest: Option<i64>| {
            Some(Walked {
                orders,
                back_to: oldest.map(Timestamp),
                unread: 0,
            })
        };
        let long = walked(1_000, Some(1_795_460_700_000));
        let rows = [
            ("ord_1", None),
            ("case_1", None),
            ("cs_1", walked(1, Some(1_795_460_700_000))),
            ("pi_1", long),
            ("re_1", long),
            ("dp_1", long),
            ("MG-3F9A-21C4", long),
            ("jo@example.com", walked(0, None)),
            ("ch_1", None),
            ("evt_1", None),
        ];
        let said = |(text, walked): (&str, Option<Walked>)| {
            let sought = Sought::parse(text).expect("an id");
            format!("{text}: {}\n", not_found(&sought, walked))
        };
        let mut text: String = rows.map(said).concat();
        let some = long.map(|walked| Walked { unread: 2, ..walked });
        text.push_str(&said(("pi_2", some)));
        text.push_str(&format!(
            "lists: {:?} / {:?}\nother text: {UNDERSTOOD}\nheadlines: {} / {}\n",
            not_all(2, true),
            not_all(0, true),
            of_buyer(2, false),
            of_buyer(20, true)
        ));
        expect_test::expect_file!["../../golden/look_up.txt"].assert_eq(&text);
    }
}
