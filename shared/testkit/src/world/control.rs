//! The items beside the orders: brake, budget, heartbeat, breakers and bookmark.

use domain::audit::Books;
use domain::audit::access::Access;
use domain::bookmark::Bookmark;
use domain::brake::Brake;
use domain::breaker::Breaker;
use domain::budget::Budget;
use domain::heartbeat::Heartbeat;
use domain::receipt::Step;
use flow::ports::{Breakers, Control, Trouble};

use super::mishaps::{Act, Mishap};
use super::store::trouble;
use super::{FakeWorld, State};

impl FakeWorld {
    async fn reads_control<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, Trouble> {
        const WANTED: &str = "read a control item";
        let mishap = self.state().befalls(Act::ReadControl);
        self.before(mishap).await;
        if mishap == Some(Mishap::Refused) {
            return Err(trouble(WANTED, "the store is busy"));
        }
        let found = {
            let state = self.state();
            state.reach(WANTED)?;
            read(&state)
        };
        self.after(mishap).await;
        Ok(found)
    }

    async fn writes_control(&self, write: impl FnOnce(&mut State) -> bool) -> Result<bool, Trouble> {
        const WANTED: &str = "write a control item";
        let mishap = self.state().befalls(Act::WriteControl);
        self.before(mishap).await;
        if mishap == Some(Mishap::Refused) {
            return Err(trouble(WANTED, "the store is busy"));
        }
        let ours = {
            let mut state = self.state();
            state.reach(WANTED)?;
            mishap != Some(Mishap::Outrun) && write(&mut state)
        };
        self.after(mishap).await;
        if mishap == Some(Mishap::LostAfter) {
            return Err(trouble(WANTED, "no answer"));
        }
        Ok(ours)
    }
}

impl Control for FakeWorld {
    async fn brake(&self) -> Result<Brake, Trouble> {
        self.reads_control(|state| state.brake.clone()).await
    }

    async fn set_brake(&self, brake: &Brake) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.brake.version + 1 == brake.version;
            if ours {
                state.brake = brake.clone();
            }
            ours
        })
        .await
    }

    async fn bookmark(&self) -> Result<Bookmark, Trouble> {
        self.reads_control(|state| state.bookmark.clone()).await
    }

    async fn set_bookmark(&self, bookmark: &Bookmark) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.bookmark.version + 1 == bookmark.version;
            if ours {
                state.bookmark = bookmark.clone();
            }
            ours
        })
        .await
    }

    async fn budget(&self) -> Result<Budget, Trouble> {
        self.reads_control(|state| state.budget.clone()).await
    }

    async fn set_budget(&self, budget: &Budget) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.budget.version + 1 == budget.version;
            if ours {
                state.budget = budget.clone();
            }
            ours
        })
        .await
    }

    async fn books(&self) -> Result<Books, Trouble> {
        self.reads_control(|state| state.books.clone()).await
    }

    async fn set_books(&self, books: &Books) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.books.version + 1 == books.version;
            if ours {
                state.books = books.clone();
            }
            ours
        })
        .await
    }

    async fn access(&self) -> Result<Access, Trouble> {
        self.reads_control(|state| state.access.clone()).await
    }

    async fn set_access(&self, access: &Access) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.access.version + 1 == access.version;
            if ours {
                state.access = access.clone();
            }
            ours
        })
        .await
    }

    async fn heartbeat(&self) -> Result<Heartbeat, Trouble> {
        self.reads_control(|state| state.heartbeat.clone()).await
    }

    async fn set_heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.heartbeat.version + 1 == heartbeat.version;
            if ours {
                state.heartbeat = heartbeat.clone();
            }
            ours
        })
        .await
    }
}

impl Breakers for FakeWorld {
    async fn breaker(&self, step: Step) -> Result<Breaker, Trouble> {
        self.reads_control(|state| {
            let broken = state.tamper.no_breaker;
            let known = state.breakers.get(&step).filter(|_| !broken);
            known.cloned().unwrap_or_default()
        })
        .await
    }

    async fn set_breaker(&self, step: Step, breaker: &Breaker) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let known = state.breakers.entry(step).or_default();
            let ours = known.version + 1 == breaker.version;
            if ours {
                known.clone_from(breaker);
            }
            ours
        })
        .await
    }
}
