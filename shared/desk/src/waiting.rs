//! Every charge that is neither delivered nor returned.

use domain::Timestamp;
use domain::finance::{Sums, Waiting, waiting};
use flow::finance::{walk, walked_from};
use flow::ports::{Archive, Clock, Trouble};

use crate::report::BUDGET;

pub struct WaitingList {
    /// Oldest first.
    pub lines: Vec<Waiting>,
    /// Each currency for itself.
    pub taken: Sums,
    pub held: Sums,
    /// Orders that were placed before are not looked at.
    pub orders_from: Timestamp,
    /// Everything was read in time.
    pub whole: bool,
}

/// # Errors
/// When the store cannot be asked.
pub async fn waiting_list(store: &(impl Archive + Clock)) -> Result<WaitingList, Trouble> {
    let (now, mut lines) = (store.now(), Vec::new());
    let whole = walk(store, now, BUDGET, |order| lines.extend(waiting(order))).await?;
    lines.sort_by(|a, b| (a.since, &a.payment).cmp(&(b.since, &b.payment)));
    let sums = |held: bool| {
        let of = lines.iter().filter(|line| line.held == held);
        of.map(|line| line.amount).collect()
    };
    Ok(WaitingList {
        taken: sums(false),
        held: sums(true),
        lines,
        orders_from: walked_from(now),
        whole,
    })
}
