//! The undo: revokes what was made and returns the money.
