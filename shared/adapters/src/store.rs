//! What every function stands on: table, queues, time and chance.

use std::cell::Cell;
use std::time::Duration;

use domain::Timestamp;
use domain::breaker::Breaker;
use domain::case::{Case, Class};
use domain::control::Item;
use domain::effect::Performer;
use domain::finance::{RefundLine, Waiting};
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use domain::receipt::Step;
use flow::ports::{
    self, Agenda, Archive, Basis, Breakers, Committed, Control, Courier, End, KnownBy, Ledger, Listed, Lists, LookUp,
    OpenCases, Orders, Overdue, Trouble, When,
};
use futures_util::future::{join_all, join3};

use crate::aws::AwsConfig;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::dynamodb::{Table, TableConfig};
use crate::env::Env;
use crate::http::Http;
use crate::lambda::log;
use crate::lambda::metric::Metric;
use crate::secret::Secret;
use crate::sqs::{Queues, QueuesConfig};
use crate::stage::Stage;

pub struct StoreConfig {
    aws: AwsConfig,
    table: TableConfig,
    queues: QueuesConfig,
    clock: Clock,
    stage: Stage,
}

impl StoreConfig {
    pub fn read(env: &Env) -> Self {
        let livemode = env.flag("MAKEGOOD_LIVEMODE");
        Self {
            aws: AwsConfig::read(env),
            table: TableConfig::read(env),
            queues: QueuesConfig::read(env),
            clock: Clock::read(env, livemode),
            stage: Stage::read(env),
        }
    }

    /// What holds the function's secrets, asked with the same credentials and by the same clock.
    pub(crate) fn secret(&self, env: &Env, http: &Http) -> Option<Secret> {
        Secret::of(env, &self.aws, http, self.clock.clone())
    }
}

pub struct Store {
    table: Table,
    queues: Queues,
    clock: Clock,
    stage: Stage,
    /// The table bears our stage: asked once, since it never changes.
    ours: Cell<bool>,
}

impl Store {
    pub fn new(config: StoreConfig, http: &Http) -> Self {
        let StoreConfig {
            aws,
            table,
            queues,
            clock,
            stage,
        } = config;
        Self {
            table: Table::new(table, &aws, http),
            queues: Queues::new(queues, &aws, http),
            clock,
            stage,
            ours: Cell::new(false),
        }
    }

    /// The table, unless it is another's: nothing is read from another stage's, and nothing written to it.
    async fn table(&self) -> Result<&Table, Trouble> {
        if !self.ours.get() {
            self.ours.set(self.table.belongs_to(&self.stage).await?);
        }
        Ok(&self.table)
    }

    /// The table for a new order, which makes it ours for good. Not sooner: what was set up wrong until then is mended by
    /// setting it right.
    async fn table_for_new(&self) -> Result<&Table, Trouble> {
        let table = self.table().await?;
        if !self.ours.get() {
            table.mark(&self.stage).await?;
            self.ours.set(true);
        }
        Ok(table)
    }

    /// Opens all connections at once, while the function starts and has a whole processor: table, queues, and those to the
    /// addresses of `partners`.
    pub(crate) async fn warm(&self, http: &Http, partners: &[String]) {
        /// A partner that is away must not keep the function from starting.
        const WITHIN: Duration = Duration::from_secs(1);
        // The one read that must come first anyway opens the table's connection. What it does not learn now, the first
        // order asks again.
        let table = async {
            if let Err(trouble) = self.table().await {
                log::note("table_not_known", &[("because", &trouble.to_string())]);
            }
        };
        let partners = join_all(partners.iter().map(|address| http.open(address)));
        let all = join3(table, self.queues.warm(), partners);
        let _cold = tokio::time::timeout(WITHIN, all).await;
    }

    /// At the start of each invocation.
    pub fn refresh(&self) {
        self.clock.refresh();
        log::at(ports::Clock::now(self));
    }
}

