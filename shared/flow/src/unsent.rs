//! Once a week: what the policy let be left unsent.

use std::time::Duration;

use domain::unsent::{Unsent, Weekly};

use crate::finance::{Digested, in_turn, walk};
use crate::ports::{Archive, Store, Teller, Trouble};

/// No page of orders is begun after this, so that the mail is sent before its function ends.
const BUDGET: Duration = Duration::from_secs(20);

/// Sends the week's mail, if it is due. That a run is at it is recorded first, so that two at once send one; one that
/// failed or died is sent by a later run.
///
/// # Errors
/// When the store cannot be asked, or nobody knows what it stored.
pub async fn send_weekly(store: &(impl Store + Archive), teller: &impl Teller) -> Result<Digested, Trouble> {
    let now = store.now();
    in_turn::<Weekly>(store, async |period| {
        let mut unsent = Unsent::of(period);
        unsent.whole = walk(store, now, BUDGET, |order| unsent.add(order)).await?;
        Ok((teller.unsent(&unsent).await.err(), unsent.whole))
    })
    .await
}
