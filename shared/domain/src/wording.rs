//! Every word that a person reads about an order stands here: page, mail, alert, case and history say the same.

mod audit;
mod cases;
mod expect;
mod history;
mod message;
mod runbook;
mod status;
#[cfg(test)]
mod tests;

use crate::failure::Reason;

pub use audit::access_without_order;
pub(crate) use cases::{alerts_unheard, not_announced};
pub use cases::{class_name, consequence, preview, suggestion, unrecorded, without_order};
pub use expect::{Row, expectations, expectations_page, expectations_path, introduction, readers, title};
pub use history::line;
pub use message::{Links, Message, message, test_alert};
pub use runbook::{Runbook, runbook, runbook_page, runbook_path};
pub(crate) use status::SLOW;
pub use status::{Status, done_or_not, state_in_words, status};

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
