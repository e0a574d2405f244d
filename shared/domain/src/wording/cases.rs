//! Cases: what is wrong, what it means, what to choose, and what each choice will do.

use super::audit;
use crate::because::Back;
use crate::case::{CaseRef, Choice, Class};
use crate::id::{OrderId, PaymentId};
use crate::money::Money;
use crate::order::{Order, State};
use crate::payment::Payment;
use crate::receipt::Step;
use crate::time::Timestamp;
use crate::work::Subject;

/// A case class in plain words.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::DeliveryStuck => "Paid, and not set up",
        Class::ReturnStuck => "Money owed back, and not returned",
        Class::RevokeStuck => "Undone, and access still there",
        Class::MassUndo => "Many orders want to be undone at once",
        Class::CaptureStuck => "Set up, and the money not taken",
        Class::OtherAmountTaken => "Delivered, and another amount taken",
        Class::PartlyReturned => "A part of the money gone back",
        Class::ReturnedTwice => "More gone back than was paid",
        Class::Inquiry => "Payment questioned by the customer's bank",
        Class::Disputed => "Payment contested by the customer's bank",
        Class::RefundWaits => "Refund sent, and not finished",
        Class::ReturnedAfterDelivery => "Money returned after delivery",
        Class::DeadLetters => "Our messages about this order keep failing",
        Class::MoneyWithoutOrder => "Money that no order claims",
        Class::Unaccounted => "Money that does not add up",
        Class::AccessMissing => "Paid, delivered, and not there",
        Class::AccessLeft => "Access that nobody pays for",
        Class::Unrecorded => "Stripe's word that could not be recorded",
        Class::NotAnnounced => "Other systems not told",
        Class::NotTold => "People who should know, and do not",
        Class::AlertsUnheard => "Nobody answers alerts",
        Class::BecauseMissing => "Returned by hand, and nobody says why",
        Class::TakesTooLong => "Takes longer than it should",
        Class::LeftUntold => "More messages than usual not sent",
    }
}

/// What a case means, in one sentence that starts with the money or the customer. `about`: its subject.
pub fn consequence(order: &Order, class: Class, about: Option<&Subject>) -> String {
    let payment = about.and_then(|about| payment_of(order, about));
    let (own, held) = order.money_in_hand();
    let amount = payment.and_then(Payment::stake).unwrap_or(own);
    let paid = if held { "is held" } else { "was paid" };
    let reference = order.reference();
    match class {
        Class::DeliveryStuck => not_set_up(order, &format!("{amount} {paid} for {reference}")),
        Class::ReturnStuck => format!("{amount} is owed back to the customer of {reference} and is still with us."),
        Class::RevokeStuck => format!("The customer of {reference} may still have access to what was undone."),
        Class::MassUndo => {
            format!(
                "{amount} of {reference}, and the money of other orders, waits: more orders than usual want to be undone at once."
            )
        }
        Class::CaptureStuck if order.undo.is_some() => {
            format!("{amount} was held for {reference} and could not be taken; what was delivered is taken back.")
        }
        Class::CaptureStuck => {
            format!("{amount} is held for {reference}, all is delivered, and the money is not taken.")
        }
        Class::OtherAmountTaken => {
            let due = order.product.price;
            format!("{amount} was taken for {reference} where {due} was due, and all is delivered.")
        }
        Class::PartlyReturned => {
            let back = order.own_payment().map_or(0, Payment::returned_minor);
            let back = Money::new(back, amount.currency);
            format!("{back} of the {amount} of {reference} went back, and not by us; what is delivered stays.")
        }
        Class::ReturnedTwice => returned_twice(&reference, payment, amount),
        Class::Inquiry => {
            format!(
                "The customer's bank asks about {amount} of {reference}: a refund or an answer in Stripe settles it."
            )
        }
        Class::Disputed => {
            format!(
                "{amount} of {reference} is contested by the customer's bank; we move no money of it until the bank decides."
            )
        }
        Class::RefundWaits => {
            format!("{amount} was refunded to the customer of {reference}, and Stripe has not finished it.")
        }
        Class::ReturnedAfterDelivery => {
            format!("{amount} of {reference} went back after delivery, and not by us; access is being taken back.")
        }
        Class::DeadLetters => {
            format!("The customer of {reference} may be waiting: our messages about the order keep failing.")
        }
        Class::MoneyWithoutOrder => format!("{amount} came in, and no order claims it."),
        Class::Unaccounted | Class::AccessMissing | Class::AccessLeft => audit::consequence(order, about),
        Class::BecauseMissing => {
            let back = payment.map_or(amount, |payment| Money::new(payment.by_hand_minor(), amount.currency));
            format!("{back} of {reference} went back by hand in Stripe, and nobody has said why.")
        }
        Class::Unrecorded => format!("What Stripe says of {reference} could not be recorded."),
        Class::NotAnnounced => format!("Other systems do not know what became of {reference}."),
        Class::NotTold => format!("{amount} of {reference}: {}", super::told::who_does_not_know(order)),
        Class::AlertsUnheard => format!("The customer of {reference} may wait unheard: nobody answers alerts."),
        Class::TakesTooLong => takes_too_long(order, amount),
        Class::LeftUntold => format!("The customer of {reference}, or people who work for them, were not told."),
    }
}

