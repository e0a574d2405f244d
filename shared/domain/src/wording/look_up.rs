//! What somebody reads who looks for an order.

use super::digest::many;
use crate::failure::Reason;
use crate::id::OrderId;
use crate::order::Order;
use crate::sought::{Email, Sought};
use crate::time::Timestamp;

/// Said where the text is nothing that an order could be found by.
pub const UNDERSTOOD: &str = "Write one of these, whole: the reference (MG-3F9A-21C4), the buyer's e-mail address, an id of ours (ord_... or case_...), or one of Stripe's: the payment (pi_...), the charge (ch_...), the refund (re_...), the checkout session (cs_...), the dispute (dp_...) or the event (evt_...).";

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

/// What Stripe says of an id of its own that no order here was found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtStripe {
    /// It has no such ids, or we have no key for asking.
    NotAsked,
    /// It gave no answer that is of use.
    Failed(Reason),
    /// It has no such thing, or another business's.
    NotOurs,
    /// It names an order that does not stand here.
    Names(OrderId),
}

/// What was tried in vain, and what may help.
pub fn not_found(sought: &Sought, walked: Option<Walked>, at_stripe: &AtStripe) -> String {
    let what = match sought {
        Sought::Order(_) => "There is no order with this id.",
        Sought::Case(_) => "There is no case with this id.",
        Sought::Session(_) => "No order with this checkout session was found.",
        Sought::Payment(_) => "No order with this payment was found.",
        Sought::Charge(_) => "No order with this charge was found.",
        Sought::Refund(_) => "No order with this refund was found.",
        Sought::Dispute(_) => "No order with this dispute was found.",
        Sought::Event(_) => "No order with this event was found.",
        Sought::Buyer(_) => "No order with this e-mail address was found.",
        Sought::Reference(_) => "No order with this reference was found.",
    };
    let looked = walked.map(looked).unwrap_or_default();
    format!("{what}{looked} {}", help(sought, at_stripe))
}

fn looked(walked: Walked) -> String {
    let unread = match walked.unread {
        0 => String::new(),
        unread => format!(" {unread} more cannot be read just now: it may be among them."),
    };
    match walked.back_to {
        Some(oldest) => {
            let orders = many(walked.orders, "order");
            format!(" We looked through {orders}, back to {oldest}.{unread}")
        }
        None => format!(" We looked through the last months, and there are no orders.{unread}"),
    }
}

fn help(sought: &Sought, at_stripe: &AtStripe) -> String {
    match (at_stripe, sought) {
        (AtStripe::Failed(Reason::NotAllowed), _) => {
            format!("Stripe was asked whose it is, and refuses our key: tell operations. {OPEN_ITS_PAYMENT}")
        }
        (AtStripe::Failed(_), _) => {
            format!(
                "Stripe was asked whose it is, and gave no answer that helps: try again in a moment, and where that changes nothing tell operations. {OPEN_ITS_PAYMENT}"
            )
        }
        (AtStripe::NotOurs, Sought::Event(_)) => {
            format!(
                "Stripe was asked too, and knows no order of ours that it belongs to: look whether it is complete. Stripe keeps events for 30 days. {OPEN_ITS_PAYMENT}"
            )
        }
        (AtStripe::NotOurs, _) => {
            "Stripe was asked too, and knows no order of ours that it belongs to: look whether it is complete."
                .to_owned()
        }
        (AtStripe::Names(order), _) => {
            format!(
                "Stripe says that it belongs to {order}, and no such order is here: tell operations, since its money may wait."
            )
        }
        (AtStripe::NotAsked, Sought::Order(_) | Sought::Case(_)) => "Look whether it is complete.".to_owned(),
        (AtStripe::NotAsked, Sought::Buyer(_)) => {
            "Ask for the reference in our mails: it may be another address.".to_owned()
        }
        (AtStripe::NotAsked, Sought::Reference(_)) => {
            "Ask for the e-mail address that the order was placed with: by that it is found however old it is."
                .to_owned()
        }
        (AtStripe::NotAsked, Sought::Charge(_)) => {
            format!("Orders keep Stripe's id of a charge from its first refund on. {OPEN_ITS_PAYMENT}")
        }
        (AtStripe::NotAsked, Sought::Event(_)) => {
            format!("Orders do not keep Stripe's ids of events. {OPEN_ITS_PAYMENT}")
        }
        (AtStripe::NotAsked, Sought::Session(_) | Sought::Payment(_) | Sought::Refund(_) | Sought::Dispute(_)) => {
            OPEN_ITS_PAYMENT.to_owned()
        }
    }
}

const OPEN_ITS_PAYMENT: &str = "Open its payment in Stripe: the metadata there name the order (ord_...), and by that it is found here, however old it is.";

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
            format!("{text}: {}\n", not_found(&sought, walked, &AtStripe::NotAsked))
        };
        let mut text: String = rows.map(said).concat();
        let some = long.map(|walked| Walked { unread: 2, ..walked });
        text.push_str(&said(("pi_2", some)));
        for (id, asked, walked) in [
            ("evt_2", AtStripe::Failed(Reason::NoAnswer), None),
            ("dp_2", AtStripe::Failed(Reason::NotAllowed), long),
            ("dp_2", AtStripe::NotOurs, long),
            ("evt_2", AtStripe::NotOurs, None),
            ("evt_2", AtStripe::Names(OrderId::new("ord_1")), None),
        ] {
            let sought = Sought::parse(id).expect("an id");
            text.push_str(&format!("{id}, {asked:?}: {}\n", not_found(&sought, walked, &asked)));
        }
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
