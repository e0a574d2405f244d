//! A peer's process. It ends with its handle, and also when the tests are killed.

use std::fs::File;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use local::tools::root;
use serde_json::Value;

const UP_WITHIN: Duration = Duration::from_secs(60);
const DOWN_WITHIN: Duration = Duration::from_secs(10);

pub(crate) struct Started {
    child: Child,
    /// For what it writes while it runs; gone with it.
    folder: PathBuf,
}

/// `cat` ends when our end of the pipe closes, however we end; then the peer is ended.
const SCRIPT: &str = "\"$@\" </dev/null & child=$!; cat >/dev/null; kill $child; wait $child";

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// Asks a script beside these tests one question: JSON goes in, JSON comes out.
pub(crate) fn ask(python: &Path, script: &str, question: &Value) -> Value {
    let mut child = Command::new(python)
        .arg(root().join("tests/peers").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(question.to_string().as_bytes()).expect("asked");
    drop(input);
    let output = child.wait_with_output().expect("an answer");
    assert!(output.status.success(), "{script} failed; it says why above");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

impl Started {
    /// Starts it and waits until it listens on the port. Nothing of our own environment but the paths reaches it.
    pub(crate) fn new(name: &str, command: &[&str], environment: &[(&str, &str)], port: u16) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("makegood-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let log = File::create(folder.join("log")).expect("a log");
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .args(command)
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &folder)
            .env("TMPDIR", &folder)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .spawn()
            .expect("sh starts");
        let mut started = Self { child, folder };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let dead = started.child.try_wait().expect("its state").is_some();
            assert!(
                !dead && began.elapsed() < UP_WITHIN,
                "{name} does not come up: {}",
                started.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        started
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let began = Instant::now();
        while began.elapsed() < DOWN_WITHIN && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // After that it is not ours to be polite.
        let _gone = self.child.kill();
        let _ended = self.child.wait();
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}
