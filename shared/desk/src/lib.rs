//! What people see and decide: the look of every page, the views of orders, cases and money, decisions, and the look-up.

pub mod access;
pub mod alerts;
pub mod attempts;
pub mod audit;
pub mod brakes;
pub mod csv;
pub mod decision;
pub mod expect;
pub mod health;
pub mod look;
pub mod operation;
pub mod report;
pub mod tend;
pub mod text;
pub mod timeline;
pub mod told;
pub mod view;
pub mod waiting;
pub mod why;
