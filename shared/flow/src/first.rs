//! The first-time rule: what the policy answered for the first time is noted, and its owner told.

use domain::Next;
use domain::failure::{Failure, FailureClass};
use domain::first::Firsts;

use crate::control::change;
use crate::ports::{Store, Teller, Trouble};

/// More is said in the next run.
const SAYINGS_MAX: usize = 3;

/// Noted when the order stands, since another's write may have made it answer otherwise. What cannot be noted keeps nothing
/// back, and is still the first time for the next order.
pub(crate) async fn note(store: &impl Store, next: &Next) {
    let Some(branch) = next.fired else { return };
    let noted = change(store, |firsts: &Firsts| {
        (firsts.fired(branch, &next.order, store.now()), ())
    });
    let _the_next_order_notes_it: Result<(), Trouble> = noted.await;
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub said: u64,
    pub failed: Option<Failure>,
}

/// Tells each owner what happened for the first time. That a run is at it is recorded first; what failed or died is said by
/// a later run.
///
/// # Errors
/// When the store cannot be asked, or nobody knows what it stored.
pub async fn tell(store: &impl Store, teller: &impl Teller) -> Result<Said, Trouble> {
    let mut said = Said::default();
    for _ in 0..SAYINGS_MAX {
        let now = store.now();
        let begun = change(store, |firsts: &Firsts| match firsts.begun(now) {
            Some((next, owner, due)) => (Some(next), Some((owner, due))),
            None => (None, None),
        });
        let Some((owner, due)) = begun.await? else { break };
        let failed = teller.first_times(owner, &due).await.err();
        // One whose answer was lost may have come, and one that is refused will be again: neither is sent once more.
        let again = |failure: Failure| matches!(failure.class, FailureClass::Transient | FailureClass::Throttled);
        if !failed.is_some_and(again) {
            change(store, |firsts: &Firsts| (firsts.told(&due, store.now()), ())).await?;
            said.said += 1;
        }
        said.failed = said.failed.or(failed);
    }
    Ok(said)
}
