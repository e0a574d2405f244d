//! Money on its way back or there, and what ended without any. "Refunded" is said only when Stripe says that it succeeded.

use crate::because::{Back, Because, Code};
use crate::money::Money;
use crate::order::{Order, State};
use crate::payment::{Payment, RefundStatus};

use super::{Id, Status, say, what};

/// Stripe writes to the customer by itself, and waits for the answer.
pub(in crate::wording) const ASKS_CUSTOMER: &str =
    "Stripe has written to you and asks where to send it. As soon as you have answered there, it is on its way.";

pub(super) fn returned(order: &Order) -> Status {
    let payment = order.own_payment().or(order.payments.first());
    let because = order.undo.as_ref().map(|undo| &undo.because);
    let because = because.or(payment
        .and_then(|payment| payment.owed.as_ref())
        .map(|owed| &owed.because));
    let code = because.map(Because::code);
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
        return say(Id::RefundContested, &headline, &body, false);
    }
    if payment.is_some_and(Payment::asks_customer) {
        let headline = format!("Your refund of {amount} needs a word from you");
        let body: Vec<String> = because.into_iter().chain([ASKS_CUSTOMER.to_owned()]).collect();
        return say(Id::RefundAsksYou, &headline, &body, false);
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
            Id::Refunded,
            format!("We have refunded {amount}"),
            format!(
                "Sent on {at} to the card or account you paid with. Banks usually show it within 5 to 10 working days; it may also show as the original charge disappearing."
            ),
        ),
        None => (
            Id::RefundStarted,
            refunding(order, code, amount),
            format!(
                "{amount} goes back to the card or account you paid with. You do not need to claim it; this page says when it is done."
            ),
        ),
    };
    let body: Vec<String> = because.into_iter().chain([when]).collect();
    let done = sent.is_some() && matches!(order.state, State::Undone { .. });
    say(id, &headline, &body, done)
}

/// On its way, and not there yet. Page and mail say the same.
pub(in crate::wording) fn refunding(order: &Order, code: Option<Code>, amount: Money) -> String {
    match code {
        Some(Code::ProvisioningFailed | Code::ProvisioningTimeout) => {
            format!(
                "We could not set up your {}, so we are refunding you {amount}",
                what(order)
            )
        }
        Some(
            Code::DuplicatePurchase
            | Code::PaidTooLate
            | Code::AmountMismatch
            | Code::CustomerRequest
            | Code::Goodwill
            | Code::TestCharge
            | Code::PersonDecided
            | Code::ExternalDashboard
            | Code::CaptureFailed
            | Code::HoldEnded
            | Code::DisputeLost,
        )
        | None => format!("We are refunding you {amount}"),
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
    say(Id::RefundChecked, &headline, &body, false)
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
            Id::NotDelivered,
            &format!("Your {} could not be set up", what(order)),
            &body("You have not been charged.".to_owned()),
            done,
        )),
        Some(payment) if payment.captured.is_none() && payment.canceled.is_some() => Some(say(
            Id::HoldReleased,
            "You have not been charged",
            &body(format!(
                "{amount} was only held. The hold disappears from your statement; some banks show it for a few days more."
            )),
            done,
        )),
        Some(payment) if payment.captured.is_none() => Some(say(
            Id::HoldBeingReleased,
            "You will not be charged",
            &body(format!(
                "{amount} was only held, and the hold is being released. You do not need to do anything."
            )),
            false,
        )),
        Some(payment) if payment.is_lost() => Some(say(
            Id::ReturnedByBank,
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