/// Every case passes here, whoever opens it.
fn opened(case: &Case) {
    log::count(Metric::CasesOpened, 1);
    let besides = match case.class {
        Class::ReturnStuck | Class::RefundWaits => Metric::RefundsFailed,
        Class::MassUndo => Metric::MassUndoAsked,
        Class::NotAnnounced | Class::LeftUntold => Metric::IgnoreBudgetExceeded,
        Class::DeliveryStuck
        | Class::RevokeStuck
        | Class::CaptureStuck
        | Class::OtherAmountTaken
        | Class::PartlyReturned
        | Class::ReturnedTwice
        | Class::Inquiry
        | Class::Disputed
        | Class::ReturnedAfterDelivery
        | Class::DeadLetters
        | Class::MoneyWithoutOrder
        | Class::Unaccounted
        | Class::AccessMissing
        | Class::AccessLeft
        | Class::Unrecorded
        | Class::NotTold
        | Class::AlertsUnheard
        | Class::BecauseMissing
        | Class::TakesTooLong => return,
    };
    log::count(besides, 1);
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

impl Ledger for Store {
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble> {
        self.table().await?.load(id).await
    }

    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        let table = match basis {
            Basis::New => self.table_for_new().await?,
            Basis::Version(_) => self.table().await?,
        };
        let committed = table.commit(basis, order, cases).await?;
        if matches!(committed, Committed::Stored) {
            let fresh = |case: &&Case| case.resolved.is_none() && case.opened_at == order.written_at;
            cases.iter().filter(fresh).for_each(opened);
        }
        Ok(committed)
    }

    async fn open_case(&self, case: &Case) -> Result<(), Trouble> {
        if self.table().await?.is_first(case).await? {
            opened(case);
        }
        Ok(())
    }

    async fn change_case(&self, case: &Case) -> Result<bool, Trouble> {
        self.table().await?.change_case(case).await
    }
}

impl Control for Store {
    async fn control<C: Item>(&self) -> Result<C, Trouble> {
        self.table().await?.control().await
    }

    async fn set_control<C: Item>(&self, item: &C) -> Result<bool, Trouble> {
        self.table().await?.set_control(item).await
    }
}

impl Breakers for Store {
    async fn breaker(&self, step: Step) -> Result<Breaker, Trouble> {
        self.table().await?.breaker(step).await
    }

    async fn set_breaker(&self, step: Step, breaker: &Breaker) -> Result<bool, Trouble> {
        let ours = self.table().await?.set_breaker(step, breaker).await?;
        // A closed breaker that only counts is no news.
        if let Some(since) = breaker.open_since().filter(|_| ours) {
            log::note("breaker_open", &[("step", step.name()), ("since", &since.to_string())]);
        }
        Ok(ours)
    }
}

impl Agenda for Store {
    async fn overdue(&self, shard: u8, now: Timestamp, end: End, limit: usize) -> Result<Vec<Overdue>, Trouble> {
        self.table().await?.overdue(shard, now, end, limit).await
    }

    async fn claim(&self, overdue: &Overdue, until: Timestamp) -> Result<bool, Trouble> {
        self.table().await?.claim(overdue, until).await
    }

    async fn waiting(&self, performer: Performer) -> Result<u32, Trouble> {
        self.queues.waiting(performer).await
    }
}

impl Archive for Store {
    async fn orders(&self, month: &str, limit: usize) -> Result<Orders, Trouble> {
        self.table().await?.orders(month, limit).await
    }

    async fn orders_page(
        &self,
        month: &str,
        older_than: Option<&(Timestamp, OrderId)>,
        limit: usize,
    ) -> Result<(Orders, Option<(Timestamp, OrderId)>), Trouble> {
        self.table().await?.orders_page(month, older_than, limit).await
    }

    async fn open_cases(&self, limit: usize) -> Result<OpenCases, Trouble> {
        self.table().await?.open_cases(limit).await
    }

    async fn closed_cases(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<Case>, Vec<Timestamp>, bool), Trouble> {
        self.table().await?.closed_cases(before, limit).await
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        self.table().await?.case(id).await
    }
}

impl Lists for Store {
    async fn refunds(&self, last_in: &str, limit: usize) -> Result<Listed<RefundLine>, Trouble> {
        self.table().await?.refunds(last_in, limit).await
    }

    async fn waits(&self, shard: u8, limit: usize) -> Result<Listed<Waiting>, Trouble> {
        self.table().await?.waits(shard, limit).await
    }
}

impl LookUp for Store {
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble> {
        self.table().await?.known_by(what, limit).await
    }
}

impl Courier for Store {
    async fn nudge(&self, performer: Performer, order: &OrderId, when: When) -> Result<(), Trouble> {
        self.queues.nudge(performer, order, when).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alarms and dashboard know these by name: each class that has one counts it besides the case, and the others count
    /// the case alone.
    #[test]
    fn a_case_counts_what_its_class_stands_for() {
        let besides = [
            (Class::ReturnStuck, Metric::RefundsFailed),
            (Class::RefundWaits, Metric::RefundsFailed),
            (Class::MassUndo, Metric::MassUndoAsked),
            (Class::NotAnnounced, Metric::IgnoreBudgetExceeded),
            (Class::LeftUntold, Metric::IgnoreBudgetExceeded),
        ];
        for class in Class::ALL {
            let case = Case::without_order("case_1".to_owned(), class, Timestamp(1), String::new(), None);
            let metrics = besides.iter().filter(|(of, _)| *of == class).map(|(_, metric)| *metric);
            let wanted = metrics.chain([Metric::CasesOpened]).map(|metric| (metric, 1)).collect();
            assert_eq!(log::counted(|| opened(&case)), wanted, "{}", class.name());
        }
    }
}
