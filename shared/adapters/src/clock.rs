//! The only place where time is read.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use flow::ports;

use crate::env::Env;

/// Real time, plus the offset that a local file names. Sockets and their time limits stay in real time. All clones are one
/// clock.
#[derive(Clone)]
pub struct Clock {
    file: Option<PathBuf>,
    offset_ms: Rc<Cell<i64>>,
}

impl Clock {
    /// Movable time is for one machine alone: with real money or on AWS it is refused.
    pub fn read(env: &Env, livemode: bool) -> Self {
        let file = env.optional("MAKEGOOD_CLOCK_FILE").map(PathBuf::from);
        if file.is_some() && livemode {
            env.refuse(
                "MAKEGOOD_CLOCK_FILE",
                "moves time, and livemode is on: remove one of the two".to_owned(),
            );
        }
        if file.is_some() && env.optional("LAMBDA_TASK_ROOT").is_some() {
            env.refuse(
                "MAKEGOOD_CLOCK_FILE",
                "moves time, and this is AWS: remove it".to_owned(),
            );
        }
        let clock = Self {
            file,
            offset_ms: Rc::default(),
        };
        clock.refresh();
        clock
    }

    /// Called at the start of each invocation.
    pub fn refresh(&self) {
        let Some(file) = &self.file else { return };
        if let Some(offset) = std::fs::read_to_string(file)
            .ok()
            .and_then(|text| text.trim().parse().ok())
        {
            self.offset_ms.set(offset);
        }
    }
}

impl ports::Clock for Clock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let real = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp(real.saturating_add(self.offset_ms.get()))
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
