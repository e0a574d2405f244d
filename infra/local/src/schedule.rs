//! The template's schedules, in local time: at their rates, and at once when time is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::emulator::Emulator;
use crate::world::World;

const MINUTE_MS: i64 = 60_000;

pub struct Schedule {
    pub function: String,
    pub input: String,
    /// How often, in minutes.
    pub every: u32,
    pub limit: Duration,
    pub emulator: Arc<Emulator>,
    pub world: Arc<World>,
    /// From before the first jump on: a task may begin after it.
    pub moved: watch::Receiver<i64>,
    /// Jumps of time that it has not answered yet.
    pub jumps: Arc<AtomicU32>,
}

impl Schedule {
    pub async fn run(mut self) {
        loop {
            let every = MINUTE_MS * i64::from(self.every);
            let wait = every - self.world.clock.now_ms().rem_euclid(every);
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(1_000));
            tokio::select! {
                _ = self.moved.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
            let jumps = self.jumps.load(Ordering::SeqCst);
            let guard = self.world.busy.begin();
            if !self.world.is_paused(&self.input) {
                // A failed run is repeated by the next one, as on AWS.
                let _failed = self
                    .emulator
                    .invoke(&self.function, self.input.clone().into_bytes(), self.limit)
                    .await;
            }
            drop(guard);
            let _before = self.jumps.fetch_sub(jumps, Ordering::SeqCst);
        }
    }
}
