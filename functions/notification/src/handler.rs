//! One nudge, one look at the order; on schedules: whether the day's test alert, Finance's digest or the week's mail is
//! due, and what cases stand.

use std::time::Duration;

use adapters::lambda::log;
use adapters::lambda::metric::Metric;
use adapters::lambda::queue::{Record, nudged};
use adapters::mail_event::{self, CameBack};
use adapters::sqs::Nudge;
use domain::budget::Ignored;
use domain::decide::gives_up;
use domain::effect::Performer;
use domain::event::Event;
use domain::notice::Mark;
use domain::order::Order;
use domain::wording::reason;
use flow::advance::{Advanced, advance};
use flow::alerts::{Watched, watch};
use flow::finance::{Digested, send_digest};
use flow::heartbeat::{Beaten, beat};
use flow::perform::{Performed, perform};
use flow::ports::{Archive, Store, Teller, Trouble};
use flow::unsent::send_weekly;
use flow::{budget, first, hands};

/// Tells whoever must be told now. What is left unsent is counted: above the policy's budget it is a person's case.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(store: &impl Store, teller: &impl Teller, nudge: &Nudge) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Notification, async |order, intent| {
        let outcome = hands::notification(store, teller, order, intent).await;
        log::attempted(order, intent, &outcome);
        log::count(Metric::ClassesRaised, raises(order, &outcome).into());
        if let Some(kind) = gives_up(order, &outcome, store.now()) {
            log::count(Metric::MessagesGivenUp, 1);
            log::note(counted_as(kind), &[("order", order.id.as_str())]);
            // A count that fails keeps nothing back: the next order counts again.
            if let Err(trouble) = budget::spend(store, kind, order).await {
                log::note("budget_not_counted", &[("because", &trouble.to_string())]);
            }
        }
        outcome
    })
    .await
}

/// Its alert went out, and no other of its class stood.
fn raises(order: &Order, outcome: &Event) -> bool {
    let Event::NoticeAccepted {
        notice, covered: false, ..
    } = outcome
    else {
        return false;
    };
    let told = order.notices.iter().find(|known| known.id == *notice);
    told.is_some_and(|told| told.alert_class(order).is_some())
}

/// A record of one of our queues: a nudge, or what the mail system says of a mail.
///
/// # Errors
/// When it is not recorded: it must come again.
pub async fn record(store: &impl Store, teller: &impl Teller, record: &Record) -> Result<(), String> {
    // On AWS the name stands between the stack's and a suffix.
    if record.queue().contains("MailEventsQueue") {
        let recorded = came_back(store, &record.body).await;
        return recorded.map_err(|trouble| trouble.to_string());
    }
    nudged(record, async |nudge| handle(store, teller, nudge).await).await
}

/// That a mail came back is recorded in its order's ledger. What says nothing, or of no order of ours, is dropped.
///
/// # Errors
/// When nobody knows whether it was recorded: it must come again.
pub async fn came_back(store: &impl Store, text: &str) -> Result<(), Trouble> {
    let CameBack { order, notice, sent_at } = match mail_event::read(text) {
        Ok(came_back) => came_back,
        Err(because) => {
            log::note("mail_event_dropped", &[("because", because)]);
            return Ok(());
        }
    };
    let event = Event::NoticeMarked {
        notice,
        mark: Mark::Bounced { sent_at },
    };
    let outcome = match advance(store, &order, &event).await? {
        Advanced::Recorded(_) => "recorded",
        Advanced::Stayed { why, .. } | Advanced::Refused { why, .. } => why,
        Advanced::NoSuchOrder => "no such order",
    };
    let number = notice.to_string();
    let said = [("order", order.as_str()), ("notice", &number), ("outcome", outcome)];
    log::count(Metric::MailsCameBack, 1);
    log::note("mail_came_back", &said);
    Ok(())
}

fn counted_as(kind: Ignored) -> &'static str {
    match kind {
        Ignored::Mail => "mail_given_up",
        Ignored::Alert => "alert_given_up",
        Ignored::Announcement => "announcement_given_up",
    }
}

/// What a run is measured by.
pub type Measures = Vec<(Metric, u64)>;

