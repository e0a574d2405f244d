//! The stack is told to stop, or is killed, at any time, also while it starts: no process, port or file of it is left.
//! And what dies within it comes back.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use local::client::Client;

/// Real time that anything may take; a test that needs it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stack, nine functions, the emulator, and the guard's two.
const FAMILY: usize = 13;

/// A stack in a process of its own. Whatever belongs to it knows its folder: by its command line or its environment.
struct Running {
    process: Child,
    said: BufReader<ChildStdout>,
    folder: PathBuf,
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Running {
    fn start(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stops-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let mut process = Command::new(env!("CARGO_BIN_EXE_local"))
            .env("TMPDIR", &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the stack starts");
        let said = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, said, folder }
    }

    /// Reads on until it says this; the whole line.
    fn says(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.said.read_line(&mut line).expect("its output");
            assert!(read > 0, "it ended and had not said \"{text}\"");
        }
        line
    }

    /// Waits until it has written a file of this name into its own folder.
    fn writes(&self, name: &str) {
        until(&format!("{name} is written"), || {
            let mut folders = entries(&self.folder).into_iter();
            folders.any(|folder| folder.join(name).exists())
        });
    }

    fn told(&self, signal: &str) {
        assert!(kill(signal, self.process.id()), "nobody to be told {signal}");
    }

    fn all_gone(mut self, when: &str) {
        self.process.wait().expect("it ends");
        until(&format!("all is gone, {when}"), || {
            others(&self.folder).is_empty() && entries(&self.folder).is_empty()
        });
        fs::remove_dir(&self.folder).expect("an empty folder");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = (self.process.kill(), self.process.wait());
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).expect("a folder");
    found.map(|entry| entry.expect("an entry").path()).collect()
}

/// Living processes that know the folder, with their command lines.
fn others(folder: &Path) -> Vec<(u32, String)> {
    let wanted = folder.as_os_str().as_encoded_bytes();
    let knows = |process: &Path| {
        let (line, environment) = (fs::read(process.join("cmdline")), fs::read(process.join("environ")));
        // Whoever is dead and not yet buried has neither.
        let mut read = [line.unwrap_or_default(), environment.unwrap_or_default()].into_iter();
        read.any(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted))
    };
    let number = |process: PathBuf| {
        let id = process.file_name()?.to_str()?.parse().ok()?;
        knows(&process).then(|| {
            let line = fs::read(process.join("cmdline")).unwrap_or_default();
            (id, String::from_utf8_lossy(&line).replace('\0', " "))
        })
    };
    entries(Path::new("/proc")).into_iter().filter_map(number).collect()
}

/// Whether there was such a process.
fn kill(signal: &str, id: u32) -> bool {
    let mut command = Command::new("kill");
    let told = command
        .arg(format!("-{signal}"))
        .arg(id.to_string())
        .stderr(Stdio::null())
        .status();
    told.expect("kill").success()
}

fn port(line: &str) -> u16 {
    let address = line.split("127.0.0.1:").nth(1).expect("an address");
    let port = address.split('/').next().expect("a port");
    port.parse().expect("a number")
}

#[test]
fn told_to_stop_or_killed_nothing_is_left() {
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let mut stack = Running::start(signal);
        let shop = port(&stack.says("Shop"));
        stack.says("Ctrl-C stops everything");
        until("all are there", || others(&stack.folder).len() >= FAMILY);
        stack.told(signal);
        stack.all_gone(signal);
        // The start page's own port is anybody's, and another stack may have it already.
        assert!(
            TcpStream::connect(("127.0.0.1", shop)).is_err(),
            "{signal}: {shop} is still held"
        );
    }
}

#[test]
fn told_to_stop_while_it_starts_nothing_is_left() {
    for signal in ["TERM", "KILL"] {
        let mut stack = Running::start(&format!("{signal}-first-word"));
        stack.says("Makegood on this machine");
        stack.told(signal);
        stack.all_gone(&format!("{signal} at the first word"));
        for file in ["clock", "emulator.log", "provisioning.log"] {
            let stack = Running::start(&format!("{signal}-{file}"));
            stack.writes(file);
            stack.told(signal);
            stack.all_gone(&format!("{signal} at {file}"));
        }
    }
}

/// While cargo builds, it is a process of the stack as any other.
#[test]
fn told_to_stop_while_it_builds_nothing_is_left() {
    for signal in ["INT", "KILL"] {
        let stack = Running::start(&format!("{signal}-building"));
        until("cargo builds", || {
            others(&stack.folder)
                .iter()
                .any(|(_, line)| line.contains("build --locked"))
        });
        stack.told(signal);
        stack.all_gone(&format!("{signal} while cargo builds"));
    }
}

#[tokio::test]
async fn what_is_killed_within_comes_back() {
    let mut stack = Running::start("within");
    let shop = port(&stack.says("Shop"));
    stack.says("Ctrl-C stops everything");
    let client = Client::new(Duration::from_secs(10));
    let url = format!("http://127.0.0.1:{shop}/?product=team-year");
    until("all are there", || others(&stack.folder).len() >= FAMILY);
    for round in ["the functions", "the emulator", "the emulator and the functions"] {
        let (itself, folder) = (stack.process.id(), stack.folder.clone());
        let mut killed = 0;
        for (id, line) in others(&folder) {
            let emulator = line.contains("lambda watch");
            let function = line.contains("/target/") && !line.starts_with("sh ") && id != itself;
            if (emulator && round.contains("emulator")) || (function && round.contains("functions")) {
                // Without the emulator functions also end by themselves.
                killed += u32::from(kill("KILL", id));
            }
        }
        assert!(killed >= 1, "{round}");
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "the shop does not come back after {round}");
            let answer = client.call("GET", &url, &[], Vec::new()).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                break;
            }
        }
        until("all are back", || others(&folder).len() >= FAMILY);
    }
    stack.told("TERM");
    stack.all_gone("after deaths within");
}
