//! Every charge that is neither delivered nor returned.

use domain::Timestamp;
use domain::finance::{Sums, Waiting};
use domain::wording;
use flow::ports::{Lists, SHARDS, Trouble};
use futures_util::future::try_join_all;

use crate::report::Reach;

pub struct WaitingList {
    /// Oldest first.
    pub lines: Vec<Waiting>,
    /// Each currency for itself.
    pub taken: Sums,
    pub held: Sums,
    /// Why these are not all, in words. None: they are.
    pub missing: Option<String>,
}

/// # Errors
/// When the store cannot be asked.
pub async fn waiting_list(store: &impl Lists, reach: Reach) -> Result<WaitingList, Trouble> {
    let (mut lines, mut unread, mut more) = (Vec::new(), 0, false);
    let shards = (0..SHARDS).map(async |shard| store.waits(shard, reach.orders).await);
    for listed in try_join_all(shards).await? {
        (unread, more) = (unread + listed.unread, more || listed.more);
        lines.extend(listed.lines);
    }
    lines.sort_by(|a, b| (a.since, &a.payment).cmp(&(b.since, &b.payment)));
    let sums = |held: bool| {
        let of = lines.iter().filter(|line| line.held == held);
        of.map(|line| line.amount).collect()
    };
    Ok(WaitingList {
        taken: sums(false),
        held: sums(true),
        lines,
        missing: wording::not_all(unread, more),
    })
}

/// Each currency for itself: `£480.00 (1)`.
pub fn each(sums: &Sums) -> Vec<String> {
    sums.each().map(|(count, money)| format!("{money} ({count})")).collect()
}

/// One charge that waits, in words.
pub struct WaitingLine {
    pub amount: String,
    pub held: bool,
    pub since: String,
    pub why: String,
    pub promised: String,
    pub overdue: bool,
    pub told: String,
    pub order: String,
    pub reference: String,
}

impl WaitingLine {
    pub fn of(line: &Waiting, now: Timestamp) -> Self {
        let told = line.told.as_ref();
        let told = told.map(|(template, at)| format!("{}, on {at}", wording::customer_was_told(template)));
        let promised = line.promised.map(|until| until.to_string());
        Self {
            amount: line.amount.to_string(),
            held: line.held,
            since: line.since.to_string(),
            why: wording::why_it_waits(line),
            promised: promised.unwrap_or_else(|| "no date".to_owned()),
            overdue: line.promised.is_some_and(|until| until < now),
            told: told.unwrap_or_else(|| "nothing so far; the order's page shows how it stands".to_owned()),
            order: line.order.to_string(),
            reference: line.reference.clone(),
        }
    }
}
