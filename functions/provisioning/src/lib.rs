//! Makes account, team and membership come true.
