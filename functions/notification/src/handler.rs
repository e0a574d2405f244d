//! One nudge, one look at the order.

use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Store, Teller, Trouble};

/// Tells whoever must be told now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(store: &impl Store, teller: &impl Teller, nudge: &Nudge) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Notification, async |order, intent| {
        hands::notification(teller, order, intent).await
    })
    .await
}
