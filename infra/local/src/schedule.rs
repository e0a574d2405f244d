//! The template's schedules, in local time: at their rates, and at once when time is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::clock::LocalClock;
use crate::emulator::Emulator;
use crate::world::Busy;

const MINUTE_MS: i64 = 60_000;

pub struct Schedule {
    pub function: String,
    pub input: String,
    /// How often, in minutes.
    pub every: u32,
    pub limit: Duration,
    pub emulator: Arc<Emulator>,
    pub clock: Arc<LocalClock>,
    pub busy: Busy,
    /// Jumps of time that it has not answered yet.
    pub jumps: Arc<AtomicU32>,
}

impl Schedule {
    pub async fn run(self) {
        let mut moved = self.clock.moved();
        loop {
            let every = MINUTE_MS * i64::from(self.every);
            let wait = every - self.clock.now_ms().rem_euclid(every);
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(1_000));
            tokio::select! {
                _ = moved.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
            let jumps = self.jumps.load(Ordering::SeqCst);
            let guard = self.busy.begin();
            // A failed run is repeated by the next one, as on AWS.
            let _failed = self
                .emulator
                .invoke(&self.function, self.input.clone().into_bytes(), self.limit)
                .await;
            drop(guard);
            let _before = self.jumps.fetch_sub(jumps, Ordering::SeqCst);
        }
    }
}
