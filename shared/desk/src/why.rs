//! Finds the order that somebody asks about, by whatever they have in hand.

use domain::Timestamp;
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use domain::sought::Sought;
use domain::wording::{UNDERSTOOD, Walked, not_found};
use flow::ports::{Archive, KnownBy, Ledger, LookUp, Trouble};

use crate::text::normal;

/// So many orders of one buyer are shown.
const OF_BUYER_MAX: usize = 20;
/// What no index knows is looked for order by order, from the newest on: megabytes, which a small function gets through
/// within its time.
const WALKED_MAX: usize = 1_000;
const PAGE: usize = 100;
/// A shop that sells little has empty months.
const MONTHS_MAX: usize = 13;

#[derive(Debug)]
pub enum Found {
    One(Box<Order>),
    /// A case that belongs to no order.
    CaseAlone(CaseId),
    /// Of one buyer, the newest first.
    Several {
        orders: Vec<Order>,
        /// There are older ones.
        more: bool,
    },
    /// What was tried, in words.
    None(String),
    /// It is nothing that an order could be found by; what would be, in words.
    NotUnderstood(&'static str),
}

/// Looks for the order, or the orders of a buyer.
///
/// # Errors
/// When the store cannot be asked.
pub async fn find(store: &(impl Ledger + Archive + LookUp), text: &str, now: Timestamp) -> Result<Found, Trouble> {
    let Some(sought) = Sought::parse(&normal(text)) else {
        return Ok(Found::NotUnderstood(UNDERSTOOD));
    };
    let in_vain = |walked| Found::None(not_found(&sought, walked));
    let indexed = match &sought {
        Sought::Order(id) => return Ok(one(store, id).await?.unwrap_or_else(|| in_vain(None))),
        Sought::Case(id) => {
            return Ok(match store.case(id).await?.map(|case| case.order) {
                Some(Some(order)) => one(store, &order).await?.unwrap_or_else(|| in_vain(None)),
                Some(None) => Found::CaseAlone(id.clone()),
                None => in_vain(None),
            });
        }
        Sought::AtStripe(_) => return Ok(in_vain(None)),
        Sought::Session(id) => by_index(store, &sought, KnownBy::Session(id)).await?,
        Sought::Payment(id) => by_index(store, &sought, KnownBy::Payment(id)).await?,
        Sought::Buyer(email) => by_index(store, &sought, KnownBy::Buyer(email)).await?,
        Sought::Reference(_) | Sought::Refund(_) | Sought::Dispute(_) => Vec::new(),
    };
    // Not in the index: it never is, or it was written last before there was one.
    let (found, walked) = if indexed.is_empty() {
        let (found, walked) = walk(store, &sought, now).await?;
        (found, Some(walked))
    } else {
        (indexed, None)
    };
    Ok(shown(found).unwrap_or_else(|| in_vain(walked)))
}

async fn one(store: &impl Ledger, id: &OrderId) -> Result<Option<Found>, Trouble> {
    Ok(store.load(id).await?.map(|order| Found::One(Box::new(order))))
}

/// None: there is nothing to show.
fn shown(mut orders: Vec<Order>) -> Option<Found> {
    let more = orders.len() > OF_BUYER_MAX;
    orders.truncate(OF_BUYER_MAX);
    if orders.len() > 1 {
        return Some(Found::Several { orders, more });
    }
    orders.pop().map(|order| Found::One(Box::new(order)))
}

/// The index lags: what it names is read, and must be what was looked for.
async fn by_index(store: &(impl Ledger + LookUp), sought: &Sought, what: KnownBy<'_>) -> Result<Vec<Order>, Trouble> {
    let (mut orders, mut newer) = (Vec::new(), None);
    for id in store.known_by(what, OF_BUYER_MAX + 1).await? {
        match store.load(&id).await {
            Ok(order) => orders.extend(order.filter(|order| sought.is_of(order))),
            // One of a buyer's orders must not hide the others.
            Err(trouble) if trouble.is_newer() => newer = Some(trouble),
            Err(trouble) => return Err(trouble),
        }
    }
    match newer {
        Some(newer) if orders.is_empty() => Err(newer),
        Some(_) | None => Ok(orders),
    }
}

/// Through the monthly lists, from the newest order on. Only a buyer may have several.
async fn walk(store: &impl Archive, sought: &Sought, now: Timestamp) -> Result<(Vec<Order>, Walked), Trouble> {
    let mut found = Vec::new();
    let mut walked = Walked {
        orders: 0,
        back_to: None,
        unread: 0,
    };
    let (mut month, mut after) = (now, None);
    for _ in 0..MONTHS_MAX {
        loop {
            let limit = PAGE.min(WALKED_MAX - walked.orders);
            let (page, older) = store.orders_page(&month.month(), after.as_ref(), limit).await?;
            walked.orders += page.orders.len();
            walked.unread += page.unread;
            walked.back_to = page.orders.last().map(|order| order.created_at).or(walked.back_to);
            found.extend(page.orders.into_iter().filter(|order| sought.is_of(order)));
            let whole = !found.is_empty() && !matches!(sought, Sought::Buyer(_));
            if whole || found.len() > OF_BUYER_MAX || walked.orders >= WALKED_MAX {
                return Ok((found, walked));
            }
            after = older;
            if after.is_none() {
                break;
            }
        }
        month = month.in_month_before();
    }
    Ok((found, walked))
}
