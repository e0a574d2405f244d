//! One nudge, one look at the order.

use adapters::lambda::log;
use adapters::sqs::Nudge;
use domain::decide::gives_up;
use domain::effect::Performer;
use flow::perform::{Performed, perform};
use flow::ports::{Control, Store, Teller, Trouble};
use flow::{budget, hands};

/// Tells whoever must be told now. Of orders that are given up unannounced `unannounced_max` in a day are nobody's case.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &(impl Store + Control),
    unannounced_max: usize,
    teller: &impl Teller,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Notification, async |order, intent| {
        let outcome = hands::notification(teller, order, intent).await;
        if gives_up(order, &outcome, store.now()) {
            log::note("announcement_given_up", &[("order", order.id.as_str())]);
            // A count that fails keeps nothing back: the next order counts again.
            if let Err(trouble) = budget::spend(store, unannounced_max, &order.id).await {
                log::note("budget_not_counted", &[("because", &trouble.to_string())]);
            }
        }
        outcome
    })
    .await
}
