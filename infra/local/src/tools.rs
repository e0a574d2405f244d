//! What the stack needs and may lack: cargo-lambda, installed into a folder of the project's own.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::guard::{Group, Guard};
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
pub fn cargo_lambda(group: &Group) -> Result<PathBuf, String> {
    if works(Path::new("cargo-lambda")) {
        return Ok(PathBuf::from("cargo-lambda"));
    }
    Ok(python_packages(group, "cargo-lambda", &[&format!("cargo-lambda=={VERSION}")])?.join("bin/cargo-lambda"))
}

/// Python of an environment that has these packages.
///
/// # Errors
/// With the line to type when they cannot be installed.
pub fn python(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let guard = Guard::new(None).map_err(|wrong| wrong.to_string())?;
    Ok(python_packages(&guard.group(), name, packages)?.join("bin/python"))
}

/// A Python environment in `.tools/NAME` with these packages.
fn python_packages(group: &Group, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    installed_once(name, packages, |folder| {
        let needed = |why: String| {
            format!(
                "{why}\n{name} needs Python 3 with venv. With Debian or Ubuntu type: sudo apt-get install -y python3-venv"
            )
        };
        run(
            group,
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder),
        )
        .map_err(needed)?;
        let pip = run(
            group,
            Command::new(folder.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(packages),
        );
        pip.map_err(|why| {
            let packages = packages.join(" ");
            format!("{why}\n{name} could not be installed; to see why, type: pip install {packages}")
        })
    })
}

/// A folder with these Node.js packages in its `node_modules`. None of their scripts is run.
///
/// # Errors
/// With the line to type when they cannot be installed.
pub fn node_packages(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    const OPTIONS: [&str; 5] = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
    let guard = Guard::new(None).map_err(|wrong| wrong.to_string())?;
    installed_once(name, packages, |folder| {
        let mut npm = Command::new("npm");
        npm.arg("install").args(OPTIONS).arg(folder).args(packages);
        run(&guard.group(), &mut npm).map_err(|why| {
            format!("{why}\n{name} needs Node.js with npm. With Debian or Ubuntu type: sudo apt-get install -y npm")
        })
    })
}

/// The folder `.tools/NAME`: filled once, and anew when the list of packages changes. Two runs at once fill it once.
fn installed_once(
    name: &str,
    packages: &[&str],
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let folder = root().join(".tools").join(name);
    let _turn = turn().map_err(|wrong| format!("{}: {wrong}", folder.display()))?;
    let installed = folder.join("installed");
    let list = packages.join("\n");
    if std::fs::read_to_string(&installed).is_ok_and(|known| known == list) {
        return Ok(folder);
    }
    say(&format!("Installing {name} into .tools (once, about half a minute)..."));
    install(&folder)?;
    std::fs::write(&installed, list).map_err(|wrong| format!("{}: {wrong}", installed.display()))?;
    Ok(folder)
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

fn run(group: &Group, command: &mut Command) -> Result<(), String> {
    let started = group.start(|id| command.stdout(Stdio::null()).process_group(id).spawn());
    match started.and_then(|mut child| child.wait()) {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "{} ended with {status}",
            command.get_program().to_string_lossy()
        )),
        Err(wrong) => Err(format!("{}: {wrong}", command.get_program().to_string_lossy())),
    }
}
