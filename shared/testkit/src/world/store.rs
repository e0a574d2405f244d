//! Table, index, queues, clock and chance.

use std::time::Duration;

use domain::Timestamp;
use domain::case::{Case, Resolved};
use domain::effect::Performer;
use domain::finance::{RefundLine, Waiting, refunds, waiting};
use domain::id::{CaseId, OrderId};
use domain::order::Order;
use domain::sought::Email;
use flow::ports::{
    Agenda, Archive, Basis, Chance, Clock, Committed, Courier, End, KnownBy, Ledger, Listed, Lists, LookUp, OpenCases,
    Orders, Overdue, SHARDS, Trouble, When,
};

use super::mishaps::{Act, Mishap};
use super::{FakeWorld, Kind, State, Stored, queue};
use crate::queues::DELAY_MS_MAX;

impl Clock for FakeWorld {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    async fn pause(&self, time: Duration) {
        let mut state = self.state();
        state.now = state.now.plus(time);
    }
}

impl Chance for FakeWorld {
    fn thousandths(&self) -> u16 {
        u16::try_from(self.state().dice.bits() % 1_000).unwrap_or_default()
    }

    fn bits(&self) -> u128 {
        let mut state = self.state();
        u128::from(state.dice.bits()) << 64 | u128::from(state.dice.bits())
    }
}

impl State {
    pub(super) fn reach(&self, wanted: &'static str) -> Result<(), Trouble> {
        if self.store_down {
            let because = "no answer".to_owned();
            return Err(Trouble { wanted, because });
        }
        Ok(())
    }
}

impl Ledger for FakeWorld {
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble> {
        let mishap = self.state().befalls(Act::Read);
        self.before(mishap).await;
        let loaded = {
            let state = self.state();
            state.reach("read an order")?;
            if mishap == Some(Mishap::Refused) || state.unreadable.as_ref() == Some(id) {
                return Err(trouble("read an order", "it is not JSON"));
            }
            state.understands(id)?;
            let mut loaded = state.orders.get(id).map(|stored| stored.order.clone());
            if let (Some(order), Some(tamper)) = (&mut loaded, state.tamper.load) {
                tamper(order);
            }
            loaded
        };
        self.after(mishap).await;
        Ok(loaded)
    }

    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        let mishap = self.state().befalls(Act::Write);
        self.before(mishap).await;
        if mishap == Some(Mishap::Refused) {
            return Err(trouble("write an order", "the store is busy"));
        }
        let committed = self.state().commit(basis, order, cases, mishap)?;
        self.after(mishap).await;
        if mishap == Some(Mishap::LostAfter) {
            return Err(trouble("write an order", "no answer"));
        }
        Ok(committed)
    }

    async fn open_case(&self, case: &Case) -> Result<(), Trouble> {
        let mut state = self.state();
        state.reach("write a case")?;
        state.cases.entry(case.id.clone()).or_insert_with(|| case.clone());
        Ok(())
    }

    async fn change_case(&self, case: &Case) -> Result<bool, Trouble> {
        let mut state = self.state();
        state.reach("write a case")?;
        let known = state.cases.get_mut(&case.id);
        let before = known.filter(|known| known.version + 1 == case.version);
        Ok(before.map(|before| *before = case.clone()).is_some())
    }
}

pub(super) fn trouble(wanted: &'static str, because: &str) -> Trouble {
    let because = because.to_owned();
    Trouble { wanted, because }
}

impl State {
    /// As the real table: what has a newer schema is for nobody here to read.
    fn understands(&self, id: &OrderId) -> Result<(), Trouble> {
        if self.newer.contains(id) {
            return Err(Trouble::newer(2, 1));
        }
        Ok(())
    }

    fn commit(
        &mut self,
        basis: Basis,
        order: &Order,
        cases: &[Case],
        mishap: Option<Mishap>,
    ) -> Result<Committed, Trouble> {
        self.reach("write an order")?;
        self.writes += 1;
        if let (Some(Mishap::Outrun), Some(stored)) = (mishap, self.orders.get_mut(&order.id)) {
            // Somebody wrote something that is of no interest here.
            stored.order.version += 1;
        }
        let standing = self.orders.get(&order.id).map(|stored| &stored.order);
        let fits = match basis {
            Basis::New => standing.is_none(),
            Basis::Version(version) => standing.is_some_and(|standing| standing.version == version),
        };
        if !fits && !self.tamper.blind_writes {
            let standing = standing.ok_or_else(|| trouble("write an order", "it is not there any more"))?;
            self.understands(&standing.id)?;
            let mut standing = standing.clone();
            if let Some(tamper) = self.tamper.load {
                tamper(&mut standing);
            }
            return Ok(Committed::Conflict(Box::new(standing)));
        }
        let mut order = order.clone();
        if let Some(tamper) = self.tamper.commit {
            tamper(standing, &mut order);
        }
        if let Some(standing) = standing {
            self.rows.insert((standing.state.name(), order.written_for.to_string()));
        }
        self.witness_write(&order);
        let due = order.due();
        self.orders.insert(order.id.clone(), Stored { order, due });
        for case in cases {
            self.cases.insert(case.id.clone(), case.clone());
        }
        Ok(Committed::Stored)
    }
}

