//! Carries out what a person said about many cases: each is decided as if its own page had been sent.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::event::Event;
use domain::id::DecisionId;
use domain::operation::{Became, Operations, Target};

use crate::advance::{Advanced, advance};
use crate::control::change;
use crate::failures::Failures;
use crate::ports::{Store, Trouble};

/// No case is begun after this, so that a run ends before its function does.
const BUDGET: Duration = Duration::from_secs(20);

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operated {
    pub decided: u32,
    /// They had changed, and stay with people.
    pub left: u32,
    /// Nobody knows: they are tried again by the next run.
    pub failed: u32,
    pub failures: Failures,
}

/// Decides the cases of all operations that run, one after the other, and looks before each whether somebody has stopped
/// it. A run that dies is carried on by the next: the decision of a case has the same name again.
///
/// # Errors
/// When the store cannot be asked, or nobody knows what it stored.
pub async fn operate(store: &impl Store) -> Result<Operated, Trouble> {
    let (started, mut operated) = (store.now(), Operated::default());
    let mut failed = BTreeSet::new();
    while store.now().since(started) < BUDGET {
        let operations: Operations = store.control().await?;
        let Some((class, operation, target)) = operations.next(&failed) else {
            break;
        };
        let event = Event::PersonDecided {
            case: target.case.clone(),
            seen: target.seen,
            choice: operation.choice,
            word: operation.word(&target.case),
        };
        // One order that cannot be read or written keeps nobody else waiting; the next run tries it again.
        let became = match decided(store, target, &event).await {
            Ok(became) => became,
            Err(trouble) => {
                operated.failed += 1;
                operated.failures.add(&target.case, &trouble);
                failed.insert(target.case.clone());
                continue;
            }
        };
        match became {
            Became::Decided => operated.decided += 1,
            Became::Left => operated.left += 1,
        }
        let (id, case): (&DecisionId, _) = (&operation.id, &target.case);
        change(store, |stands: &Operations| {
            (stands.done(class, id, case, became, store.now()), ())
        })
        .await?;
    }
    Ok(operated)
}

async fn decided(store: &impl Store, target: &Target, event: &Event) -> Result<Became, Trouble> {
    Ok(match advance(store, &target.order, event).await? {
        // Stayed: a run before this one has decided it, and died.
        Advanced::Recorded(_) | Advanced::Stayed { .. } => Became::Decided,
        Advanced::Refused { .. } | Advanced::NoSuchOrder => Became::Left,
    })
}
