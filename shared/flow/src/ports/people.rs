//! What people look at: lists, and how an order is found.

use domain::Timestamp;
use domain::case::Case;
use domain::finance::{RefundLine, Waiting};
use domain::id::{CaseId, OrderId, PaymentId, SessionId};
use domain::order::Order;
use domain::sought::Email;

use super::Trouble;

/// Cases that wait for a person, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenCases {
    pub cases: Vec<Case>,
    /// So many more are open and cannot be read.
    pub unread: usize,
}

/// Orders of one month, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    pub orders: Vec<Order>,
    /// So many more stand among them and cannot be read.
    pub unread: usize,
}

/// What people look at: the console's lists.
pub trait Archive {
    /// Orders of one month (`2026-11`), newest first.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn orders(&self, month: &str, limit: usize) -> Result<Orders, Trouble>;

    /// The same, older than the one named; none after it: that was the last.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn orders_page(
        &self,
        month: &str,
        older_than: Option<&(Timestamp, OrderId)>,
        limit: usize,
    ) -> Result<(Orders, Option<(Timestamp, OrderId)>), Trouble>;

    /// Cases that wait for a person, oldest first.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn open_cases(&self, limit: usize) -> Result<OpenCases, Trouble>;

    /// Cases that were closed before this moment, the latest first; when those among them were closed that cannot be
    /// read; whether there may be more.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn closed_cases(&self, before: Timestamp, limit: usize)
    -> Result<(Vec<Case>, Vec<Timestamp>, bool), Trouble>;

    /// # Errors
    /// When the store cannot be asked.
    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble>;
}

/// Lines of Finance's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    pub lines: Vec<T>,
    /// Those of so many orders stand among them and cannot be read.
    pub unread: usize,
    /// There are as many orders as were asked for, and may be more.
    pub more: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            unread: 0,
            more: false,
        }
    }
}

/// Finance's lists. Their lines are written with the order, so that a list of thousands needs to read none.
pub trait Lists {
    /// All refunds of the orders whose last one was made in this month (`2026-11`), of so many orders at most.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn refunds(&self, last_in: &str, limit: usize) -> Result<Listed<RefundLine>, Trouble>;

    /// What waits of the orders of one shard of [`SHARDS`](super::SHARDS), of so many orders at most.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn waits(&self, shard: u8, limit: usize) -> Result<Listed<Waiting>, Trouble>;
}

/// What an order is known by besides its own id.
#[derive(Clone, Copy, Debug)]
pub enum KnownBy<'a> {
    Session(&'a SessionId),
    /// The payment that the order is delivered for.
    Payment(&'a PaymentId),
    Buyer(&'a Email),
    /// What our mails call it by.
    Reference(&'a str),
}

/// The indexes by which people find an order.
pub trait LookUp {
    /// Orders that are known by it, the newest first. The indexes lag, and know no order whose last write is older than
    /// they are.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble>;
}
