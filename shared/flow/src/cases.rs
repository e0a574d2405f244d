//! Cases of no order: each change stands on the version before.

use domain::case::Case;
use domain::id::CaseId;

use crate::advance::{CONFLICTS_MAX, too_many};
use crate::ports::{Archive, Ledger, Trouble};

/// What became of a wish to change a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is recorded, by this or by the same page before.
    Done,
    /// Nothing is recorded; why, in words for the page.
    No(&'static str),
    NoSuchCase,
}

/// Writes what `decide` makes of the case as it stands; None: that is recorded. It is asked again when somebody was faster.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn change(
    store: &(impl Ledger + Archive),
    id: &CaseId,
    decide: impl Fn(&Case) -> Result<Option<Case>, &'static str>,
) -> Result<Changed, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let Some(case) = store.case(id).await?.filter(|case| case.order.is_none()) else {
            return Ok(Changed::NoSuchCase);
        };
        match decide(&case) {
            Err(no) => return Ok(Changed::No(no)),
            Ok(None) => return Ok(Changed::Done),
            Ok(Some(next)) if store.change_case(&next).await? => return Ok(Changed::Done),
            Ok(Some(_)) => {}
        }
    }
    Err(too_many("write a case"))
}
