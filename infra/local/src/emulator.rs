//! The functions: real binaries under cargo lambda's emulator, supervised. One that dies fails what it was doing and
//! comes back.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::client::Client;

/// A function that cannot start is not started for ever.
const STARTS_MAX: u32 = 200;

pub struct Emulator {
    port: u16,
    client: Client,
    functions: BTreeMap<String, Running>,
    /// Ends the emulator with us, even if we are killed: it lives as long as this pipe.
    _emulator: Child,
}

struct Running {
    /// Counts deaths: whoever waits for an answer learns that none will come.
    deaths: watch::Receiver<u32>,
    kill: watch::Sender<u32>,
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
    pub async fn start(cargo_lambda: &Path, folder: &Path, launches: Vec<Launch>) -> Result<Arc<Self>, String> {
        let port = free_port().await?;
        let log = prepare(folder, &launches).map_err(|wrong| format!("{}: {wrong}", folder.display()))?;
        // `cat` ends when our end of the pipe closes, however we end; then the emulator is ended.
        let script = "\"$0\" lambda watch --only-lambda-apis --invoke-address 127.0.0.1 --invoke-port \"$1\" --quiet </dev/null & \
                      child=$!; cat >/dev/null; kill $child; wait $child";
        let emulator = Command::new("sh")
            .args(["-c", script])
            .arg(cargo_lambda)
            .arg(port.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(|wrong| wrong.to_string())?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|wrong| format!("cargo-lambda: {wrong}"))?;
        if !opens(port).await {
            let said = std::fs::read_to_string(folder.join("emulator.log")).unwrap_or_default();
            return Err(format!(
                "cargo lambda's emulator did not come up within 15 seconds. It says:\n{said}"
            ));
        }
        let mut functions = BTreeMap::new();
        for launch in launches {
            let (told, deaths) = watch::channel(0);
            let (kill, killed) = watch::channel(0);
            let name = launch.name.clone();
            tokio::spawn(supervise(launch, port, folder.to_path_buf(), told, killed));
            functions.insert(name, Running { deaths, kill });
        }
        let client = Client::new(Duration::from_secs(60));
        Ok(Arc::new(Self {
            port,
            client,
            functions,
            _emulator: emulator,
        }))
    }

    /// Ends the function's process at once, as a crash would.
    pub fn kill(&self, function: &str) {
        if let Some(running) = self.functions.get(function) {
            running.kill.send_modify(|count| *count += 1);
        }
    }

    /// One invocation. A process that dies meanwhile, or takes too long, is an error.
    ///
    /// # Errors
    /// What Lambda would count as a failed invocation.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
        let running = self
            .functions
            .get(function)
            .ok_or_else(|| format!("no function {function}"))?;
        let mut deaths = running.deaths.clone();
        deaths.mark_unchanged();
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
            _ = deaths.changed() => Err(format!("{function} died")),
            () = tokio::time::sleep(limit) => {
                self.kill(function);
                Err(format!("{function} took longer than {} s", limit.as_secs()))
            }
        }
    }
}

async fn supervise(
    launch: Launch,
    port: u16,
    folder: PathBuf,
    died: watch::Sender<u32>,
    mut killed: watch::Receiver<u32>,
) {
    for _ in 0..STARTS_MAX {
        killed.mark_unchanged();
        let Ok(mut child) = spawn(&launch, port, &folder) else {
            return;
        };
        tokio::select! {
            _ = child.wait() => {}
            changed = killed.changed() => {
                let _gone = child.kill().await;
                if changed.is_err() {
                    return;
                }
            }
        }
        died.send_modify(|count| *count += 1);
    }
}

fn spawn(launch: &Launch, port: u16, folder: &Path) -> std::io::Result<Child> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join(format!("{}.log", launch.name)))?;
    Command::new(&launch.binary)
        .env_clear()
        .envs(&launch.environment)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://127.0.0.1:{port}/.rt/{}", launch.name),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", &launch.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// The emulator serves only what a package names as its binaries, though it is asked to build none: so here is one that
/// names them. Returns where it writes what it says.
fn prepare(folder: &Path, launches: &[Launch]) -> std::io::Result<File> {
    let binary = |launch: &Launch| format!("\n[[bin]]\nname = \"{}\"\npath = \"main.rs\"\n", launch.name);
    let head = "[package]\nname = \"emulator\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    let manifest = head.to_owned() + &launches.iter().map(binary).collect::<String>();
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::write(folder.join("main.rs"), "fn main() {}\n")?;
    File::create(folder.join("emulator.log"))
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
