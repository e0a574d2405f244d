//! Whether it is a glitch: for each sentence by which money goes back, and for each case that is open.

use super::{becauses, open_cases};
use crate::because::{Because, By, Code};
use crate::case::Class;
use crate::order::{Order, State};

pub(super) fn lines(order: &Order) -> Vec<String> {
    let mut lines: Vec<String> = becauses(order).iter().map(|(because, _)| of_return(because)).collect();
    lines.extend(open_cases(order).map(|case| of_case(case.class).to_owned()));
    if lines.is_empty() {
        lines.push(of_state(&order.state).to_owned());
    }
    lines
}

fn of_return(because: &Because) -> String {
    let policy = format!("as the declared policy (version {}) says", because.policy());
    let automation = *because.by() == By::Automation;
    match because.code() {
        Code::ProvisioningFailed if automation => {
            format!("Intended, and no glitch: what cannot be set up is undone, {policy}.")
        }
        Code::ProvisioningTimeout if automation => {
            format!("Intended, and no glitch: what cannot be set up in its time is undone, {policy}.")
        }
        Code::ProvisioningFailed
        | Code::ProvisioningTimeout
        | Code::CustomerRequest
        | Code::Goodwill
        | Code::TestCharge
        | Code::PersonDecided => "Intended: a person decided it, and wrote why.".to_owned(),
        Code::DuplicatePurchase => {
            "Intended, and no glitch: an order is paid once, and every further payment goes back.".to_owned()
        }
        Code::PaidTooLate => {
            "Intended, and no glitch: money for an order that has ended goes back.".to_owned()
        }
        Code::AmountMismatch => {
            "Intended, and no glitch: for another amount than was due nothing is delivered, and it goes back.".to_owned()
        }
        Code::ExternalDashboard => {
            "Intended by whoever returned it by hand in Stripe: this system did not. Taking back what was delivered is intended.".to_owned()
        }
        Code::CaptureFailed => format!("Intended, and no glitch: what cannot be paid for is undone, {policy}."),
        Code::HoldEnded if automation => {
            "Intended, and no glitch: the bank holds money only for a time, and without it nothing is delivered.".to_owned()
        }
        Code::HoldEnded => {
            "Intended by whoever released the hold by hand in Stripe: this system did not.".to_owned()
        }
        Code::DisputeLost => "No glitch: the customer's bank decided it.".to_owned(),
    }
}

fn of_case(class: Class) -> &'static str {
    match class {
        Class::DeliveryStuck => {
            "Intended: what cannot be set up in its time is handed to a person. Whether the other system has a fault is for that person to find out."
        }
        Class::ReturnStuck => "Not intended: money that is owed back is still with us. A person sees to it.",
        Class::RevokeStuck => "Not intended: what was undone may still be there. A person sees to it.",
        Class::MassUndo => {
            "Not clear yet: more orders than usual want to be undone. Until a person has found out why, no money moves."
        }
        Class::CaptureStuck => "Not intended: held money could not be taken. A person sees to it.",
        Class::OtherAmountTaken => "Not ours: another amount was taken by hand in Stripe.",
        Class::PartlyReturned => "Not ours: a part was returned by hand in Stripe.",
        Class::ReturnedTwice => "Nobody intended it: the bank took what was refunded already. A person gets it back.",
        Class::Inquiry => "No glitch: the customer's bank asks about the payment.",
        Class::Disputed => {
            "No glitch: the customer's bank contests the payment, and until it decides we move no money of it."
        }
        Class::RefundWaits => "No glitch of ours: Stripe has the refund and has not finished it.",
        Class::ReturnedAfterDelivery => {
            "Not ours: the money went back after delivery. That access ends with it is intended."
        }
        Class::DeadLetters => {
            "Perhaps a glitch of ours: our own messages about it keep failing. A person finds out why."
        }
        Class::Unaccounted | Class::AccessMissing | Class::AccessLeft => {
            "Perhaps a glitch: what we recorded and what the other side says differ. A person finds out why."
        }
        Class::Unrecorded => "Perhaps a glitch of ours: what Stripe says of it could not be recorded.",
        Class::MoneyWithoutOrder => "Not clear yet: money came in that no order claims.",
        Class::NotAnnounced => "Not intended: other systems do not know what became of it.",
        Class::NotTold => "Not intended: people who should know of it do not. A person sees to it.",
        Class::BecauseMissing => "Not ours: it was returned by hand in Stripe. A person says what for.",
        Class::AlertsUnheard => "Not about this order: nobody answers alerts.",
        Class::TakesTooLong => "Not clear yet: it takes longer than the declared policy allows, so a person is asked.",
        Class::LeftUntold => "Not intended: messages about more orders than usual could not be sent.",
    }
}

/// Whose doing it was that a person is asked.
pub(super) fn by(class: Class) -> &'static str {
    match class {
        Class::Inquiry | Class::Disputed => "The customer's bank",
        Class::OtherAmountTaken | Class::PartlyReturned | Class::BecauseMissing => "Somebody by hand in Stripe",
        Class::ReturnedAfterDelivery | Class::ReturnedTwice => "Somebody by hand in Stripe, or the customer's bank",
        Class::RefundWaits => "Stripe, which has not finished the refund",
        Class::DeliveryStuck
        | Class::ReturnStuck
        | Class::RevokeStuck
        | Class::MassUndo
        | Class::CaptureStuck
        | Class::DeadLetters
        | Class::MoneyWithoutOrder
        | Class::Unaccounted
        | Class::AccessMissing
        | Class::AccessLeft
        | Class::Unrecorded
        | Class::NotAnnounced
        | Class::NotTold
        | Class::AlertsUnheard
        | Class::TakesTooLong
        | Class::LeftUntold => "Automation, which could not bring it to its end",
    }
}

/// Nothing went back, and nobody is asked.
fn of_state(state: &State) -> &'static str {
    match state {
        State::AwaitingPayment | State::PaymentPending { .. } | State::Delivering { .. } | State::Capturing { .. } => {
            "No glitch that we know of: it is on its way."
        }
        State::Delivered { .. } | State::Closed { .. } => "No glitch: it went as it should.",
        State::Undoing { .. } | State::Returning { .. } | State::Undone { .. } | State::WithPerson { .. } => {
            "Intended: it goes as the declared policy says."
        }
    }
}
