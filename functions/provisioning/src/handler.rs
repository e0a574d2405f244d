//! One nudge, one look at the order; once a day, a look at all that was set up.

use adapters::lambda::log;
use adapters::lambda::metric::Metric;
use adapters::sqs::Nudge;
use domain::effect::Performer;
use domain::wording::reason;
use flow::audit::{AccessAudited, audit_access};
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Archive, Breakers, Provider, Store, Trouble};

/// Delivers, or looks for, what the order owes now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(
    store: &(impl Store + Breakers),
    provider: &impl Provider,
    nudge: &Nudge,
) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Provisioning, async |order, intent| {
        let outcome = hands::provisioning(store, provider, order, intent).await;
        log::attempted(order, intent, &outcome);
        outcome
    })
    .await
}

/// Every ten minutes `audit_access`, which begins a round once a day.
///
/// # Errors
/// When the schedule is none of ours, or store or provider cannot be asked.
pub async fn on_schedule(
    store: &(impl Store + Archive),
    provider: &impl Provider,
    schedule: &str,
) -> Result<AccessAudited, Trouble> {
    match schedule {
        "audit_access" => {
            let audited = audit_access(store, provider).await?;
            if let Some(failure) = audited.failed {
                log::note("access_audit_failed", &[("because", reason(failure.reason))]);
            }
            Ok(audited)
        }
        other => Err(Trouble {
            wanted: "follow a schedule",
            because: format!("\"{other}\" is none of ours"),
        }),
    }
}

/// What a run is measured by; when `AccessAuditRan` is silent, nobody looks.
pub fn measured(audited: AccessAudited) -> [(Metric, u64); 6] {
    [
        (Metric::AccessAuditRan, 1),
        (Metric::AccessAuditFailed, audited.failed.is_some().into()),
        (Metric::AccessAuditRoundEnded, audited.ended.into()),
        (Metric::OrdersAudited, audited.orders.into()),
        (Metric::ObjectsLeftOut, audited.left_out.into()),
        (Metric::AccessDifferences, audited.differences.into()),
    ]
}
