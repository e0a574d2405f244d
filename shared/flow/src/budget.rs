//! What may be given up without a person's knowing, and the case when it was more.

use domain::budget::Budget;
use domain::id::OrderId;

use crate::control::change;
use crate::ports::{Control, Store, Trouble};

/// Counts an order that could not be announced.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn spend(store: &(impl Store + Control), orders_max: usize, order: &OrderId) -> Result<(), Trouble> {
    let case = change(store, |budget: &Budget| {
        let spent = budget.spend(order, orders_max, store.now());
        (spent.write, spent.case)
    })
    .await?;
    match case {
        Some(case) => store.open_case(&case).await,
        None => Ok(()),
    }
}
