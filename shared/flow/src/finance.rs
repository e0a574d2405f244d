//! What Finance reads: all orders of the last months are walked, and once a day a digest of them is sent.

use std::time::Duration;

use domain::Timestamp;
use domain::failure::{Failure, FailureClass};
use domain::finance::{Digest, Figures, Period};
use domain::order::Order;
use domain::turns::InTurn;

use crate::control::change;
use crate::ports::{Archive, Clock, Store, Teller, Trouble};

/// A refund may belong to an order of long ago: so many months of orders are walked, the last one among them.
const MONTHS: u32 = 13;

/// Orders of one page.
const PAGE: usize = 100;

/// Open cases that are counted: more of them are a disaster that needs no digest.
const CASES_MAX: usize = 1_000;

/// No page is begun after this, so that the digest is sent before its function ends.
const BUDGET: Duration = Duration::from_secs(20);

/// Shows every order that was placed in the month of `newest` or in the year before, month by month. Tells whether that
/// was done within the budget, and all of them could be read.
///
/// # Errors
/// When the store cannot be asked.
pub async fn walk(
    store: &(impl Archive + Clock),
    newest: Timestamp,
    budget: Duration,
    mut look: impl FnMut(&Order),
) -> Result<bool, Trouble> {
    let (started, mut month, mut whole) = (store.now(), newest, true);
    for _ in 0..MONTHS {
        let mut older_than = None;
        loop {
            if store.now().since(started) >= budget {
                return Ok(false);
            }
            let (orders, oldest) = store.orders_page(&month.month(), older_than.as_ref(), PAGE).await?;
            whole &= orders.unread == 0;
            orders.orders.iter().for_each(&mut look);
            match oldest {
                Some(oldest) => older_than = Some(oldest),
                None => break,
            }
        }
        month = month.in_month_before();
    }
    Ok(whole)
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digested {
    /// A digest went out, or may have.
    pub sent: bool,
    /// It could not be sent, and a later run does it again.
    pub failed: Option<Failure>,
    /// Not all orders could be read, and the mail says so.
    pub partial: bool,
}

/// Sends the day's digest, if it is due. That a run is at it is recorded first, so that two at once send one; one that
/// failed or died is sent by a later run.
///
/// # Errors
/// When the store cannot be asked, or nobody knows what it stored.
pub async fn send_digest(store: &(impl Store + Archive), teller: &impl Teller) -> Result<Digested, Trouble> {
    let now = store.now();
    in_turn::<Digest>(store, async |period| {
        let mut figures = Figures::of(period);
        figures.whole = walk(store, now, BUDGET, |order| figures.add(order)).await?;
        let cases = store.open_cases(CASES_MAX).await?.cases;
        cases.iter().for_each(|case| figures.add_case(case));
        Ok((teller.digest(&figures).await.err(), figures.whole))
    })
    .await
}

/// Sends what is due, if anything is: `send` tells what failed, and whether all was read for it. That a run is at it is
/// recorded first.
pub(crate) async fn in_turn<C: InTurn>(
    store: &impl Store,
    send: impl AsyncFnOnce(Period) -> Result<(Option<Failure>, bool), Trouble>,
) -> Result<Digested, Trouble> {
    let Some((begun, period)) = store.control::<C>().await?.begun(store.now()) else {
        return Ok(Digested::default());
    };
    if !store.set_control(&begun).await? {
        // Another run is at it.
        return Ok(Digested::default());
    }
    let (failed, whole) = send(period).await?;
    // One whose answer was lost may have come: it is not sent again.
    let gone = failed.is_none_or(|failure| failure.class == FailureClass::Unknown);
    if gone {
        change(store, |stands: &C| (stands.told(period), ())).await?;
    }
    Ok(Digested {
        sent: gone,
        failed,
        partial: !whole,
    })
}