/// Any spreading will do, as long as an order keeps its shard.
fn shard(id: &OrderId) -> u8 {
    id.as_str().bytes().fold(0, u8::wrapping_add) % SHARDS
}

impl Agenda for FakeWorld {
    async fn overdue(&self, wanted: u8, now: Timestamp, end: End, limit: usize) -> Result<Vec<Overdue>, Trouble> {
        let mut state = self.state();
        state.reach("ask what is due")?;
        let entries = state.orders.iter().filter_map(|(order, stored)| {
            let order = order.clone();
            stored.due.map(|due| Overdue { order, due })
        });
        let mut entries: Vec<Overdue> = entries.collect();
        if state.index_lags {
            std::mem::swap(&mut entries, state.index_before.entry(wanted).or_default());
        }
        let fits = |overdue: &Overdue| overdue.due <= now && shard(&overdue.order) == wanted;
        let mut due: Vec<Overdue> = entries.into_iter().filter(fits).collect();
        due.sort_by_key(|overdue| overdue.due);
        if end == End::Newest {
            due.reverse();
        }
        due.truncate(limit);
        Ok(due)
    }

    async fn claim(&self, overdue: &Overdue, until: Timestamp) -> Result<bool, Trouble> {
        let mishap = self.state().befalls(Act::Claim);
        self.before(mishap).await;
        if mishap == Some(Mishap::Refused) {
            return Err(trouble("claim an order", "the store is busy"));
        }
        let ours = {
            let mut state = self.state();
            state.reach("claim an order")?;
            match state.orders.get_mut(&overdue.order) {
                Some(stored) if stored.due == Some(overdue.due) => {
                    stored.due = Some(until);
                    // Another sweeper was faster, and has died since.
                    mishap != Some(Mishap::Outrun)
                }
                Some(_) | None => false,
            }
        };
        self.after(mishap).await;
        if mishap == Some(Mishap::LostAfter) {
            return Err(trouble("claim an order", "no answer"));
        }
        Ok(ours)
    }

    async fn waiting(&self, performer: Performer) -> Result<u32, Trouble> {
        let state = self.state();
        let (visible, _hidden, _delayed) = state.queues.counts(queue(performer, Kind::Delay), state.now.0);
        Ok(u32::try_from(visible).unwrap_or(u32::MAX))
    }
}

impl State {
    fn of_month(&self, month: &str) -> Vec<Order> {
        let orders = self.orders.values().map(|stored| &stored.order);
        orders
            .filter(|order| order.created_at.month() == month)
            .cloned()
            .collect()
    }

    fn readable(&self, mut orders: Vec<Order>) -> Orders {
        let all = orders.len();
        orders.retain(|order| self.understands(&order.id).is_ok());
        let unread = all - orders.len();
        Orders { orders, unread }
    }
}

impl Archive for FakeWorld {
    async fn orders(&self, month: &str, limit: usize) -> Result<Orders, Trouble> {
        let state = self.state();
        let mut orders = state.of_month(month);
        orders.sort_by_key(|order| std::cmp::Reverse(order.created_at));
        orders.truncate(limit);
        Ok(state.readable(orders))
    }

    async fn orders_page(
        &self,
        month: &str,
        older_than: Option<&(Timestamp, OrderId)>,
        limit: usize,
    ) -> Result<(Orders, Option<(Timestamp, OrderId)>), Trouble> {
        let place = |order: &Order| (order.created_at, order.id.clone());
        let state = self.state();
        let mut orders = state.of_month(month);
        orders.sort_by_key(|order| std::cmp::Reverse(place(order)));
        orders.retain(|order| older_than.is_none_or(|than| place(order) < *than));
        let more = orders.len() > limit;
        orders.truncate(limit);
        let oldest = orders.last().map(place).filter(|_| more);
        Ok((state.readable(orders), oldest))
    }

    async fn open_cases(&self, limit: usize) -> Result<OpenCases, Trouble> {
        let state = self.state();
        let open = state.cases.values().filter(|case| case.resolved.is_none());
        let mut cases: Vec<Case> = open.cloned().collect();
        cases.sort_by_key(|case| case.opened_at);
        cases.truncate(limit);
        let open = cases.len();
        cases.retain(|case| state.unreadable_case.as_ref() != Some(&case.id));
        let unread = open - cases.len();
        Ok(OpenCases { cases, unread })
    }

