//! The files themselves.

use std::fs;
use std::path::{Path, PathBuf};

use local::tools::root;

/// Every file of ours, by its path from the top.
pub(crate) fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    assert!(found.len() > 100, "the walk found too little: {}", found.len());
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    const NOT_OURS: [&str; 5] = [".git", "target", ".tools", "node_modules", "__pycache__"];
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if NOT_OURS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let short = path.strip_prefix(root()).expect("inside").display().to_string();
            found.push((short, text));
        }
    }
}

fn is(path: &str, ending: &str) -> bool {
    path.ends_with(ending)
}

#[test]
fn the_top_level_holds_what_a_newcomer_looks_for() {
    const WELCOME: [&str; 18] = [
        ".cargo",
        ".ci",
        ".git",
        ".gitignore",
        ".tools",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "clippy.toml",
        "deny.toml",
        "functions",
        "infra",
        "shared",
        "tests",
    ];
    const TOOLS: [&str; 3] = ["rust-toolchain.toml", "rustfmt.toml", "target"];
    for entry in fs::read_dir(root()).expect("the top level") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let known = WELCOME.contains(&name.as_str()) || TOOLS.contains(&name.as_str());
        assert!(
            known,
            "{name} stands on the top level: would a newcomer look for it there?"
        );
    }
}

#[test]
fn no_leftovers() {
    // Written in two halves, so that this file does not find itself.
    let words = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X:"),
        ("todo", "!("),
        ("unimplemented", "!("),
        ("dbg", "!("),
        ("#[allo", "w("),
        ("#![allo", "w("),
    ];
    for (path, text) in files().iter().filter(|(path, _)| path != "Cargo.lock") {
        for (first, second) in words {
            let word = format!("{first}{second}");
            assert!(!text.contains(&word), "{path} has a {word}");
        }
    }
}

#[test]
fn no_file_speaks_of_one_machine() {
    let words = [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("index.crates", ".io")];
    for (path, text) in files().iter().filter(|(path, _)| path != "Cargo.lock") {
        for (first, second) in words {
            let word = format!("{first}{second}");
            assert!(!text.contains(&word), "{path} names {word}");
        }
    }
}

#[test]
fn files_are_rooms_of_one_purpose() {
    for (path, text) in files() {
        let lines = text.lines().count();
        let most = match path.as_str() {
            "ARCHITECTURE.md" => 200,
            path if is(path, "/main.rs") && path.starts_with("functions/") => 40,
            path if is(path, ".rs") => 400,
            _ => continue,
        };
        assert!(
            lines <= most,
            "{path} has {lines} lines; {most} are the limit: is it one room?"
        );
    }
}

#[test]
fn names_say_what_is_inside() {
    const EMPTY: [&str; 5] = ["utils", "common", "helpers", "manager", "misc"];
    for (path, _) in files() {
        for part in path.split(['/', '.']) {
            assert!(!EMPTY.contains(&part), "{path}: \"{part}\" says nothing");
        }
    }
}

#[test]
fn a_folder_is_called_as_its_crate() {
    let manifests = files().into_iter().filter(|(path, _)| is(path, "/Cargo.toml"));
    for (path, text) in manifests {
        let folder = path.split('/').rev().nth(1).expect("a folder").to_owned();
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("name = \""))
            .expect("a name");
        let name = name.trim_end_matches('"');
        let same = name == folder
            || (folder == "tests" && name == "acceptance")
            // Called as it is typed.
            || (folder == "cli" && name == "makegood");
        assert!(same, "{path} calls itself {name}");
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{path} goes its own way about lints"
        );
    }
}

#[test]
fn the_core_reads_no_clock_and_no_chance() {
    const ASKED: [&str; 6] = [
        "SystemTime",
        "Instant::now",
        "getrandom",
        "thread_rng",
        "std::env",
        "std::fs",
    ];
    let core = files().into_iter();
    let core = core.filter(|(path, _)| path.starts_with("shared/domain/src") || path.starts_with("shared/flow/src"));
    for (path, text) in core {
        for asked in ASKED {
            assert!(
                !text.contains(asked),
                "{path} asks {asked}: time, ids and jitter are arguments"
            );
        }
    }
}

#[test]
fn what_the_documents_point_to_is_there() {
    for (path, text) in files().into_iter().filter(|(path, _)| is(path, ".md")) {
        let folder = Path::new(&path).parent().expect("a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') {
                continue;
            }
            let target = root().join(&folder).join(link.split('#').next().unwrap_or_default());
            assert!(target.exists(), "{path} points to {link}, which is not there");
        }
    }
}

#[test]
fn the_readme_and_ci_say_the_same() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{path} is missing"));
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    for command in ["cargo run -p local", "cargo test"] {
        assert!(readme.contains(command), "README.md does not say {command}");
    }
    assert!(ci.contains("cargo test"), ".ci/run does not call README's test command");
    assert!(
        read("CHANGELOG.md").contains("## Unreleased"),
        "CHANGELOG.md has no Unreleased"
    );
}

#[test]
fn every_test_that_is_named_as_a_proof_exists() {
    let files = files();
    let proofs = files
        .iter()
        .find(|(path, _)| path == "tests/README.md")
        .expect("tests/README.md");
    let named = proofs
        .1
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() >= 3);
    let named: Vec<&str> = named.filter(|word| !word.contains(['/', '.', ' '])).collect();
    assert!(named.len() > 10, "too few proofs: {named:?}");
    for name in named {
        let function = format!("fn {name}(");
        let exists = files
            .iter()
            .any(|(path, text)| is(path, ".rs") && text.contains(&function));
        assert!(exists, "tests/README.md names {name}, which is no test");
    }
}
