//! What the customer reads. The truth about the money comes first, and no more is said than the record proves.

use std::time::Duration;

use crate::because::Back;
use crate::money::Money;
use crate::order::{ClosedWhy, Order, State};
use crate::payment::{Payment, RefundStatus};
use crate::policy::Matter;
use crate::receipt::Step;
use crate::time::Timestamp;

/// The status page, the mail and the Customer Service screen say this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Names the row of the table; for programs and tests.
    pub id: &'static str,
    pub headline: String,
    pub body: Vec<String>,
    /// Nothing will change by itself any more.
    pub is_final: bool,
}

/// Set-up that takes longer than this is said to.
pub(crate) const SLOW: Duration = Duration::from_secs(120);

/// What the customer calls what was bought: a team, or an account.
pub(super) fn what(order: &Order) -> &'static str {
    if order.product.steps.contains(&Step::Team) {
        "team"
    } else {
        "account"
    }
}

/// The status of an order at this moment.
pub fn status(order: &Order, now: Timestamp) -> Status {
    match &order.state {
        State::AwaitingPayment | State::PaymentPending { .. } => unpaid(order),
        State::Delivering { since } => {
            let steps = order.product.steps.iter().copied().map(Matter::Step);
            being_set_up(order, *since, order.policy.tried_for(steps), now)
        }
        State::Capturing { since } => being_set_up(order, *since, order.policy.tried_for([Matter::Capture]), now),
        State::Delivered { at } => ready(order, *at),
        State::WithPerson { .. } => with_person(order),
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } => returned(order),
        State::Closed { why, .. } => closed(order, *why),
    }
}

fn say(id: &'static str, headline: &str, body: &[String], is_final: bool) -> Status {
    Status {
        id,
        headline: headline.to_owned(),
        body: body.to_vec(),
        is_final,
    }
}

fn unpaid(order: &Order) -> Status {
    let (what, money) = (what(order), order.product.price);
    if matches!(order.state, State::PaymentPending { .. }) {
        let body = format!(
            "You do not need to pay again. As soon as your bank confirms the {money}, we set up your {what} and write to {}.",
            order.buyer.masked_email()
        );
        return say("processing", "Your bank has not confirmed yet", &[body], false);
    }
    let body = [
        format!("We are waiting for {money}. As long as this page says so, we know of no charge."),
        "If you have just paid, do not pay again: this page changes by itself as soon as the payment is confirmed."
            .to_owned(),
    ];
    say("awaiting_payment", "Your payment is not confirmed yet", &body, false)
}

/// What came from the customer.
fn received(order: &Order) -> &'static str {
    match order.money_back() {
        Back::Nothing => "Order received",
        Back::Released(_) => "Payment reserved",
        Back::Full(_) | Back::Rest(_) => "Payment received",
    }
}

fn being_set_up(order: &Order, since: Timestamp, tried_for: Duration, now: Timestamp) -> Status {
    let (what, email) = (what(order), order.buyer.masked_email());
    if now.since(since) < SLOW {
        let headline = format!("{}: we are setting up your {what}", received(order));
        let body = format!("Usually under a minute. You can close this page; we will write to {email}.");
        return say("paid_setting_up", &headline, &[body], false);
    }
    let until = since.plus(tried_for);
    let body = [
        format!(
            "{} We keep trying; if it is not done by {until}, one of our people takes over.",
            safe(order)
        ),
        format!("You do not need to do anything. We will write to {email}."),
    ];
    let headline = format!("{}: set-up is taking longer", received(order));
    say("paid_slow", &headline, &body, false)
}

/// The truth about the money while the order is not done.
fn safe(order: &Order) -> String {
    match order.money_back() {
        Back::Full(money) | Back::Rest(money) if order.own_payment().is_some_and(Payment::disputed) => {
            format!("Your bank is deciding about your payment of {money}.")
        }
        Back::Nothing => "Your order is safe.".to_owned(),
        Back::Released(money) => format!("{money} is reserved for us and not yet taken."),
        Back::Full(money) | Back::Rest(money) => format!("Your payment of {money} is safe."),
    }
}

fn ready(order: &Order, at: Timestamp) -> Status {
    let body = [
        format!("Paid {}. Everything was set up on {at}.", order.product.price),
        format!(
            "Look for a message to {}: it says how to begin.",
            order.buyer.masked_email()
        ),
    ];
    say("ready_to_use", &format!("Your {} is ready", what(order)), &body, true)
}

fn closed(order: &Order, why: ClosedWhy) -> Status {
    match why {
        ClosedWhy::Unpaid if order.payments.iter().all(|payment| payment.stake().is_none()) => {
            let body =
                "The payment page was closed without a payment. If you still want to buy, start again in the shop.";
            say("not_charged", "You have not been charged", &[body.to_owned()], true)
        }
        ClosedWhy::NotConfirmed if order.payments.iter().all(|payment| payment.stake().is_none()) => {
            let body = format!(
                "Your bank did not confirm the payment of {}, so nothing is set up. If you still want to buy, start again in the shop.",
                order.product.price
            );
            say("not_charged", "You have not been charged", &[body], true)
        }
        ClosedWhy::Unpaid | ClosedWhy::NotConfirmed => returned(order),
        ClosedWhy::SettledByPerson => {
            let body = format!(
                "If anything is still open, write to us and name the reference {}.",
                order.reference()
            );
            say("settled", "One of our people has settled this with you", &[body], true)
        }
    }
}

