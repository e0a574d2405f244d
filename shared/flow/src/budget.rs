//! What may be given up without a person's knowing, and the case when it was more.

use domain::id::OrderId;

use crate::advance::{CONFLICTS_MAX, too_many};
use crate::ports::{Control, Store, Trouble};

/// Counts an order that could not be announced.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn spend(store: &(impl Store + Control), orders_max: usize, order: &OrderId) -> Result<(), Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let spent = store.budget().await?.spend(order, orders_max, store.now());
        let stored = match &spent.write {
            Some(budget) => store.set_budget(budget).await?,
            None => true,
        };
        if stored {
            return match &spent.case {
                Some(case) => store.open_case(case).await,
                None => Ok(()),
            };
        }
    }
    Err(too_many("write the budget"))
}
