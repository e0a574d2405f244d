//! What Finance reads on its pages: a refund, and a charge that waits.

use crate::because::By;
use crate::finance::{Stage, Waiting, Why};
use crate::notice::Template;
use crate::payment::RefundStatus;

/// How a refund stands.
pub fn refund_stands(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Pending => "on its way",
        RefundStatus::RequiresAction => "waits for the customer",
        RefundStatus::Succeeded => "refunded",
        RefundStatus::Failed => "failed",
        RefundStatus::Canceled => "cancelled",
    }
}

/// The heading of a total.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Done => "Refunded",
        Stage::OnItsWay => "On its way",
        Stage::Failed => "Failed or cancelled: still with us",
    }
}

/// Who chose to give money back.
pub fn decided_by(by: &By) -> &str {
    match by {
        By::Automation => "automation, by the declared policy",
        By::Person(who) => who,
    }
}

/// Why a charge waits: what is being done about it, and what stands in the way.
pub fn why_it_waits(waiting: &Waiting) -> String {
    let what = match &waiting.why {
        Why::Contested => "The customer's bank contests the payment or asks about it, and decides.".to_owned(),
        Why::BeingSetUp(Some(step)) => format!("The {} is being set up.", step.noun()),
        Why::BeingSetUp(None) => "Everything is set up; the order is being completed.".to_owned(),
        Why::BeingTaken => "Everything is set up; the held money is being taken.".to_owned(),
        Why::AtTheBrake => "It goes back: more orders than usual want to be undone, and a person lets them.".to_owned(),
        Why::OwedBack(because) => format!("It goes back. {}", because.sentence()),
        Why::OnItsWayBack(because) => format!("Stripe has the refund and has not finished it. {}", because.sentence()),
        Why::AsksCustomer(because) => {
            format!(
                "Stripe has asked the customer where to send the refund. {}",
                because.sentence()
            )
        }
        Why::WithPerson => "A person decides.".to_owned(),
    };
    let failed = waiting
        .failure
        .map(|reason| format!(" So far {}.", super::reason(reason)));
    let case = waiting
        .case
        .map(|class| format!(" Case: {}.", super::class_name(class)));
    format!("{what}{}{}", failed.unwrap_or_default(), case.unwrap_or_default())
}

/// What a message to the customer said, in a few words.
pub fn customer_was_told(template: &Template) -> &'static str {
    match template {
        Template::Ready => "that it is ready",
        Template::Returned { .. } => "that the money goes back",
        Template::ReturnFailed { .. } => "that the refund takes longer",
        Template::WithPerson { .. } | Template::Reminder { .. } => "that a person looks at it",
        Template::NotPaid => "that the payment did not go through",
        Template::NothingDelivered => "that it could not be set up",
        // Never for customers.
        Template::Outage { .. } | Template::OutageOver { .. } | Template::Announce(_) => "something else",
    }
}
