//! Every word that a person reads about an order stands here: page, mail, alert, case and history say the same.

mod alert;
mod audit;
mod cases;
mod digest;
mod drill;
mod expect;
mod finance;
mod first;
mod history;
mod look_up;
mod message;
mod newer;
mod order_page;
mod outage;
mod runbook;
mod status;
mod tend;
#[cfg(test)]
mod tests;
mod told;
mod unsent;
mod why;

use crate::because::Code;
use crate::failure::Reason;
use crate::policy::Owner;

pub use alert::{ClassAlert, class_alert};
pub use audit::access_without_order;
pub(crate) use cases::{alerts_unheard, left_untold, not_announced};
pub use cases::{class_name, consequence, preview, suggestion, unrecorded, without_order};
pub use digest::{digest, many};
pub use drill::{DrillPage, Part, ReaderPart, drill_page};
pub use expect::{Row, expectations, expectations_page, expectations_path, introduction, readers, title};
pub use finance::{customer_was_told, decided_by, refund_stands, stage, why_it_waits};
pub(crate) use first::first_time;
pub use first::{answered, first_times, happened};
pub use history::line;
pub use look_up::{AtStripe, NOTHING_FOUND, UNDERSTOOD, Walked, found_several, not_all, not_found};
pub use message::{Links, Message, message, test_alert};
pub use newer::{NEWER, NEWER_ADVICE, endings_unread, found_unread, orders_unread};
pub use order_page::{announced, next_try, reply, tried};
pub use runbook::{Runbook, runbook, runbook_page, runbook_path};
pub(crate) use status::SLOW;
pub use status::{
    CHECK_AGAIN, Id, LOOKS_NO_MORE, Look, Next, Place, Status, cancelled, customer_reads, done_or_not, ready_to_order,
    redirecting, state_in_words, status, unknown_link,
};
pub use tend::{before, consequence_of, deadline, has_it, held, is_theirs, tended};
pub use told::{Line, ended, ledger, still_to_tell};
pub use unsent::unsent;
pub use why::{Answer, Evidence, Why, why};

/// Ends the sentence "... because ...".
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreachable => "the other system could not be reached",
        Reason::Unavailable => "the other system was out of order",
        Reason::TooMany => "the other system asked us to slow down",
        Reason::Refused => "the other system refused it",
        Reason::NotAllowed => "the other system did not accept our access",
        Reason::BadAddress => "the e-mail address was not accepted",
        Reason::Taken => "the name or e-mail address is already in use there",
        Reason::Missing => "something that it needs is missing there",
        Reason::Changed => "it was being changed there at the same moment",
        Reason::NoAnswer => "no answer came",
        Reason::ServerError => "the other system failed while it worked on it",
        Reason::Garbled => "the other system answered in a way that we do not understand",
        Reason::Interrupted => "our own work was interrupted",
    }
}

/// Who decides, within a sentence.
pub fn owner(owner: Owner) -> &'static str {
    history::whom(owner.audience())
}

/// What money went back for, as Finance and whoever decides read it.
pub fn code(code: Code) -> &'static str {
    match code {
        Code::ProvisioningFailed => "It could not be set up",
        Code::ProvisioningTimeout => "It could not be set up in time",
        Code::DuplicatePurchase => "It was paid twice",
        Code::PaidTooLate => "It was paid after the order had ended",
        Code::AmountMismatch => "Another amount was paid than was due",
        Code::CustomerRequest => "The customer asked for it",
        Code::Goodwill => "Goodwill",
        Code::TestCharge => "It was a test of ours",
        Code::PersonDecided => "Something else: the reason says what",
        Code::ExternalDashboard => "It was returned by hand in Stripe",
        Code::CaptureFailed => "The held money could not be taken",
        Code::HoldEnded => "The bank's hold ended",
        Code::DisputeLost => "The bank took it back after a dispute",
    }
}

/// `account`, `account and team`, `account, team and membership`.
pub(crate) fn joined(words: &[impl AsRef<str>]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
