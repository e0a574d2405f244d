//! One dead letter: armed again, stale, or a person's.

use adapters::lambda::queue::Record;
use adapters::sqs::Nudge;
use domain::case::{Case, Class};
use flow::ports::{Store, Trouble};
use flow::rearm::{Rearmed, rearm};

/// Nothing that died is dropped: the order is nudged afresh, or a case tells a person.
///
/// # Errors
/// When neither could be recorded: the letter must come again.
pub async fn handle(store: &impl Store, record: &Record) -> Result<Rearmed, Trouble> {
    let consequence = match Nudge::parse(&record.body) {
        Ok(nudge) => match rearm(store, &nudge.order, record.queue()).await? {
            Rearmed::NoSuchOrder => format!(
                "No customer is known to wait: a message names the order {}, which does not exist.",
                nudge.order
            ),
            rearmed @ (Rearmed::Again | Rearmed::AtRest) => return Ok(rearmed),
        },
        Err(_) if record.queue().contains("MailEventsDeadQueue") => {
            "The customer of some order may not know what became of it: that a mail came back could not be recorded."
                .to_owned()
        }
        Err(_) => "No customer is known to wait: a message came that is none of ours; somebody may be sending by hand."
            .to_owned(),
    };
    let id = format!("case_{}", record.message_id);
    let case = Case::without_order(id, Class::DeadLetters, store.now(), consequence, None);
    store.open_case(&case).await?;
    Ok(Rearmed::NoSuchOrder)
}