    async fn closed_cases(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<Case>, Vec<Timestamp>, bool), Trouble> {
        let closed_at = |case: &Case| case.resolved.as_ref().map(Resolved::at);
        let state = self.state();
        let closed = state
            .cases
            .values()
            .filter(|case| closed_at(case).is_some_and(|at| at < before));
        let mut closed: Vec<Case> = closed.cloned().collect();
        closed.sort_by_key(|case| std::cmp::Reverse(closed_at(case)));
        let more = closed.len() >= limit;
        closed.truncate(limit);
        let readable = |case: &Case| state.unreadable_case.as_ref() != Some(&case.id);
        let (cases, unread): (Vec<Case>, Vec<Case>) = closed.into_iter().partition(readable);
        Ok((cases, unread.iter().filter_map(closed_at).collect(), more))
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        Ok(self.state().cases.get(id).cloned())
    }
}

impl FakeWorld {
    /// The lines of those orders, as the real table writes them: from its newest version alone.
    fn lines<T>(&self, limit: usize, of: impl Fn(&Order) -> Option<Vec<T>>) -> Result<Listed<T>, Trouble> {
        let state = self.state();
        state.reach("list lines")?;
        let orders = state.orders.values().map(|stored| &stored.order);
        let listed: Vec<(&OrderId, Vec<T>)> = orders
            .filter_map(|order| Some((&order.id, of(order)?)))
            .take(limit)
            .collect();
        let all = listed.len();
        let readable = listed.into_iter().filter(|(id, _)| state.understands(id).is_ok());
        let readable: Vec<Vec<T>> = readable.map(|(_, lines)| lines).collect();
        Ok(Listed {
            unread: all - readable.len(),
            more: all == limit,
            lines: readable.into_iter().flatten().collect(),
        })
    }
}

impl Lists for FakeWorld {
    async fn refunds(&self, last_in: &str, limit: usize) -> Result<Listed<RefundLine>, Trouble> {
        self.lines(limit, |order| {
            let lines = refunds(order);
            let last = lines.iter().map(RefundLine::made_at).max()?;
            (last.month() == last_in).then_some(lines)
        })
    }

    async fn waits(&self, wanted: u8, limit: usize) -> Result<Listed<Waiting>, Trouble> {
        self.lines(limit, |order| {
            let lines = waiting(order);
            (!lines.is_empty() && shard(&order.id) == wanted).then_some(lines)
        })
    }
}

impl LookUp for FakeWorld {
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble> {
        let state = self.state();
        state.reach("look an order up")?;
        let fits = |order: &&Order| match what {
            KnownBy::Session(id) => order.checkout.session.as_ref().is_some_and(|open| open.id == *id),
            KnownBy::Payment(id) => order.own_payment().is_some_and(|own| own.id == *id),
            KnownBy::Buyer(email) => Email::of(&order.buyer.email) == *email,
            KnownBy::Reference(reference) => order.reference() == reference,
        };
        let mut found: Vec<&Order> = state.orders.values().map(|stored| &stored.order).filter(fits).collect();
        found.sort_by_key(|order| std::cmp::Reverse(order.created_at));
        Ok(found.into_iter().take(limit).map(|order| order.id.clone()).collect())
    }
}

/// How much later a late nudge is.
const LATE_MS: i64 = 600_000;

impl Courier for FakeWorld {
    async fn nudge(&self, performer: Performer, order: &OrderId, when: When) -> Result<(), Trouble> {
        let (kind, seconds) = match when {
            When::Now => (Kind::Fresh, 0),
            When::Later(delay) => {
                let seconds = i64::try_from(delay.as_millis().div_ceil(1_000)).unwrap_or(900);
                (Kind::Delay, seconds)
            }
        };
        let queue = queue(performer, kind);
        let mishap = self.state().befalls(Act::Send);
        self.before(mishap).await;
        if mishap == Some(Mishap::Refused) {
            return Err(trouble("send a nudge", "the queue is busy"));
        }
        {
            let mut state = self.state();
            let now = state.now.0;
            let mut body = format!("{{\"order\":\"{order}\"}}");
            if let (Some(tamper), Some(stored)) = (state.tamper.body, state.orders.get(order)) {
                body = tamper(&stored.order, &body);
            }
            let (times, later) = match mishap {
                Some(Mishap::Gone) => (0, 0),
                Some(Mishap::Twice) => (2, 0),
                Some(Mishap::Late) => (1, LATE_MS),
                Some(_) | None => (1, 0),
            };
            let delay = (seconds * 1_000 + later).min(DELAY_MS_MAX);
            for _ in 0..times {
                let sent = state.queues.send(queue, &body, Some(delay), now);
                sent.map_err(|refusal| trouble("send a nudge", &format!("{refusal:?}")))?;
            }
        }
        self.after(mishap).await;
        if mishap == Some(Mishap::LostAfter) {
            return Err(trouble("send a nudge", "no answer"));
        }
        Ok(())
    }
}
