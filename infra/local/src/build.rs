//! The functions' binaries, built with plain cargo so that its progress can be watched.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::guard::Group;
use crate::tools::root;

/// Builds the named packages and tells where their binaries are.
///
/// # Errors
/// When the build fails; cargo has said why.
pub fn build(group: &Group, functions: &[String]) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(root())
        .args(["build", "--locked", "--message-format=json-render-diagnostics"]);
    for function in functions {
        command.args(["-p", function]);
    }
    // As this stack itself was built.
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    // What `cargo run` tells about this package is no news to another build, and some crates are built anew for it.
    for (name, _) in std::env::vars_os() {
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if name
            .to_str()
            .is_some_and(|name| of_package.iter().any(|start| name.starts_with(start)))
        {
            command.env_remove(name);
        }
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let output = group
        .start(|id| command.process_group(id).spawn())
        .and_then(Child::wait_with_output)
        .map_err(|wrong| format!("cargo: {wrong}"))?;
    if !output.status.success() {
        return Err("The functions could not be built; cargo says why above.".to_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let built = |line: &str| -> Option<(String, PathBuf)> {
        let artifact: Value = serde_json::from_str(line).ok()?;
        let executable = artifact["executable"].as_str()?;
        Some((
            artifact["target"]["name"].as_str()?.to_owned(),
            PathBuf::from(executable),
        ))
    };
    let binaries: BTreeMap<_, _> = lines.lines().filter_map(built).collect();
    match functions.iter().find(|function| !binaries.contains_key(*function)) {
        Some(missing) => Err(format!("{missing} has no binary")),
        None => Ok(binaries),
    }
}
