//! An order in a line, for Finance and Customer Service.

use crate::order::{ClosedWhy, Order, State};
use crate::payment::Payment;

/// The state in a word or two, for lists that Finance and Customer Service read.
pub fn state_in_words(order: &Order) -> &'static str {
    match &order.state {
        State::AwaitingPayment => "waiting for payment",
        State::PaymentPending { .. } => "payment being confirmed",
        State::Delivering { .. } if order.money_in_hand().1 => "held, being set up",
        State::Delivering { .. } => "paid, being set up",
        State::Capturing { .. } => "set up, money being taken",
        State::Delivered { .. } => "delivered",
        State::Undoing { .. } => "being undone",
        State::Returning { .. } if nothing_charged(order) => "hold being released",
        State::Returning { .. } => "refund on its way",
        State::Undone { .. } if nothing_charged(order) => "undone, nothing charged",
        State::Undone { .. } => "undone, money back",
        State::WithPerson { .. } => "with a person",
        State::Closed {
            why: ClosedWhy::Unpaid | ClosedWhy::NotConfirmed,
            ..
        } => "closed, not paid",
        State::Closed {
            why: ClosedWhy::SettledByPerson,
            ..
        } => "settled by a person",
    }
}

fn nothing_charged(order: &Order) -> bool {
    order.payments.iter().all(|payment| payment.captured.is_none())
}

/// Charged, each step, returned: done or not, in this order.
pub fn done_or_not(order: &Order) -> Vec<(String, bool)> {
    let own = order.own_payment();
    let mut list = Vec::new();
    if own.is_some_and(|own| own.hold.is_some()) {
        list.push(("Held".to_owned(), own.is_some_and(|own| own.held().is_some())));
    }
    list.push(("Charged".to_owned(), own.is_some_and(|own| own.captured.is_some())));
    for step in &order.product.steps {
        let noun = step.noun();
        let mut name: String = noun.chars().take(1).flat_map(char::to_uppercase).collect();
        name.push_str(noun.get(1..).unwrap_or_default());
        list.push((name, order.winner(*step).is_some()));
    }
    list.push(("Money returned".to_owned(), own.is_some_and(Payment::gone)));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::tests::story::Story;
    use crate::payment::Standing;

    #[test]
    fn only_what_was_charged_comes_back() {
        let mut released = Story::held();
        released.stands(Standing::Canceled { lapsed: false });
        for (story, words) in [
            (Story::undone(), "undone, money back"),
            (released, "undone, nothing charged"),
        ] {
            assert_eq!(state_in_words(&story.order), words, "{}", story.state());
        }
    }
}
