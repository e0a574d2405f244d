//! One nudge, one look at the order.

use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Identity, Store, Treasury, Trouble};

/// Takes back and gives back what the order owes now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &impl Store,
    identity: &impl Identity,
    stripe: &impl Treasury,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Refund, async |order, intent| {
        hands::refund(identity, stripe, order, intent).await
    })
    .await
}
