//! The table, and the time. Nobody is nudged: the sweeper finds within two minutes what has become due, so whoever
//! decides here needs no right on any queue.

use std::time::Duration;

use adapters::chance::Chance;
use adapters::clock::Clock;
use adapters::dynamodb::Table;
use domain::Timestamp;
use domain::case::Case;
use domain::control::Item;
use domain::effect::Performer;
use domain::finance::{RefundLine, Waiting};
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use flow::ports::{
    self, Archive, Basis, Committed, Control, Courier, KnownBy, Ledger, Listed, Lists, LookUp, OpenCases, Orders,
    Trouble, When,
};

pub struct Store {
    pub table: Table,
    pub clock: Clock,
}

impl ports::Clock for Store {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn pause(&self, time: Duration) {
        self.clock.pause(time).await;
    }
}

impl ports::Chance for Store {
    fn thousandths(&self) -> u16 {
        Chance.thousandths()
    }

    fn bits(&self) -> u128 {
        Chance.bits()
    }
}

impl Courier for Store {
    async fn nudge(&self, _performer: Performer, _order: &OrderId, _when: When) -> Result<(), Trouble> {
        Ok(())
    }
}

impl Ledger for Store {
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble> {
        self.table.load(id).await
    }

    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        self.table.commit(basis, order, cases).await
    }

    async fn open_case(&self, case: &Case) -> Result<(), Trouble> {
        self.table.open_case(case).await
    }

    async fn change_case(&self, case: &Case) -> Result<bool, Trouble> {
        self.table.change_case(case).await
    }
}

impl Control for Store {
    async fn control<C: Item>(&self) -> Result<C, Trouble> {
        self.table.control().await
    }

    async fn set_control<C: Item>(&self, item: &C) -> Result<bool, Trouble> {
        self.table.set_control(item).await
    }
}

impl Archive for Store {
    async fn orders(&self, month: &str, limit: usize) -> Result<Orders, Trouble> {
        self.table.orders(month, limit).await
    }

    async fn orders_page(
        &self,
        month: &str,
        older_than: Option<&(Timestamp, OrderId)>,
        limit: usize,
    ) -> Result<(Orders, Option<(Timestamp, OrderId)>), Trouble> {
        self.table.orders_page(month, older_than, limit).await
    }

    async fn open_cases(&self, limit: usize) -> Result<OpenCases, Trouble> {
        self.table.open_cases(limit).await
    }

    async fn closed_cases(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<Case>, Vec<Timestamp>, bool), Trouble> {
        self.table.closed_cases(before, limit).await
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        self.table.case(id).await
    }
}

impl Lists for Store {
    async fn refunds(&self, last_in: &str, limit: usize) -> Result<Listed<RefundLine>, Trouble> {
        self.table.refunds(last_in, limit).await
    }

    async fn waits(&self, shard: u8, limit: usize) -> Result<Listed<Waiting>, Trouble> {
        self.table.waits(shard, limit).await
    }
}

impl LookUp for Store {
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble> {
        self.table.known_by(what, limit).await
    }
}
