//! What may be given up without a person's knowing, and the case when it was more.

use domain::budget::{Budget, Ignored};
use domain::order::Order;

use crate::control::change;
use crate::ports::{Store, Trouble};

/// Counts an order of which something was left unsent. How many may be, its own policy says.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn spend(store: &impl Store, kind: Ignored, order: &Order) -> Result<(), Trouble> {
    let orders_max = order.policy.ignored_max(kind.matter());
    let case = change(store, |budget: &Budget| {
        let spent = budget.spend(kind, &order.id, orders_max, store.now());
        (spent.write, spent.case)
    })
    .await?;
    match case {
        Some(case) => store.open_case(&case).await,
        None => Ok(()),
    }
}
