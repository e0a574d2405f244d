//! The heartbeat of the alert path: one run of its schedule, and a person's answer.

use domain::Timestamp;
use domain::case::Case;
use domain::failure::{Failure, FailureClass};
use domain::heartbeat::Heartbeat;

use crate::advance::{CONFLICTS_MAX, too_many};
use crate::cases::{self, Changed};
use crate::control::change;
use crate::ports::{Archive, Store, Teller, Trouble};

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beaten {
    /// A test alert was published.
    pub sent: bool,
    /// Nobody has answered since a test alert's day was over.
    pub unheard: bool,
    /// It could not be published, and the next run does it again.
    pub failed: Option<Failure>,
}

/// Publishes the day's test alert; nobody's answer to the last one is a case. It is recorded first, so that two runs at
/// once publish one, and a publishing that failed comes again.
///
/// # Errors
/// When the store cannot be asked, or nobody knows what it stored.
pub async fn beat(store: &impl Store, teller: &impl Teller) -> Result<Beaten, Trouble> {
    let heartbeat: Heartbeat = store.control().await?;
    let now = store.now();
    let unheard = heartbeat.unheard(now);
    let quiet = |of: &Heartbeat| Beaten {
        sent: false,
        unheard: of.is_unheard(),
        failed: None,
    };
    let Some(next) = heartbeat.sent(now) else {
        return Ok(quiet(&heartbeat));
    };
    if let Some(case) = &unheard {
        store.open_case(case).await?;
    }
    if !store.set_control(&next).await? {
        // Somebody answered, or another run is at it.
        return Ok(quiet(&heartbeat));
    }
    let failed = teller.test_alert().await.err();
    // One whose answer was lost may have woken somebody, and is not sent again: if it came to nobody, that is found out
    // like everything else that comes to nobody.
    let gone = failed.is_none_or(|failure| failure.class == FailureClass::Unknown);
    if gone {
        change(store, |stands: &Heartbeat| (stands.out(next.sent_at()), ())).await?;
    }
    Ok(Beaten {
        sent: gone,
        unheard: next.is_unheard(),
        failed,
    })
}

/// A person got the test alert that was begun at `sent_at`: what said that nobody answers is over. Tells whether that is
/// news.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn acknowledge(store: &(impl Store + Archive), sent_at: Timestamp, by: &str) -> Result<bool, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let (heartbeat, now) = (store.control::<Heartbeat>().await?, store.now());
        let Some(next) = heartbeat.acknowledged(sent_at, by, now) else {
            return Ok(false);
        };
        // Before the answer is recorded: should we die in between, the button is still there.
        for id in heartbeat.cases() {
            let healed = |case: &Case| {
                let open = case.resolved.is_none();
                Ok(open.then(|| case.healed(now)))
            };
            let _perhaps_by_a_person: Changed = cases::change(store, &id, healed).await?;
        }
        if store.set_control(&next).await? {
            return Ok(true);
        }
    }
    Err(too_many("write the heartbeat"))
}
