//! What must never be declared, and what a refusal advises in its place.

use std::time::Duration;

use super::written::Written;
use super::{Chain, Link, Matter};
use crate::failure::FailureClass;
use crate::time::DAY;

/// What is tried for longer can be settled by nobody any more.
const KEPT: Duration = Duration::from_secs(30 * DAY.as_secs());

pub(super) fn is_notice(matter: Matter) -> bool {
    matches!(matter, Matter::Tell | Matter::Alert | Matter::Announce)
}

/// The chain that a refusal advises: one that is accepted at this very place.
pub(super) fn usual(matter: Matter, class: FailureClass) -> &'static str {
    match (is_notice(matter), class) {
        (true, FailureClass::Unknown) => "record",
        (true, FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected) => "retry 24h, then ignore",
        (false, FailureClass::Unknown) => "read back 24h, then coordinate",
        (false, FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected) => {
            "retry 24h, then coordinate"
        }
    }
}

/// What must never be declared, whoever declares it.
pub(super) fn check(matter: Matter, class: FailureClass, chain: &Chain) -> Result<(), String> {
    let announcement = matter == Matter::Announce;
    let (notice, usual) = (is_notice(matter), usual(matter, class));
    let last = chain.links().last().copied().unwrap_or(Link::Coordinate);
    if matches!(last, Link::Retry { .. } | Link::ReadBack { .. }) {
        let resort = if notice { "ignore" } else { "coordinate" };
        return Err(format!(
            "the chain ends in silence: add \", then {resort}\" as its last resort"
        ));
    }
    for (at, link) in chain.links().iter().enumerate() {
        check_time(link, at + 1 == chain.links().len())?;
        let refused = match link {
            Link::Ignore if !notice => format!(
                "\"{}\" cannot be ignored: money or access hangs on it; write \"coordinate\"",
                matter.name()
            ),
            // Receivers know an announcement by its id, so it may be sent again and be left in doubt.
            Link::Ignore | Link::Retry { .. } if announcement && class == FailureClass::Unknown => continue,
            Link::Ignore | Link::Undo | Link::UndoAndCoordinate if class == FailureClass::Unknown && !announcement => {
                format!("what may have happened cannot be ignored or undone: write \"{usual}\"")
            }
            Link::Undo | Link::UndoAndCoordinate if matches!(matter, Matter::Revoke | Matter::ReturnMoney) => {
                "an undo is not undone: write \"coordinate\"".to_owned()
            }
            Link::Undo | Link::UndoAndCoordinate if notice => {
                "no order is undone because a message failed: write \"ignore\"".to_owned()
            }
            Link::Record if !(notice && class == FailureClass::Unknown) => {
                format!("\"record\" is for notices whose outcome is unknown: write \"{usual}\"")
            }
            Link::Retry { .. } if class == FailureClass::Unknown => {
                format!("what may have happened is asked about, not repeated: write \"{usual}\"")
            }
            Link::Coordinate if notice => {
                format!("no person is asked about a message that failed: write \"{usual}\"")
            }
            Link::ReadBack { .. } if class != FailureClass::Unknown => {
                format!("it is known not to have happened: write \"{usual}\"")
            }
            Link::ReadBack { .. } if notice => format!("a message cannot be read back: write \"{usual}\""),
            Link::Retry { .. }
            | Link::ReadBack { .. }
            | Link::Ignore
            | Link::Undo
            | Link::Coordinate
            | Link::UndoAndCoordinate
            | Link::Record => continue,
        };
        return Err(refused);
    }
    Ok(())
}

/// An answer for a time has one; an answer for good is the last.
fn check_time(link: &Link, last: bool) -> Result<(), String> {
    match link {
        Link::Retry { age_max, case_after } | Link::ReadBack { age_max, case_after } => {
            if age_max.is_zero() {
                return Err("it is tried for no time at all: write a time like 24h, or leave it out".to_owned());
            }
            if *age_max > KEPT {
                return Err(format!(
                    "Stripe forgets its events after 30 days, and no customer waits for longer: write {} at most",
                    Written(KEPT)
                ));
            }
            if case_after.is_some_and(|after| after >= *age_max) {
                return Err("its case comes after its end: write a shorter time after \"case after\"".to_owned());
            }
            Ok(())
        }
        Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record if !last => {
            Err(format!("what stands after \"{link}\" is never reached: leave it out"))
        }
        Link::Ignore | Link::Undo | Link::Coordinate | Link::UndoAndCoordinate | Link::Record => Ok(()),
    }
}
