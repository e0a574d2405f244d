//! One nudge, one look at the order.

use adapters::lambda::log;
use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Books, Store, Till, Trouble};

/// Takes the held money that the order owes us now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(store: &impl Store, stripe: &(impl Books + Till), nudge: &Nudge) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Capture, async |order, intent| {
        let outcome = hands::capture(stripe, order, intent).await;
        log::attempted(order, intent, &outcome);
        outcome
    })
    .await
}
