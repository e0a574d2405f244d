//! The whole template at ministack, by its CloudFormation: SAM's own translator makes of it what AWS would be given.

use local::build::build;
use local::guard::Guard;
use local::template::resources;
use local::tools::{python, root};
use serde_json::{Value, json};

use crate::ministack::Ministack;
use crate::started::ask;
use crate::suite::tell::tell;

const TRANSLATOR: [&str; 3] = ["aws-sam-translator==1.115.0", "boto3==1.43.108", "pyyaml==6.0.4"];

/// Queues, redrives, mappings, roles' functions and table are the template's own; only how long a message is hidden is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_dies_in_a_queue_of_the_deployed_template_becomes_a_case_by_two_real_functions() {
    let names = ["provisioning", "coordination"].map(str::to_owned);
    let guard = Guard::new(None).expect("a guard");
    let binaries = build(&guard.group(), &names).expect("the functions");
    let python = python("sam-translator", &TRANSLATOR).expect("SAM's translator");
    let at = Ministack::start();
    let told = ask(
        &python,
        "deploy.py",
        &json!({
            "url": at.url, "template": root().join("infra/template.yaml"), "binaries": binaries,
            "queue": "ProvisioningQueue",
        }),
    );
    let template = resources().expect("the template");
    let written = template.as_object().map_or(0, serde_json::Map::len);
    let indexes = &template["Table"]["Properties"]["GlobalSecondaryIndexes"];
    let indexes = indexes.as_array().expect("indexes").iter();
    let mut indexes: Vec<&str> = indexes.filter_map(|index| index["IndexName"].as_str()).collect();
    indexes.sort_unstable();
    tell(&format!("{}: {told}", Ministack::name()));
    assert_eq!(told["status"], "CREATE_COMPLETE", "{}", at.running.log());
    assert!(
        told["resources"].as_u64() > Some(written as u64),
        "SAM adds mappings, rules and permissions: {told}"
    );
    assert_eq!(told["indexes"], json!(indexes));
    assert_eq!(told["cases"], Value::from(vec!["dead_letters"]), "{}", at.running.log());
}
