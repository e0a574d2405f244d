//! Where people read orders and cases, and decide.
