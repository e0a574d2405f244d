//! One nudge, one look at the order; on schedules, a look whether the day's test alert is due and at the cases that stand.

use std::time::Duration;

use adapters::lambda::log;
use adapters::sqs::Nudge;
use domain::decide::gives_up;
use domain::effect::Performer;
use domain::wording::reason;
use flow::alerts::{Watched, watch};
use flow::heartbeat::{Beaten, beat};
use flow::perform::{Performed, perform};
use flow::ports::{Archive, Control, Store, Teller, Trouble};
use flow::{budget, hands};

/// Tells whoever must be told now. Of orders that are given up unannounced `unannounced_max` in a day are nobody's case.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &(impl Store + Control),
    unannounced_max: usize,
    teller: &impl Teller,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Notification, async |order, intent| {
        let outcome = hands::notification(store, teller, order, intent).await;
        if gives_up(order, &outcome, store.now()) {
            log::note("announcement_given_up", &[("order", order.id.as_str())]);
            // A count that fails keeps nothing back: the next order counts again.
            if let Err(trouble) = budget::spend(store, unannounced_max, &order.id).await {
                log::note("budget_not_counted", &[("because", &trouble.to_string())]);
            }
        }
        outcome
    })
    .await
}

/// What a schedule came to.
pub enum Ran {
    Beaten(Beaten),
    Watched(Watched),
}

/// Each hour `heartbeat`: the day's test alert, or the one that could not be published. Every ten minutes `watch`: what is
/// new of each class of cases, which somebody has to answer `within` the time.
///
/// # Errors
/// When the schedule is none of ours, or the store cannot be asked.
pub async fn on_schedule(
    store: &(impl Store + Control + Archive),
    teller: &impl Teller,
    within: Duration,
    schedule: &str,
) -> Result<Ran, Trouble> {
    let (ran, failed, what) = match schedule {
        "heartbeat" => {
            let beaten = beat(store, teller).await?;
            (Ran::Beaten(beaten), beaten.failed, "test_alert_failed")
        }
        "watch" => {
            let watched = watch(store, teller, within).await?;
            (Ran::Watched(watched), watched.failed, "alert_failed")
        }
        other => {
            return Err(Trouble {
                wanted: "follow a schedule",
                because: format!("\"{other}\" is none of ours"),
            });
        }
    };
    if let Some(failure) = failed {
        log::note(what, &[("because", reason(failure.reason))]);
    }
    Ok(ran)
}

/// What a run is measured by. While `HeartbeatRan` or `WatchRan` is silent, nobody finds out whether alerts are heard.
pub fn measured(ran: &Ran) -> Vec<(&'static str, u64)> {
    match ran {
        Ran::Beaten(beaten) => vec![
            ("HeartbeatRan", 1),
            ("TestAlertSent", beaten.sent.into()),
            ("TestAlertFailed", beaten.failed.is_some().into()),
            ("AlertsUnheard", beaten.unheard.into()),
        ],
        Ran::Watched(watched) => vec![
            ("WatchRan", 1),
            ("AlertsSaid", watched.said),
            ("AlertsEscalated", watched.escalated),
            ("AlertsFailed", watched.failed.is_some().into()),
            ("AlertsStanding", watched.standing),
            ("AlertsUnanswered", watched.unanswered),
        ],
    }
}
