//! What people see and decide: the look of every page, the views of orders, cases and money, decisions, and the look-up.

pub mod access;
pub mod alerts;
pub mod brakes;
pub mod csv;
pub mod decision;
pub mod expect;
pub mod look;
pub mod report;
pub mod text;
pub mod view;
pub mod waiting;
pub mod why;
