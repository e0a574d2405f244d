//! The functions: real binaries under cargo lambda's emulator, supervised. What dies fails what it was doing and comes
//! back, the emulator itself too.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::client::Client;
use crate::guard::{Group, Guard};

/// A process that dies by itself so soon has not worked.
const SHORT_LIFE: Duration = Duration::from_secs(2);
/// What cannot start is not started for ever.
const SHORT_LIVES_MAX: u32 = 60;
/// Before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Emulator {
    port: u16,
    client: Client,
    functions: BTreeMap<String, Running>,
    group: Arc<Group>,
    folder: PathBuf,
    launches: Vec<Launch>,
    /// Second processes, which live as long as this.
    more: Mutex<Vec<Running>>,
    /// The emulator's own process lives as long as this.
    _itself: Running,
}

struct Running {
    life: watch::Receiver<Life>,
    kill: watch::Sender<u32>,
}

/// How often a process was started, and how often it died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    pub starts: u32,
    pub deaths: u32,
}

/// How to start one function.
#[derive(Clone, Debug)]
pub struct Launch {
    pub name: String,
    pub binary: PathBuf,
    pub environment: BTreeMap<String, String>,
}

impl Emulator {
    /// # Errors
    /// When the emulator does not come up.
    pub async fn start(
        guard: &Guard,
        cargo_lambda: &Path,
        folder: &Path,
        launches: Vec<Launch>,
    ) -> Result<Arc<Self>, String> {
        let port = free_port().await?;
        prepare(folder, &launches).map_err(|wrong| format!("{}: {wrong}", folder.display()))?;
        let (program, within) = (cargo_lambda.to_owned(), folder.to_owned());
        let itself = supervised(guard.group(), move |group| serve(&program, port, &within, group));
        if !opens(port).await {
            let said = std::fs::read_to_string(folder.join("emulator.log")).unwrap_or_default();
            return Err(format!(
                "cargo lambda's emulator did not come up within 15 seconds. It says:\n{said}"
            ));
        }
        let run = |launch: &Launch| (launch.name.clone(), run(guard.group(), launch, port, folder));
        Ok(Arc::new(Self {
            port,
            client: Client::new(Duration::from_secs(60)),
            functions: launches.iter().map(run).collect(),
            group: guard.group(),
            folder: folder.to_owned(),
            launches,
            more: Mutex::default(),
            _itself: itself,
        }))
    }

    /// One more process of the function, as Lambda starts one when a second invocation comes while the first lasts.
    pub fn one_more(&self, function: &str) {
        if let Some(launch) = self.launches.iter().find(|launch| launch.name == function) {
            let more = run(Arc::clone(&self.group), launch, self.port, &self.folder);
            self.more.lock().unwrap_or_else(PoisonError::into_inner).push(more);
        }
    }

    /// Ends the function's process at once, as a crash would.
    pub fn kill(&self, function: &str) {
        if let Some(running) = self.functions.get(function) {
            running.kill.send_modify(|count| *count += 1);
        }
    }

    /// Starts and deaths of a function's process; none: there is no such function.
    pub fn life(&self, function: &str) -> Option<watch::Receiver<Life>> {
        self.functions.get(function).map(|running| running.life.clone())
    }

    /// One invocation. A process that dies meanwhile, or takes too long, is an error.
    ///
    /// # Errors
    /// What Lambda would count as a failed invocation.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
        let mut life = self.life(function).ok_or_else(|| format!("no function {function}"))?;
        let deaths = life.borrow().deaths;
        let url = format!(
            "http://127.0.0.1:{}/2015-03-31/functions/{function}/invocations",
            self.port
        );
        let headers = [("content-type", "application/json".to_owned())];
        let call = self.client.post(&url, &headers, payload);
        tokio::select! {
            answered = call => match answered? {
                answer if answer.status == 200 => Ok(answer.body),
                answer => Err(format!("{function} answered {}: {}", answer.status, answer.text())),
            },
            _ = life.wait_for(|life| life.deaths > deaths) => Err(format!("{function} died")),
            () = tokio::time::sleep(limit) => {
                self.kill(function);
                Err(format!("{function} took longer than {} s", limit.as_secs()))
            }
        }
    }
}

fn run(group: Arc<Group>, launch: &Launch, port: u16, folder: &Path) -> Running {
    let (launch, folder) = (launch.clone(), folder.to_owned());
    supervised(group, move |group| spawn(&launch, port, &folder, group))
}

/// Keeps a process running: for as long as the result lives, and the guard.
fn supervised(group: Arc<Group>, spawn: impl Fn(i32) -> std::io::Result<Child> + Send + 'static) -> Running {
    let (told, life) = watch::channel(Life::default());
    let (kill, killed) = watch::channel(0);
    tokio::spawn(supervise(group, spawn, told, killed));
    Running { life, kill }
}

async fn supervise(
    group: Arc<Group>,
    spawn: impl Fn(i32) -> std::io::Result<Child>,
    told: watch::Sender<Life>,
    mut killed: watch::Receiver<u32>,
) {
    let mut short_lives = 0;
    while short_lives < SHORT_LIVES_MAX {
        killed.mark_unchanged();
        let Ok(mut child) = group.start(&spawn) else {
            return;
        };
        let born = Instant::now();
        told.send_modify(|life| life.starts += 1);
        let by_itself = tokio::select! {
            _ = child.wait() => born.elapsed() < SHORT_LIFE,
            changed = killed.changed() => {
                let _gone = child.kill().await;
                if changed.is_err() {
                    return;
                }
                false
            }
        };
        told.send_modify(|life| life.deaths += 1);
        short_lives = if by_itself { short_lives + 1 } else { 0 };
        if by_itself {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Starts the emulator.
fn serve(cargo_lambda: &Path, port: u16, folder: &Path, group: i32) -> std::io::Result<Child> {
    let mut command = Command::new(cargo_lambda);
    command
        .args(["lambda", "watch", "--only-lambda-apis", "--quiet"])
        .args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()])
        .current_dir(folder);
    start(&mut command, log(folder, "emulator")?, group)
}

/// Starts a function.
fn spawn(launch: &Launch, port: u16, folder: &Path, group: i32) -> std::io::Result<Child> {
    let mut command = Command::new(&launch.binary);
    command
        .env_clear()
        .envs(&launch.environment)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://127.0.0.1:{port}/.rt/{}", launch.name),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", &launch.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
    start(&mut command, log(folder, &launch.name)?, group)
}

/// In the stack's group, with all that it says in its log.
fn start(command: &mut Command, log: File, group: i32) -> std::io::Result<Child> {
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(group)
        .kill_on_drop(true)
        .spawn()
}

fn log(folder: &Path, name: &str) -> std::io::Result<File> {
    let path = folder.join(format!("{name}.log"));
    File::options().create(true).append(true).open(path)
}

/// The emulator serves only what a package names as its binaries, though it is asked to build none: so here is one that
/// names them.
fn prepare(folder: &Path, launches: &[Launch]) -> std::io::Result<()> {
    let binary = |launch: &Launch| format!("\n[[bin]]\nname = \"{}\"\npath = \"main.rs\"\n", launch.name);
    let head = "[package]\nname = \"emulator\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    let manifest = head.to_owned() + &launches.iter().map(binary).collect::<String>();
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::write(folder.join("main.rs"), "fn main() {}\n")
}

async fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|wrong| wrong.to_string())?;
    Ok(listener.local_addr().map_err(|wrong| wrong.to_string())?.port())
}

async fn opens(port: u16) -> bool {
    for _ in 0..300 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
