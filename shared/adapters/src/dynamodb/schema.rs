//! Which shape a stored item has. While a version is put in place or taken back, two of them read the same table: what the
//! older one does not understand it leaves as it is. How a shape changes, step by step, is in `infra/README.md`.

use aws_sdk_dynamodb::types::AttributeValue;
use flow::ports::Trouble;

use super::item::Item;

/// What was written before there was a number, and the only shape so far. It bears none, so that it costs nothing.
const FIRST: u32 = 1;

/// What this version writes. Raised one release after [`UNDERSTOOD`], so that nobody meets what they do not know.
pub(super) const WRITTEN: u32 = 1;

/// The newest that this version reads, and keeps whole when it writes it back.
pub(super) const UNDERSTOOD: u32 = 1;

pub(super) fn mark(item: &mut Item, written: u32) {
    if written > FIRST {
        item.insert("schema".to_owned(), AttributeValue::N(written.to_string()));
    }
}

/// # Errors
/// When a newer version wrote it. What is no number is no shape of ours either.
pub(super) fn understood(item: &Item) -> Result<(), Trouble> {
    let Some(bears) = item.get("schema") else {
        return Ok(());
    };
    let bears = bears.as_n().ok().and_then(|number| number.parse().ok());
    match bears.unwrap_or(u32::MAX) {
        schema if schema <= UNDERSTOOD => Ok(()),
        newer => Err(Trouble::newer(newer, UNDERSTOOD)),
    }
}
