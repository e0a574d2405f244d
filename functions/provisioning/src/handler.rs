//! One nudge, one look at the order.

use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Breakers, Provider, Store, Trouble};

/// Delivers, or looks for, what the order owes now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &(impl Store + Breakers),
    provider: &impl Provider,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Provisioning, async |order, intent| {
        hands::provisioning(store, provider, order, intent).await
    })
    .await
}
