//! A change of what concerns all orders.

use domain::control::Item;

use crate::advance::{CONFLICTS_MAX, too_many};
use crate::ports::{Control, Trouble};

/// Writes what `decide` makes of the item as it stands, where it makes anything of it, and returns the rest of its answer.
/// It is asked again when somebody was faster.
///
/// # Errors
/// When the store cannot be asked, or others kept writing.
pub async fn change<C: Item, T>(store: &impl Control, decide: impl Fn(&C) -> (Option<C>, T)) -> Result<T, Trouble> {
    for _ in 0..CONFLICTS_MAX {
        let (next, answer) = decide(&store.control().await?);
        let stored = match next {
            Some(next) => store.set_control(&next).await?,
            None => true,
        };
        if stored {
            return Ok(answer);
        }
    }
    Err(too_many("write a control item"))
}
