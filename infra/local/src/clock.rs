//! One movable time for everything on this machine: the functions read the same offset from the clock file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// Real time plus an offset that only grows.
pub struct LocalClock {
    offset_ms: AtomicI64,
    file: PathBuf,
    moved: watch::Sender<i64>,
}

impl LocalClock {
    /// Starts at the real time; `file` is what the functions are given as `MAKEGOOD_CLOCK_FILE`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(file: PathBuf) -> std::io::Result<Self> {
        let clock = Self {
            offset_ms: AtomicI64::new(0),
            file,
            moved: watch::Sender::new(0),
        };
        clock.publish(0)?;
        Ok(clock)
    }

    /// Milliseconds since the Unix epoch, in local time's movable sense.
    pub fn now_ms(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(real.as_millis())
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves time forward. The file is replaced whole, so that no function reads half a number.
    ///
    /// # Errors
    /// When the file cannot be written; time has then not moved.
    pub fn advance(&self, by: Duration) -> std::io::Result<()> {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let offset = self.offset_ms.load(Ordering::SeqCst).saturating_add(by_ms);
        self.publish(offset)?;
        self.offset_ms.store(offset, Ordering::SeqCst);
        self.moved.send_replace(offset);
        Ok(())
    }

    /// Changes whenever time is moved: pollers and schedules wait on it instead of sleeping through a jump.
    pub fn moved(&self) -> watch::Receiver<i64> {
        self.moved.subscribe()
    }

    pub fn file(&self) -> &std::path::Path {
        &self.file
    }

    fn publish(&self, offset_ms: i64) -> std::io::Result<()> {
        let fresh = self.file.with_extension("new");
        std::fs::write(&fresh, offset_ms.to_string())?;
        std::fs::rename(&fresh, &self.file)
    }
}