fn with_person(order: &Order) -> Status {
    let own = order.own_payment();
    if order.undo.is_some() && own.is_some_and(|own| own.return_outstanding().is_none() || own.disputed()) {
        return returned(order);
    }
    let (id, headline, first) = match (&order.undo, order.money_back()) {
        (Some(_), Back::Full(money) | Back::Rest(money)) => (
            "refund_delayed",
            "Your refund is not complete yet".to_owned(),
            format!("We owe you {money}. You do not need to claim it: one of our people is seeing to it now."),
        ),
        (Some(_), Back::Released(money)) => (
            "release_delayed",
            "You will not be charged".to_owned(),
            format!("{money} is reserved and not released yet: one of our people is seeing to it now."),
        ),
        (Some(_), Back::Nothing) => (
            "not_delivered",
            format!("Your {} could not be set up", what(order)),
            "You have not been charged. One of our people is seeing to the rest.".to_owned(),
        ),
        (None, _) => (
            "person_looking",
            format!("{}: one of our people is looking at this", received(order)),
            format!("{} You do not need to do anything.", safe(order)),
        ),
    };
    let body = vec![
        first,
        format!(
            "We will write to {} as soon as it is settled.",
            order.buyer.masked_email()
        ),
    ];
    Status {
        id,
        headline,
        body,
        is_final: false,
    }
}

/// Stripe writes to the customer by itself, and waits for the answer.
pub(super) const ASKS_CUSTOMER: &str =
    "Stripe has written to you and asks where to send it. As soon as you have answered there, it is on its way.";

/// Money on its way back or there. "Refunded" is said only when Stripe says that it succeeded.
fn returned(order: &Order) -> Status {
    let payment = order.own_payment().or(order.payments.first());
    let because = order.undo.as_ref().map(|undo| &undo.because);
    let because = because.or(payment
        .and_then(|payment| payment.owed.as_ref())
        .map(|owed| &owed.because));
    let because = because.map(|because| because.sentence().to_owned());
    if order.waits_at_the_brake() {
        return at_the_brake(order, because);
    }
    let stake = payment.and_then(Payment::stake).unwrap_or(order.product.price);
    if let Some(ended) = ended_without_refund(order, payment, stake, because.as_ref()) {
        return ended;
    }
    let owed = payment.and_then(|payment| payment.owed.as_ref());
    let amount = owed.map_or(stake, |owed| owed.amount);
    if payment.is_some_and(|payment| payment.disputed() && payment.return_outstanding().is_some()) {
        let headline = format!("Your bank is deciding about {amount}");
        let until = "Until your bank has decided about your payment, we can send nothing back. If it leaves the money with us, we return it to you.";
        let body: Vec<String> = because.into_iter().chain([until.to_owned()]).collect();
        return say("refund_contested", &headline, &body, false);
    }
    if payment.is_some_and(Payment::asks_customer) {
        let headline = format!("Your refund of {amount} needs a word from you");
        let body: Vec<String> = because.into_iter().chain([ASKS_CUSTOMER.to_owned()]).collect();
        return say("refund_asks_you", &headline, &body, false);
    }
    let sent = payment.filter(|payment| payment.gone_for_good());
    let sent = sent.and_then(|payment| {
        payment
            .refunds
            .iter()
            .filter(|refund| refund.status == RefundStatus::Succeeded)
            .map(|refund| refund.at)
            .max()
    });
    let (id, headline, when) = match sent {
        Some(at) => (
            "refunded",
            format!("We have refunded {amount}"),
            format!(
                "Sent on {at} to the card or account you paid with. Banks usually show it within 5 to 10 working days; it may also show as the original charge disappearing."
            ),
        ),
        None => (
            "refund_started",
            format!("We are refunding you {amount}"),
            format!(
                "{amount} goes back to the card or account you paid with. You do not need to claim it; this page says when it is done."
            ),
        ),
    };
    let body = because.into_iter().chain([when]).collect();
    Status {
        id,
        headline,
        body,
        is_final: id == "refunded" && matches!(order.state, State::Undone { .. }),
    }
}

/// It is decided, and nothing has happened yet.
fn at_the_brake(order: &Order, because: Option<String>) -> Status {
    let headline = "Your order is being undone".to_owned();
    let before = match order.money_back() {
        Back::Nothing => "it is closed",
        Back::Released(_) => "the hold is released",
        Back::Full(_) | Back::Rest(_) => "the money goes back",
    };
    let check = format!("We check this before {before}. You do not need to do anything.");
    let body: Vec<String> = because.into_iter().chain([check]).collect();
    say("refund_checked", &headline, &body, false)
}

/// A hold that is released, money that the bank took back, an order without a price: none of them is a refund.
fn ended_without_refund(
    order: &Order,
    payment: Option<&Payment>,
    amount: Money,
    because: Option<&String>,
) -> Option<Status> {
    let done = matches!(order.state, State::Undone { .. } | State::Closed { .. });
    let body = |line: String| because.cloned().into_iter().chain([line]).collect::<Vec<_>>();
    match payment {
        None => Some(say(
            "not_delivered",
            &format!("Your {} could not be set up", what(order)),
            &body("You have not been charged.".to_owned()),
            done,
        )),
        Some(payment) if payment.captured.is_none() && payment.canceled.is_some() => Some(say(
            "hold_released",
            "You have not been charged",
            &body(format!(
                "{amount} was only held. The hold disappears from your statement; some banks show it for a few days more."
            )),
            done,
        )),
        Some(payment) if payment.captured.is_none() => Some(say(
            "hold_being_released",
            "You will not be charged",
            &body(format!(
                "{amount} was only held, and the hold is being released. You do not need to do anything."
            )),
            false,
        )),
        Some(payment) if payment.is_lost() => Some(say(
            "returned_by_bank",
            &format!(
                "Your bank has returned {} to you",
                Money::new(payment.lost_minor(), amount.currency)
            ),
            &body("The order has ended with it.".to_owned()),
            done,
        )),
        Some(_) => None,
    }
}

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
        State::Returning { .. } => "refund on its way",
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
