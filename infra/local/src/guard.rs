//! Nothing outlives the stack, however it ends: a watcher waits for our end of a pipe to close, which the system does for
//! us even when we are killed, and then ends every process that we started and removes our folder.

use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What may have died already is no reason to stop.
const WATCH: &str = "cat >/dev/null; kill -s KILL -- \"-$1\" 2>/dev/null; rm -rf -- \"$2\"";

/// When it is gone, so is everything that was started through it.
pub struct Guard(Arc<Group>);

/// Starts the stack's processes.
pub struct Group {
    /// Its number, which is the anchor's.
    id: u32,
    /// None: all is ended, and nothing is started any more.
    open: Mutex<Option<Open>>,
}

struct Open {
    pipe: Option<ChildStdin>,
    /// Not of the group, so that it outlives what it ends.
    watcher: Child,
    /// Gives the group its number before anything else is in it.
    anchor: Child,
}

impl Guard {
    /// Before anything is started or written. A `folder` is removed in the end.
    ///
    /// # Errors
    /// When the system starts no process.
    pub fn new(folder: Option<&Path>) -> io::Result<Self> {
        // It ends with its pipe, should we be killed before the watcher is there.
        let anchor = reader("cat").stdout(Stdio::null()).spawn()?;
        let id = anchor.id();
        let mut watcher = reader("sh")
            .args(["-c", WATCH, "makegood"])
            .arg(id.to_string())
            .arg(folder.unwrap_or(Path::new("")))
            .spawn()?;
        let pipe = watcher.stdin.take();
        let open = Mutex::new(Some(Open { pipe, watcher, anchor }));
        Ok(Self(Arc::new(Group { id, open })))
    }

    pub fn group(&self) -> Arc<Group> {
        Arc::clone(&self.0)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(mut open) = self.0.open().take() else {
            return;
        };
        drop(open.pipe.take());
        // The watcher ends when it has done all of it.
        let _ended = (open.watcher.wait(), open.anchor.wait());
    }
}

impl Group {
    /// `start` is handed the group that its process must be put into.
    ///
    /// # Errors
    /// As `start` says, or when everything is ended already.
    pub fn start<T>(&self, start: impl FnOnce(i32) -> io::Result<T>) -> io::Result<T> {
        // Held until the process is in the group: nothing is started while all is ended.
        let open = self.open();
        let id = i32::try_from(self.id).map_err(io::Error::other)?;
        match open.as_ref() {
            Some(_) => start(id),
            None => Err(io::Error::other("the stack is ending")),
        }
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In a group of its own: Ctrl-C at the terminal is for us alone.
fn reader(program: &str) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).process_group(0);
    command
}