/// Closed cases say it too, when nothing may be missing any more. `paid`: how much, for what.
fn not_set_up(order: &Order, paid: &str) -> String {
    let (done, missing) = set_up(order);
    if missing.is_empty() {
        return format!("{paid}; {done}; nothing is missing any more.");
    }
    let back = if order.undo.is_some() {
        "the order is undone"
    } else {
        "nothing is given back"
    };
    format!("{paid}; {done}; missing: {missing}; {back}.")
}

fn returned_twice(reference: &str, payment: Option<&Payment>, amount: Money) -> String {
    let minor = |minor| Money::new(minor, amount.currency);
    let (refunded, lost) = payment.map_or((0, 0), |payment| (payment.refunded_minor(), payment.lost_minor()));
    format!(
        "{} of {reference} was refunded, and the bank took {} besides, where {amount} was paid.",
        minor(refunded),
        minor(lost)
    )
}

/// The case of a day on which too many orders could not be announced.
pub(crate) fn not_announced(orders: usize) -> String {
    format!(
        "No customer waits, and other systems do not know what became of {orders} orders or more: they could not be announced."
    )
}

/// The case of a day on which too many orders had messages to people left unsent.
pub(crate) fn left_untold(alerts: bool, orders: usize) -> String {
    if alerts {
        return format!(
            "Operations was not woken for {orders} orders or more: the alerts about them could not be sent."
        );
    }
    format!(
        "Customers, Finance or Customer Service were not told what became of {orders} orders or more: the mails could not be sent. No money waits for it."
    )
}

/// The case of a day on which nobody acknowledged the test alert.
pub(crate) fn alerts_unheard(sent_at: Timestamp) -> String {
    format!(
        "No customer waits for it, and the next one in trouble may wait unheard: nobody acknowledged the test alert of {sent_at}."
    )
}

fn takes_too_long(order: &Order, amount: Money) -> String {
    let (stands, since) = (
        stands_for(&order.state),
        order.state.since().unwrap_or(order.created_at),
    );
    format!(
        "{amount} of {} {stands}. It has stood so since {since}.",
        order.reference()
    )
}

/// What an amount is in this state, of an order that does not move on.
fn stands_for(state: &State) -> &'static str {
    match state {
        State::PaymentPending { .. } => "is promised, and the bank has not said whether it is paid",
        State::Delivering { .. } => "was paid and is not set up",
        State::Capturing { .. } => "is held and not taken, though all is set up",
        State::Undoing { .. } => "was to go back, and not all is undone",
        State::AwaitingPayment
        | State::Delivered { .. }
        | State::Returning { .. }
        | State::Undone { .. }
        | State::WithPerson { .. }
        | State::Closed { .. } => "is at stake",
    }
}

/// Money under the name of an order that is not here. `came_in`: what was paid or is held; none: it is refunded or
/// contested. `customer`: Stripe's own number for whoever paid.
pub fn without_order(order: &OrderId, payment: &PaymentId, came_in: Option<Money>, customer: Option<&str>) -> String {
    let what = came_in.map_or_else(
        || format!("{payment}, of the order {order} that does not exist here, is refunded or contested"),
        |amount| format!("{amount} came in ({payment}) for the order {order}, which does not exist here"),
    );
    let who = customer
        .map(|customer| format!("; Stripe's customer is {customer}"))
        .unwrap_or_default();
    format!("{what}{who}. Deliver it by hand or refund it in Stripe.")
}

/// What Stripe says could not be recorded in an hour: `about` is Stripe's name of the object or event.
pub fn unrecorded(about: &str, order: Option<&OrderId>, amount: Option<Money>, because: &str) -> String {
    let money = amount.map_or_else(
        || "What Stripe says".to_owned(),
        |amount| format!("What Stripe says about {amount}"),
    );
    let whose = order.map_or_else(
        || "and we could not find out whose it is".to_owned(),
        |order| format!("and it is about the order {order}"),
    );
    format!("{money} could not be recorded for an hour ({about}), {whose}: {because}.")
}

/// What there is of the order, and what is missing.
fn set_up(order: &Order) -> (String, String) {
    let steps = order.product.steps.iter();
    let (there, missing): (Vec<Step>, Vec<Step>) = steps.partition(|step| order.winner(**step).is_some());
    let nouns = |steps: &[Step]| super::joined(&steps.iter().map(Step::noun).collect::<Vec<_>>());
    let done = if there.is_empty() {
        "nothing is set up".to_owned()
    } else {
        format!("set up: {}", nouns(&there))
    };
    (done, nouns(&missing))
}

/// The payment that a case is about.
fn payment_of<'a>(order: &'a Order, about: &Subject) -> Option<&'a Payment> {
    match about {
        Subject::Return(id) | Subject::Capture(id) | Subject::Payment(id) => {
            order.payments.iter().find(|payment| payment.id == *id)
        }
        Subject::Step(_)
        | Subject::Undo
        | Subject::Revoke(_)
        | Subject::Annotate(_)
        | Subject::Session
        | Subject::Notice(_)
        | Subject::Audit(_) => None,
    }
}

