//! One nudge, one look at the order; each minute, a look at all that is overdue; every ten, one at Stripe's own lists, and
//! at what they add up to.

use adapters::lambda::log;
use adapters::lambda::metric::Metric;
use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::audit::{MoneyAudited, audit_money};
use flow::catch_up::{CaughtUp, catch_up};
use flow::failures::Failures;
use flow::hands;
use flow::operation::{Operated, operate};
use flow::perform::{Performed, perform};
use flow::ports::{Agenda, Books, Store, Trouble};
use flow::sweep::{Swept, sweep};

/// Asks Stripe what the order needs to know now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(store: &impl Store, stripe: &impl Books, nudge: &Nudge) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Reconciliation, async |order, intent| {
        let outcome = hands::reconciliation(stripe, order, intent).await;
        log::attempted(order, intent, &outcome);
        outcome
    })
    .await
}

/// What came of it.
#[derive(Debug)]
pub enum Ran {
    Swept(Swept),
    CaughtUp(CaughtUp),
    Audited(MoneyAudited),
    Operated(Operated),
}

/// Each minute `sweep` and `operate`; every ten minutes `catch_up` and `audit_money`.
///
/// # Errors
/// When the schedule is none of ours, or store or Stripe cannot be asked.
pub async fn on_schedule(store: &(impl Store + Agenda), stripe: &impl Books, schedule: &str) -> Result<Ran, Trouble> {
    match schedule {
        "sweep" => {
            let swept = sweep(store).await?;
            say("overdue_failed", "order", &swept.failures);
            Ok(Ran::Swept(swept))
        }
        "operate" => {
            let operated = operate(store).await?;
            say("operation_failed", "case", &operated.failures);
            Ok(Ran::Operated(operated))
        }
        "catch_up" => {
            let caught = catch_up(store, stripe).await?;
            if let Some(trouble) = &caught.stopped_by {
                log::note("catch_up_stopped", &[("because", &trouble.to_string())]);
            }
            say("catch_up_missed", "about", &caught.failures);
            Ok(Ran::CaughtUp(caught))
        }
        "audit_money" => {
            let audited = audit_money(store, stripe).await;
            if let Some(trouble) = &audited.stopped_by {
                log::note("audit_money_stopped", &[("because", &trouble.to_string())]);
            }
            say("payment_not_audited", "payment", &audited.failures);
            Ok(Ran::Audited(audited))
        }
        other => Err(Trouble {
            wanted: "follow a schedule",
            because: format!("\"{other}\" is none of ours"),
        }),
    }
}

/// What failed for one of many, which is tried again.
fn say(counted: &str, of_what: &str, failures: &Failures) {
    for (of, because) in failures.named() {
        log::note(counted, &[(of_what, of), ("because", because)]);
    }
}

/// What a run is measured by. `SweeperRan` and `CatchUpRan` are heartbeats: when one is silent, nobody repairs anything, or
/// nobody finds what Stripe told us in vain.
pub fn measured(ran: &Ran) -> Vec<(Metric, u64)> {
    match ran {
        Ran::Swept(swept) => of_sweep(swept),
        Ran::CaughtUp(caught) => of_catch_up(caught),
        Ran::Audited(audited) => of_audit(audited),
        Ran::Operated(operated) => vec![
            (Metric::PersonDecidedInOperation, operated.decided.into()),
            (Metric::LeftByOperation, operated.left.into()),
            (Metric::OperationFailed, operated.failed.into()),
        ],
    }
}

fn of_catch_up(caught: &CaughtUp) -> Vec<(Metric, u64)> {
    vec![
        (Metric::CatchUpRan, 1),
        (Metric::StripeEntriesRead, caught.entries.into()),
        (Metric::StripeEntriesMissed, caught.missed.into()),
        (Metric::StripeEntriesUnread, caught.unread.into()),
        (Metric::StripeEventsNeverCame, caught.recorded.into()),
        (Metric::StripeMoneyWithoutOrder, caught.without_order.into()),
        (Metric::StripeEntriesHandedOver, caught.handed_over.into()),
        (Metric::StripeBehindSeconds, caught.behind.as_secs()),
        (Metric::StripeListsFailed, u64::from(caught.stopped_by.is_some())),
    ]
}

fn of_audit(audited: &MoneyAudited) -> Vec<(Metric, u64)> {
    for (currency, lines) in audited.totals.iter().flatten() {
        let lines: Vec<(&str, String)> = lines
            .iter()
            .map(|(line, minor)| (line.name(), minor.to_string()))
            .collect();
        let mut note = vec![("currency", currency.as_str())];
        note.extend(lines.iter().map(|(line, minor)| (*line, minor.as_str())));
        log::note("money_audited", &note);
    }
    vec![
        (Metric::MoneyAuditRan, audited.stopped_by.is_none().into()),
        (Metric::MoneyAuditRoundEnded, u64::from(audited.totals.is_some())),
        (Metric::PaymentsAudited, audited.payments.into()),
        (Metric::MoneyWithoutOutcome, audited.without_outcome.into()),
        (Metric::PaymentsUnaccounted, audited.cases.into()),
        (Metric::PaymentsUnread, audited.unread.into()),
    ]
}

fn of_sweep(swept: &Swept) -> Vec<(Metric, u64)> {
    vec![
        (Metric::SweeperRan, 1),
        (Metric::OverdueClaimed, swept.claimed.into()),
        (Metric::OverdueNudged, swept.nudged.into()),
        (Metric::OverdueHeld, swept.held.into()),
        (Metric::OverdueFailed, swept.failed.into()),
        (Metric::OverdueOldestSeconds, swept.oldest.as_secs()),
    ]
}
