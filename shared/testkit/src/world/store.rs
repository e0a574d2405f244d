//! Table, index, queues, clock and chance, and whoever is told.

use std::time::Duration;

use domain::Timestamp;
use domain::brake::Brake;
use domain::case::Case;
use domain::effect::Performer;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{CaseId, OrderId};
use domain::notice::{Audience, Notice};
use domain::order::Order;
use domain::wording::{Links, message};
use flow::ports::{
    Agenda, Archive, Basis, Chance, Clock, Committed, Control, Courier, Ledger, Overdue, SHARDS, Teller, Trouble,
};

use super::{FakeWorld, Kind, State, Stored, Told, queue};

impl Clock for FakeWorld {
    fn now(&self) -> Timestamp {
        self.state().now
    }
}

impl Chance for FakeWorld {
    fn thousandths(&self) -> u16 {
        u16::try_from(self.state().draw() % 1_000).unwrap_or_default()
    }

    fn bits(&self) -> u128 {
        let mut state = self.state();
        u128::from(state.draw()) << 64 | u128::from(state.draw())
    }
}

impl State {
    fn reach(&self, wanted: &'static str) -> Result<(), Trouble> {
        if self.store_down {
            let because = "no answer".to_owned();
            return Err(Trouble { wanted, because });
        }
        Ok(())
    }

    /// SplitMix64: the same seed gives the same world.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Ledger for FakeWorld {
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble> {
        let state = self.state();
        state.reach("read an order")?;
        if state.unreadable.as_ref() == Some(id) {
            let because = "it is not JSON".to_owned();
            return Err(Trouble {
                wanted: "read an order",
                because,
            });
        }
        Ok(state.orders.get(id).map(|stored| stored.order.clone()))
    }

    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        let mut state = self.state();
        state.reach("write an order")?;
        state.writes += 1;
        let standing = state.orders.get(&order.id);
        let fits = match basis {
            Basis::New => standing.is_none(),
            Basis::Version(version) => standing.is_some_and(|stored| stored.order.version == version),
        };
        if !fits {
            let standing = standing.ok_or_else(|| Trouble {
                wanted: "write an order",
                because: "it is not there any more".to_owned(),
            })?;
            return Ok(Committed::Conflict(Box::new(standing.order.clone())));
        }
        let stored = Stored {
            order: order.clone(),
            due: order.due(),
        };
        state.orders.insert(order.id.clone(), stored);
        for case in cases {
            state.cases.insert(case.id.clone(), case.clone());
        }
        Ok(Committed::Stored)
    }

    async fn open_case(&self, case: &Case) -> Result<(), Trouble> {
        let mut state = self.state();
        state.reach("write a case")?;
        state.cases.entry(case.id.clone()).or_insert_with(|| case.clone());
        Ok(())
    }

    async fn close_case(&self, case: &Case) -> Result<bool, Trouble> {
        let mut state = self.state();
        state.reach("write a case")?;
        let known = state.cases.get_mut(&case.id);
        let open = known.filter(|known| known.resolved.is_none());
        Ok(open.map(|open| *open = case.clone()).is_some())
    }
}

impl Control for FakeWorld {
    async fn brake(&self) -> Result<Brake, Trouble> {
        let state = self.state();
        state.reach("read the brake")?;
        Ok(state.brake.clone())
    }

    async fn set_brake(&self, brake: &Brake) -> Result<bool, Trouble> {
        let mut state = self.state();
        state.reach("write the brake")?;
        let ours = state.brake.version + 1 == brake.version;
        if ours {
            state.brake = brake.clone();
        }
        Ok(ours)
    }
}

/// Any spreading will do, as long as an order keeps its shard.
fn shard(id: &OrderId) -> u8 {
    id.as_str().bytes().fold(0, u8::wrapping_add) % SHARDS
}

impl Agenda for FakeWorld {
    async fn overdue(&self, wanted: u8, now: Timestamp, limit: usize) -> Result<Vec<Overdue>, Trouble> {
        let state = self.state();
        state.reach("ask what is due")?;
        let due = state.orders.iter().filter_map(|(order, stored)| {
            let due = stored.due.filter(|due| *due <= now && shard(order) == wanted)?;
            Some(Overdue {
                order: order.clone(),
                due,
            })
        });
        let mut due: Vec<Overdue> = due.collect();
        due.sort_by_key(|overdue| overdue.due);
        due.truncate(limit);
        Ok(due)
    }

    async fn claim(&self, overdue: &Overdue, until: Timestamp) -> Result<bool, Trouble> {
        let mut state = self.state();
        let Some(stored) = state.orders.get_mut(&overdue.order) else {
            return Ok(false);
        };
        let ours = stored.due == Some(overdue.due);
        if ours {
            stored.due = Some(until);
        }
        Ok(ours)
    }
}

impl Archive for FakeWorld {
    async fn orders(&self, month: &str, limit: usize) -> Result<Vec<Order>, Trouble> {
        let state = self.state();
        let orders = state.orders.values().map(|stored| &stored.order);
        let mut orders: Vec<Order> = orders
            .filter(|order| order.created_at.month() == month)
            .cloned()
            .collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.created_at));
        orders.truncate(limit);
        Ok(orders)
    }

    async fn open_cases(&self, limit: usize) -> Result<Vec<Case>, Trouble> {
        let state = self.state();
        let open = state.cases.values().filter(|case| case.resolved.is_none());
        let mut open: Vec<Case> = open.cloned().collect();
        open.sort_by_key(|case| case.opened_at);
        open.truncate(limit);
        Ok(open)
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        Ok(self.state().cases.get(id).cloned())
    }
}

impl Courier for FakeWorld {
    async fn nudge(&self, performer: Performer, order: &OrderId, delay: Duration) -> Result<(), Trouble> {
        let seconds = i64::try_from(delay.as_millis().div_ceil(1_000)).unwrap_or(900);
        let queue = queue(performer, if seconds == 0 { Kind::Fresh } else { Kind::Delay });
        let mut state = self.state();
        let now = state.now.0;
        let body = format!("{{\"order\":\"{order}\"}}");
        let sent = state.queues.send(&queue, &body, Some(seconds * 1_000), now);
        sent.map(|_id| ()).map_err(|refusal| Trouble {
            wanted: "send a nudge",
            because: format!("{refusal:?}"),
        })
    }
}

impl Teller for FakeWorld {
    async fn tell(&self, order: &Order, notice: &Notice) -> Result<(), Failure> {
        let links = Links {
            shop: "https://shop.example".to_owned(),
            console: "https://console.example".to_owned(),
        };
        let mut state = self.state();
        if state.mails_refused && notice.to != Audience::Ops {
            return Err(Failure::new(FailureClass::Rejected, Reason::Refused));
        }
        state.told.push(Told {
            to: notice.to,
            message: message(order, notice, &links),
        });
        Ok(())
    }
}