/// What a person is advised to choose.
pub fn suggestion(order: &Order, class: Class) -> Option<Choice> {
    match class {
        Class::DeliveryStuck => Some(if order.undo.is_none() {
            Choice::Retry
        } else {
            Choice::Ignore
        }),
        // All is on its way back: the case only says why.
        Class::CaptureStuck if order.undo.is_some() => Some(Choice::Ignore),
        Class::ReturnStuck
        | Class::RevokeStuck
        | Class::CaptureStuck
        | Class::DeadLetters
        | Class::TakesTooLong
        | Class::Unaccounted
        | Class::AccessMissing
        | Class::AccessLeft => Some(Choice::Retry),
        // Whether the cause is ours is what the person must find out first.
        Class::MassUndo => None,
        Class::ReturnedAfterDelivery | Class::OtherAmountTaken | Class::PartlyReturned => Some(Choice::Ignore),
        Class::Inquiry
        | Class::Disputed
        | Class::RefundWaits
        | Class::MoneyWithoutOrder
        | Class::Unrecorded
        | Class::NotAnnounced
        | Class::AlertsUnheard
        | Class::LeftUntold
        // Only the words are asked for.
        | Class::BecauseMissing => None,
        Class::ReturnedTwice => Some(Choice::Ignore),
        // What came back once comes back again.
        Class::NotTold if super::told::came_back(order) => Some(Choice::Ignore),
        Class::NotTold => Some(Choice::Retry),
    }
}

/// Exactly what a choice will do, in order.
pub fn preview(order: &Order, case: &CaseRef, choice: Choice) -> Vec<String> {
    match choice {
        Choice::Retry | Choice::Ignore if case.class == Class::NotTold => super::told::preview(order, choice),
        Choice::Retry if matches!(case.subject, Some(Subject::Undo)) => vec![
            "Let all orders that wait go on with their undo; for an hour none is held.".to_owned(),
            "What they made is taken back and their money given back, each as it was decided.".to_owned(),
        ],
        Choice::Retry if case.class == Class::Inquiry => vec![
            "Set up what is missing, although the bank asks about the payment.".to_owned(),
            "Should the bank take the money, this waits again.".to_owned(),
        ],
        Choice::Retry if matches!(case.subject, Some(Subject::Payment(_))) => vec![
            "Set up what is missing, although the payment is contested.".to_owned(),
            "The bank still decides about the money; nothing is refunded before it has.".to_owned(),
        ],
        Choice::Retry if let Some(Subject::Audit(found)) = &case.subject => audit::mend(found),
        Choice::Retry => vec![
            format!("Try again: {}.", subject(case.subject.as_ref())),
            "The time allowed for it starts afresh.".to_owned(),
            "The customer is told nothing new until it is settled.".to_owned(),
        ],
        Choice::Undo => {
            let made = order
                .product
                .steps
                .iter()
                .rev()
                .filter(|step| order.winner(**step).is_some());
            let mut will: Vec<String> = made.map(|step| format!("Take back the {}.", step.noun())).collect();
            let contested = order.own_payment().is_some_and(Payment::disputed);
            will.push(match order.money_back() {
                Back::Nothing => "There is no money to give back.".to_owned(),
                Back::Released(amount) => format!("Release the hold of {amount}; nothing is charged."),
                Back::Full(amount) | Back::Rest(amount) if contested => {
                    format!("Give {amount} back to the customer, if the bank decides for us.")
                }
                Back::Full(amount) | Back::Rest(amount) => format!("Give {amount} back to the customer."),
            });
            will.push("Tell customer, Finance and ops, with your reason as it stands here.".to_owned());
            will.push("This cannot be taken back.".to_owned());
            will
        }
        Choice::Ignore if !crate::decide::asks(order, case).is_empty() => vec![
            "Write down why it was returned: in the ledger, in Stripe and on the customer's page.".to_owned(),
            "The customer gets no further mail, and no money moves.".to_owned(),
            "The case closes.".to_owned(),
        ],
        Choice::Ignore => vec![
            format!("Leave it as it is: {}.", subject(case.subject.as_ref())),
            "No money moves and nothing is taken back by this choice.".to_owned(),
            "The case closes with your reason.".to_owned(),
        ],
    }
}

fn subject(subject: Option<&Subject>) -> String {
    match subject {
        Some(Subject::Step(step)) => format!("set up the {}", step.noun()),
        Some(Subject::Undo) => "undo the orders".to_owned(),
        Some(Subject::Revoke(step)) => format!("take back the {}", step.noun()),
        Some(Subject::Return(_)) => "return the money".to_owned(),
        Some(Subject::Capture(_)) => "take the held money".to_owned(),
        Some(Subject::Payment(_)) => "answer the dispute in Stripe".to_owned(),
        Some(Subject::Audit(_)) => "what the audit found".to_owned(),
        Some(Subject::Annotate(_) | Subject::Session | Subject::Notice(_)) | None => "look at the order".to_owned(),
    }
}
