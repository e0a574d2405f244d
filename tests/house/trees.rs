//! Dependency trees, by `cargo tree`.

use std::collections::BTreeSet;
use std::process::Command;

use local::template::Template;

/// Packages of a crate's tree, each with its versions: `hyper v1.2.3`.
fn tree(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none", "--format", "{p}",
        ])
        .output()
        .expect("cargo tree");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    said.lines().filter(|line| !line.is_empty()).map(name).collect()
}

fn has(tree: &BTreeSet<String>, package: &str) -> Vec<String> {
    let named = |line: &&String| line.split(' ').next() == Some(package);
    tree.iter().filter(named).cloned().collect()
}

fn functions() -> Vec<String> {
    let template = Template::read().expect("the template");
    template.functions.into_iter().map(|function| function.name).collect()
}

#[test]
fn nothing_local_is_in_a_functions_tree() {
    const LOCAL: [&str; 11] = [
        "local",
        "testkit",
        "acceptance",
        "axum",
        "dynoxide-rs",
        "rusqlite",
        "serde_yaml_ng",
        "expect-test",
        // The operator's command, and what it alone needs.
        "makegood",
        "aws-sdk-sts",
        "lexopt",
    ];
    for function in functions() {
        let tree = tree(&function);
        for package in LOCAL {
            assert!(has(&tree, package).is_empty(), "{function} carries {package}");
        }
    }
}

#[test]
fn there_is_one_tls_stack_and_one_http_stack() {
    const OTHERS: [&str; 15] = [
        "aws-lc-rs",
        "aws-lc-sys",
        "native-tls",
        "openssl",
        "openssl-sys",
        "boring",
        "reqwest",
        "ureq",
        "isahc",
        "curl",
        "surf",
        "aws-smithy-http-client",
        "h2",
        "rustls-native-certs",
        "aws-config",
    ];
    for function in functions() {
        let tree = tree(&function);
        for package in OTHERS {
            assert!(has(&tree, package).is_empty(), "{function} carries {package}");
        }
        for package in ["rustls", "ring", "hyper", "http", "tokio"] {
            assert_eq!(has(&tree, package).len(), 1, "{function}: {:?}", has(&tree, package));
        }
    }
}

#[test]
fn only_notification_carries_smtp_and_sns() {
    for function in functions() {
        let tree = tree(&function);
        for package in ["lettre", "aws-sdk-sns"] {
            let carries = !has(&tree, package).is_empty();
            assert_eq!(carries, function == "notification", "{function}: {package}");
        }
    }
}

#[test]
fn the_operators_command_is_light() {
    let tree = tree("makegood");
    for package in [
        "local",
        "testkit",
        "axum",
        "dynoxide-rs",
        "lettre",
        "aws-sdk-sns",
        "aws-config",
        "clap",
    ] {
        assert!(has(&tree, package).is_empty(), "makegood carries {package}");
    }
    for function in functions() {
        assert!(has(&tree, &function).is_empty(), "makegood carries {function}");
    }
}

#[test]
fn the_domain_is_pure() {
    let tree = tree("domain");
    for package in [
        "tokio",
        "futures-util",
        "getrandom",
        "hyper",
        "aws-smithy-types",
        "flow",
        "adapters",
    ] {
        assert!(has(&tree, package).is_empty(), "the domain carries {package}");
    }
}

#[test]
fn no_function_knows_another() {
    let functions = functions();
    for function in &functions {
        let tree = tree(function);
        for other in functions.iter().filter(|other| *other != function) {
            assert!(has(&tree, other).is_empty(), "{function} knows {other}");
        }
    }
}
