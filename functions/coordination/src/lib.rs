//! Turns dead letters into healthy orders or cases.
