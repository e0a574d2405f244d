//! Telling operations: an order's word about a case, and one run of the look at all cases.

use std::time::Duration;

use domain::Timestamp;
use domain::alert::{Alerts, Say, Standing, open};
use domain::case::Class;
use domain::failure::Failure;
use domain::notice::Notice;
use domain::order::Order;
use domain::wording::ClassAlert;

use crate::control::change;
use crate::ports::{Archive, Clock, Control, OpenCases, Teller, Trouble};

/// So many open cases are looked at in one run.
const CASES_MAX: usize = 10_000;

/// More is said in the next run.
const SAYINGS_MAX: usize = 50;

/// Tells what the notice says, unless the alert of its class covers it. Tells whether it did.
///
/// # Errors
/// As the teller's: what was not told comes again.
pub async fn tell(
    store: &(impl Control + Clock),
    teller: &impl Teller,
    order: &Order,
    notice: &Notice,
) -> Result<bool, Failure> {
    let Some(class) = notice.alert_class(order) else {
        return teller.tell(order, notice).await.map(|()| false);
    };
    let now = store.now();
    let occurs = change(store, |alerts: &Alerts| {
        let next = alerts.occurs(class, now);
        let says = next.is_some();
        (next, says)
    });
    // Where it cannot be asked, one alert too many is better than none.
    if !occurs.await.unwrap_or(true) {
        return Ok(true);
    }
    let told = teller.tell(order, notice).await;
    ended(store, (class, Say::Raised), now, told.is_ok()).await;
    told.map(|()| false)
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    pub said: u64,
    /// Of them: a class of which nothing stood before.
    pub raised: u64,
    pub escalated: u64,
    pub failed: Option<Failure>,
    /// Classes of cases that stand, and those that nobody has answered.
    pub standing: u64,
    pub unanswered: u64,
}

/// Looks at all open cases and says what is new of each class: those of no order, those that grow, those that nobody
/// answers `within` the time, and those that are over.
///
/// # Errors
/// When the store cannot be asked.
pub async fn watch(
    store: &(impl Control + Clock + Archive),
    teller: &impl Teller,
    within: Duration,
) -> Result<Watched, Trouble> {
    let OpenCases { cases, unread } = store.open_cases(CASES_MAX).await?;
    // What cannot be read may be of any class: none of them is known to be over.
    let (open, all) = (open(&cases, store.now()), unread == 0 && cases.len() < CASES_MAX);
    let mut watched = Watched::default();
    for _ in 0..SAYINGS_MAX {
        let now = store.now();
        let step = change(store, |alerts: &Alerts| {
            let Some((next, class, say)) = alerts.looked(&open, all, within, now) else {
                return (None, None);
            };
            let standing = next.standing().get(&class);
            let said: Option<(Class, Say, Standing)> = standing.map(|standing| (class, say, standing.clone()));
            (Some(next), said)
        });
        let Some((class, say, standing)) = step.await? else {
            break;
        };
        let alert = ClassAlert {
            class,
            say,
            standing: &standing,
            open: open.get(&class),
            within,
            now,
        };
        let failed = teller.class_alert(&alert).await.err();
        ended(store, (class, say), now, failed.is_none()).await;
        watched.failed = watched.failed.or(failed);
        watched.said += 1;
        watched.raised += u64::from(say == Say::Raised);
        watched.escalated += u64::from(say == Say::Escalated);
    }
    let alerts: Alerts = store.control().await?;
    let standing = alerts.standing().values();
    (watched.standing, watched.unanswered) = standing.fold((0, 0), |(all, unanswered), one| {
        (all + 1, unanswered + u64::from(one.acknowledged.is_none()))
    });
    Ok(watched)
}

/// Somebody has it; `from`: they take it over from whoever had it. Tells whether that is news.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn acknowledge(
    store: &(impl Control + Clock + Archive),
    class: Class,
    (by, from): (&str, Option<&str>),
) -> Result<bool, Trouble> {
    let (now, cases) = (store.now(), store.open_cases(CASES_MAX).await?.cases);
    let count = cases.iter().filter(|case| case.class == class).count();
    change(store, |alerts: &Alerts| {
        let next = alerts.acknowledged(class, count, (by, from), now);
        let news = next.is_some();
        (next, news)
    })
    .await
}

/// Should the note of it be lost, it is said once more.
async fn ended(store: &impl Control, (class, say): (Class, Say), at: Timestamp, out: bool) {
    let noted = change(store, |alerts: &Alerts| (alerts.ended(class, say, at, out), ()));
    let _said_once_more: Result<(), Trouble> = noted.await;
}
