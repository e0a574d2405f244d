//! One nudge, one look at the order; each minute, a look at all that is overdue.

use adapters::sqs::Nudge;
use domain::effect::Performer;
use flow::hands;
use flow::perform::{Performed, perform};
use flow::ports::{Agenda, Books, Store, Trouble};
use flow::sweep::{Swept, sweep};

/// Asks Stripe what the order needs to know now.
///
/// # Errors
/// When it is not recorded: the nudge must come again.
pub async fn handle(store: &impl Store, stripe: &impl Books, nudge: &Nudge) -> Result<Performed, Trouble> {
    perform(store, &nudge.order, Performer::Reconciliation, async |order, intent| {
        hands::reconciliation(stripe, order, intent).await
    })
    .await
}

/// Claims and nudges what is overdue.
///
/// # Errors
/// When the schedule is none of ours, or the store cannot be asked.
pub async fn on_schedule(store: &(impl Store + Agenda), schedule: &str) -> Result<Swept, Trouble> {
    match schedule {
        "sweep" => sweep(store).await,
        other => Err(Trouble {
            wanted: "follow a schedule",
            because: format!("\"{other}\" is none of ours"),
        }),
    }
}

/// What a run is measured by. `SweeperRan` is its heartbeat: when it is silent, nobody repairs anything.
pub fn measured(swept: Swept) -> [(&'static str, u64); 6] {
    [
        ("SweeperRan", 1),
        ("OverdueClaimed", swept.claimed.into()),
        ("OverdueNudged", swept.nudged.into()),
        ("OverdueHeld", swept.held.into()),
        ("OverdueFailed", swept.failed.into()),
        ("OverdueOldestSeconds", swept.oldest.as_secs()),
    ]
}
