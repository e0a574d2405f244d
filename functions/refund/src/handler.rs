//! One nudge, one look at the order.

use adapters::lambda::log;
use adapters::sqs::Nudge;
use domain::brake::Limits;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Provider, Store, Treasury, Trouble};

/// Takes back and gives back what the order owes now. `limits` are those of today, whatever the order's policy was.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &impl Store,
    limits: Limits,
    provider: &impl Provider,
    stripe: &impl Treasury,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Refund, async |order, intent| {
        let outcome = hands::refund((store, limits), provider, stripe, order, intent).await;
        log::attempted(order, intent, &outcome);
        outcome
    })
    .await
}
