//! What concerns all orders, kept as it is written; the breakers among them.

use domain::breaker::Breaker;
use domain::control::Item;
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

impl State {
    /// As it stands; its default, where nobody has written it.
    #[expect(
        clippy::expect_used,
        reason = "what cannot be read again must not pass for what was never written"
    )]
    pub fn control<C: Item>(&self) -> C {
        let written = self.controls.get(C::NAME).cloned();
        written.map_or_else(C::default, |item| {
            serde_json::from_value(item).expect("an item that can be read again")
        })
    }
}

impl Control for FakeWorld {
    async fn control<C: Item>(&self) -> Result<C, Trouble> {
        self.reads_control(State::control).await
    }

    async fn set_control<C: Item>(&self, item: &C) -> Result<bool, Trouble> {
        self.writes_control(|state| {
            let ours = state.control::<C>().version() + 1 == item.version();
            if ours {
                state.controls.insert(C::NAME, serde_json::json!(item));
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
