//! An order that does not move on: by its deadline a person knows, once.

use crate::case::Class;

use super::draft::{Draft, Learned};

/// Somebody looked, and time has passed.
pub(super) fn looked_at(draft: &Draft) -> Learned {
    if draft.order.stands_too_long(draft.now()) {
        Learned::Something
    } else {
        Learned::Nothing("it is in time, or a person knows")
    }
}

pub(super) fn too_long(draft: &mut Draft) {
    if draft.order.stands_too_long(draft.now()) {
        draft.open_case(Class::TakesTooLong, None, None);
    }
}
