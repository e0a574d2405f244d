//! What the stack needs and may lack: cargo-lambda, installed into a folder of the project's own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::say::say;

const VERSION: &str = "1.9.2";

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .to_path_buf()
}

/// Finds cargo-lambda, or installs it.
///
/// # Errors
/// With the line to type when it can be neither found nor installed.
pub fn cargo_lambda() -> Result<PathBuf, String> {
    let ours = root().join(".tools/cargo-lambda");
    let binary = ours.join("bin/cargo-lambda");
    if works(&binary) {
        return Ok(binary);
    }
    if works(Path::new("cargo-lambda")) {
        return Ok(PathBuf::from("cargo-lambda"));
    }
    // Two runs at once install it once.
    let _turn = turn().map_err(|wrong| format!("{}: {wrong}", ours.display()))?;
    if works(&binary) {
        return Ok(binary);
    }
    say("Installing cargo-lambda into .tools (once, about half a minute)...");
    let python = run(Command::new("python3").args(["-m", "venv"]).arg(&ours));
    python.map_err(|why| {
        format!("{why}\ncargo-lambda is needed. With Debian or Ubuntu type: sudo apt-get install -y python3-venv")
    })?;
    let pip = run(Command::new(ours.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("cargo-lambda=={VERSION}")));
    pip.map_err(|why| {
        format!("{why}\ncargo-lambda could not be installed. Type: pip install cargo-lambda=={VERSION}")
    })?;
    Ok(binary)
}

/// Held until it is dropped; whoever else wants it waits.
fn turn() -> std::io::Result<File> {
    let folder = root().join(".tools");
    std::fs::create_dir_all(&folder)?;
    let file = File::create(folder.join("lock"))?;
    file.lock()?;
    Ok(file)
}

fn works(binary: &Path) -> bool {
    let quiet = Command::new(binary)
        .args(["lambda", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "{} ended with {status}",
            command.get_program().to_string_lossy()
        )),
        Err(wrong) => Err(format!("{}: {wrong}", command.get_program().to_string_lossy())),
    }
}
