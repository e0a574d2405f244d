//! What people see and decide: the look of every page, the views of orders and cases, decisions, and the look-up.

pub mod access;
pub mod alerts;
pub mod brakes;
pub mod decision;
pub mod look;
pub mod text;
pub mod view;
pub mod why;