/// Each hour `heartbeat`, `digest` and `weekly`; every ten minutes `watch`: somebody has to answer an alert `within` the time.
///
/// # Errors
/// When the schedule is none of ours, or the store cannot be asked.
pub async fn on_schedule(
    store: &(impl Store + Archive),
    teller: &impl Teller,
    within: Duration,
    schedule: &str,
) -> Result<Measures, Trouble> {
    match schedule {
        "heartbeat" => heartbeat(store, teller).await.map(measured),
        "watch" => {
            let mut measures = look(store, teller, within).await.map(seen)?;
            measures.extend(first_times(store, teller).await);
            Ok(measures)
        }
        "digest" => tell_finance(store, teller).await.map(counted),
        "weekly" => tell_service(store, teller).await.map(weekly),
        other => Err(Trouble {
            wanted: "follow a schedule",
            because: format!("\"{other}\" is none of ours"),
        }),
    }
}

/// Publishes the day's test alert, or the one that could not be published.
///
/// # Errors
/// When the store cannot be asked.
pub async fn heartbeat(store: &impl Store, teller: &impl Teller) -> Result<Beaten, Trouble> {
    let beaten = beat(store, teller).await?;
    if let Some(failure) = beaten.failed {
        log::note("test_alert_failed", &[("because", reason(failure.reason))]);
    }
    Ok(beaten)
}

/// Sends the day's digest, or the one that could not be sent.
///
/// # Errors
/// When the store cannot be asked.
pub async fn tell_finance(store: &(impl Store + Archive), teller: &impl Teller) -> Result<Digested, Trouble> {
    let digested = send_digest(store, teller).await?;
    if let Some(failure) = digested.failed {
        log::note("digest_failed", &[("because", reason(failure.reason))]);
    }
    Ok(digested)
}

/// Sends the week's mail about what was left unsent, or the one that could not be sent.
///
/// # Errors
/// When the store cannot be asked.
pub async fn tell_service(store: &(impl Store + Archive), teller: &impl Teller) -> Result<Digested, Trouble> {
    let told = send_weekly(store, teller).await?;
    if let Some(failure) = told.failed {
        log::note("weekly_failed", &[("because", reason(failure.reason))]);
    }
    Ok(told)
}

/// Says what is new of each class of cases.
async fn look(store: &(impl Store + Archive), teller: &impl Teller, within: Duration) -> Result<Watched, Trouble> {
    let watched = watch(store, teller, within).await?;
    if let Some(failure) = watched.failed {
        log::note("alert_failed", &[("because", reason(failure.reason))]);
    }
    Ok(watched)
}

/// Tells owners what the policy answered for the first time. What alerts came to is measured whatever becomes of it.
async fn first_times(store: &impl Store, teller: &impl Teller) -> Measures {
    let said = first::tell(store, teller).await;
    let failed = match &said {
        Ok(said) => said.failed.map(|failure| reason(failure.reason).to_owned()),
        Err(trouble) => Some(trouble.to_string()),
    };
    if let Some(because) = &failed {
        log::note("first_time_not_told", &[("because", because)]);
    }
    vec![
        (Metric::FirstTimesSaid, said.map_or(0, |said| said.said)),
        (Metric::FirstTimesFailed, failed.is_some().into()),
    ]
}

/// While `WatchRan` is silent, nobody finds out whether alerts are answered.
fn seen(watched: Watched) -> Measures {
    vec![
        (Metric::WatchRan, 1),
        (Metric::AlertsSaid, watched.said),
        (Metric::ClassesRaised, watched.raised),
        (Metric::AlertsEscalated, watched.escalated),
        (Metric::AlertsFailed, watched.failed.is_some().into()),
        (Metric::AlertsStanding, watched.standing),
        (Metric::AlertsUnanswered, watched.unanswered),
    ]
}

/// While `HeartbeatRan` is silent, nobody finds out whether alerts are heard.
fn measured(beaten: Beaten) -> Measures {
    vec![
        (Metric::HeartbeatRan, 1),
        (Metric::TestAlertSent, beaten.sent.into()),
        (Metric::TestAlertFailed, beaten.failed.is_some().into()),
        (Metric::AlertsUnheard, beaten.unheard.into()),
    ]
}

/// While `DigestRan` is silent, Finance hears nothing.
fn counted(digested: Digested) -> Measures {
    vec![
        (Metric::DigestRan, 1),
        (Metric::DigestSent, digested.sent.into()),
        (Metric::DigestFailed, digested.failed.is_some().into()),
        (Metric::DigestPartial, digested.partial.into()),
    ]
}

/// While `WeeklyRan` is silent, nobody hears what is left unsent.
fn weekly(told: Digested) -> Measures {
    vec![
        (Metric::WeeklyRan, 1),
        (Metric::WeeklySent, told.sent.into()),
        (Metric::WeeklyFailed, told.failed.is_some().into()),
        (Metric::WeeklyPartial, told.partial.into()),
    ]
}
