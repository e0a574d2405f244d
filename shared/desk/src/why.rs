//! Finds the order that somebody asks about, by whatever they have in hand.

use std::pin::pin;
use std::time::Duration;

use domain::Timestamp;
use domain::failure::{Failure, FailureClass, Reason};
use domain::finance::RefundLine;
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use domain::sought::Sought;
use domain::wording::{AtStripe, UNDERSTOOD, Walked, not_found};
use flow::ports::{Archive, Books, Clock, KnownBy, Ledger, Lists, LookUp, Trouble};
use futures_util::future::{Either, select};

use crate::report::listed_months;
use crate::text::normal;

/// So many orders of one buyer are shown.
const OF_BUYER_MAX: usize = 20;
/// What no index knows is looked for order by order, from the newest on: megabytes, which a small function gets through
/// within its time.
const WALKED_MAX: usize = 1_000;
const PAGE: usize = 100;
/// So many orders with refunds are gone through, from the latest month on; whoever finds none is led to Stripe's page.
const REFUNDS_LOOKED_AT: usize = 5_000;
/// A shop that sells little has empty months.
const MONTHS_MAX: usize = 13;
/// So long Stripe is waited for: the console's function has ten seconds for this and all that is looked through besides.
const STRIPE_WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub enum Found {
    One(Box<Order>),
    /// A case that belongs to no order.
    CaseAlone(CaseId),
    /// Of one buyer, the newest first, or of one reference. It may be one alone, where others cannot be read.
    Several {
        orders: Vec<Order>,
        /// There are older ones.
        more: bool,
        /// So many more cannot be read: the one that is meant may be among them.
        unread: usize,
    },
    /// What was tried, in words.
    None(String),
    /// It is nothing that an order could be found by; what would be, in words.
    NotUnderstood(&'static str),
}

/// What was found, and why Stripe, where it was asked, gave no answer.
pub type Looked = (Found, Option<Failure>);

/// Looks for the order, or the orders of a buyer. `stripe` is asked whose an id of its own is that is found here by no index:
/// no order keeps its events, nor a charge before the first refund. None: there is no key for asking.
///
/// # Errors
/// When the store cannot be asked.
pub async fn find(
    store: &(impl Ledger + Archive + LookUp + Lists + Clock),
    stripe: Option<&impl Books>,
    text: &str,
    now: Timestamp,
) -> Result<Looked, Trouble> {
    let Some(sought) = Sought::parse(&normal(text)) else {
        return Ok((Found::NotUnderstood(UNDERSTOOD), None));
    };
    let in_vain = || Found::None(not_found(&sought, None, &AtStripe::NotAsked));
    let indexed = match &sought {
        Sought::Order(id) => return Ok((one(store, id).await?.unwrap_or_else(in_vain), None)),
        Sought::Case(id) => return Ok((of_case(store, id).await?.unwrap_or_else(in_vain), None)),
        Sought::Session(id) => by_index(store, &sought, KnownBy::Session(id)).await?,
        Sought::Payment(id) => by_index(store, &sought, KnownBy::Payment(id)).await?,
        Sought::Buyer(email) => by_index(store, &sought, KnownBy::Buyer(email)).await?,
        Sought::Reference(reference) => by_index(store, &sought, KnownBy::Reference(reference)).await?,
        Sought::Refund(id) => by_refund(store, now, |line| line.refund == *id).await?,
        Sought::Charge(id) => by_refund(store, now, |line| line.charge.as_deref() == Some(id)).await?,
        Sought::Dispute(_) | Sought::Event(_) => Read::default(),
    };
    let unread = indexed.unread;
    if let Some(found) = indexed.shown() {
        return Ok((found, None));
    }
    let (at_stripe, failure) = match stripe.filter(|_| sought.is_stripes()) {
        None => (AtStripe::NotAsked, None),
        Some(stripe) => match whose(stripe, store, &sought).await {
            Ok(Some(order)) => match one(store, &order).await? {
                Some(found) => return Ok((found, None)),
                None => (AtStripe::Names(order), None),
            },
            Ok(None) => (AtStripe::NotOurs, None),
            Err(failure) => (AtStripe::Failed(failure.reason), Some(failure)),
        },
    };
    // No order has an event in itself.
    let walked = if matches!(sought, Sought::Event(_)) {
        None
    } else {
        // Not in the index: it never is, or it was written last before there was one.
        let (read, mut walked) = walk(store, &sought, now).await?;
        if let Some(found) = read.shown() {
            return Ok((found, failure));
        }
        // They may be the same.
        walked.unread = walked.unread.max(unread);
        Some(walked)
    };
    Ok((Found::None(not_found(&sought, walked, &at_stripe)), failure))
}

/// Stripe's word, if it comes in time.
async fn whose(stripe: &impl Books, clock: &impl Clock, sought: &Sought) -> Result<Option<OrderId>, Failure> {
    let asking = pin!(stripe.order_of(sought));
    match select(asking, pin!(clock.pause(STRIPE_WITHIN))).await {
        Either::Left((answered, _)) => answered,
        Either::Right(_) => Err(Failure::new(FailureClass::Transient, Reason::NoAnswer)),
    }
}

async fn of_case(store: &(impl Ledger + Archive), id: &CaseId) -> Result<Option<Found>, Trouble> {
    match store.case(id).await?.map(|case| case.order) {
        Some(Some(order)) => one(store, &order).await,
        Some(None) => Ok(Some(Found::CaseAlone(id.clone()))),
        None => Ok(None),
    }
}

async fn one(store: &impl Ledger, id: &OrderId) -> Result<Option<Found>, Trouble> {
    Ok(store.load(id).await?.map(|order| Found::One(Box::new(order))))
}

/// Orders that are what was looked for.
#[derive(Default)]
struct Read {
    orders: Vec<Order>,
    more: bool,
    /// So many more cannot be read, and may be what was looked for.
    unread: usize,
}

impl Read {
    /// None: there is nothing to show.
    fn shown(mut self) -> Option<Found> {
        self.orders.truncate(OF_BUYER_MAX);
        match (self.orders.len(), self.unread) {
            (0, _) => None,
            // Where others cannot be read, nobody knows that this is the one.
            (1, 0) => self.orders.pop().map(|order| Found::One(Box::new(order))),
            (_, unread) => Some(Found::Several {
                orders: self.orders,
                more: self.more,
                unread,
            }),
        }
    }
}

/// The index lags: what it names is read, and must be what was looked for.
async fn by_index(store: &(impl Ledger + LookUp), sought: &Sought, what: KnownBy<'_>) -> Result<Read, Trouble> {
    let (mut orders, mut newer) = (Vec::new(), Vec::new());
    for id in store.known_by(what, OF_BUYER_MAX + 1).await? {
        match store.load(&id).await {
            Ok(order) => orders.extend(order.filter(|order| sought.is_of(order))),
            // One of a buyer's orders must not hide the others.
            Err(trouble) if trouble.is_newer() => newer.push(trouble),
            Err(trouble) => return Err(trouble),
        }
    }
    let (more, unread) = (orders.len() + newer.len() > OF_BUYER_MAX, newer.len());
    match newer.pop() {
        Some(newer) if orders.is_empty() => Err(newer),
        Some(_) | None => Ok(Read { orders, more, unread }),
    }
}

/// By the list of refunds, the latest month first.
async fn by_refund(
    store: &(impl Ledger + Lists),
    now: Timestamp,
    is_it: impl Fn(&RefundLine) -> bool,
) -> Result<Read, Trouble> {
    let (mut read, mut left) = (Read::default(), REFUNDS_LOOKED_AT);
    for month in listed_months(now) {
        let listed = store.refunds(&month.month(), left).await?;
        if let Some(line) = listed.lines.iter().find(|line| is_it(line)) {
            read.orders.extend(store.load(&line.order).await?);
            return Ok(Read { unread: 0, ..read });
        }
        read.unread += listed.unread;
        left = left.saturating_sub(listed.lines.len());
        if left == 0 || listed.more {
            break;
        }
    }
    Ok(read)
}

/// Through the monthly lists, from the newest order on. Only a buyer may have several.
async fn walk(store: &impl Archive, sought: &Sought, now: Timestamp) -> Result<(Read, Walked), Trouble> {
    let of_buyer = matches!(sought, Sought::Buyer(_));
    let read = |orders: Vec<Order>, walked: Walked| Read {
        more: orders.len() > OF_BUYER_MAX,
        // What is one order's alone is no other's too.
        unread: if of_buyer { walked.unread } else { 0 },
        orders,
    };
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
            let whole = !found.is_empty() && !of_buyer;
            if whole || found.len() > OF_BUYER_MAX || walked.orders >= WALKED_MAX {
                return Ok((read(found, walked), walked));
            }
            after = older;
            if after.is_none() {
                break;
            }
        }
        month = month.in_month_before();
    }
    Ok((read(found, walked), walked))
}
