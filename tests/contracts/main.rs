//! The contracts of store, queues, nudges and batch answers, kept by what runs on this machine. The same suite is run
//! against peers that we did not write in `tests/peers`.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]
#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

mod ours;
mod suite;

use local::dynamodb::Dynamodb;
use local::template::Template;
use ours::{OurPoller, OurSqs};
use suite::table;

/// As the local stack runs it, behind its front.
async fn dynoxide() -> table::Dynamodb {
    let table = Template::read().expect("the template").table;
    let (_front, url) = Dynamodb::start(table, std::sync::Arc::default())
        .await
        .expect("dynoxide starts");
    let locked = include_str!("../../Cargo.lock").split("name = \"dynoxide-rs\"\nversion = \"");
    let version = locked.last().and_then(|rest| rest.split('"').next());
    table::Dynamodb::new(&format!("dynoxide {}", version.expect("its version")), &url)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_store_keeps_its_contract() {
    suite::store::check(&dynoxide().await).await.end(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_store_keeps_its_contract_when_replies_get_lost() {
    suite::faults::check(&dynoxide().await).await.end(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_queues_keep_the_contract_of_sqs() {
    suite::queues::check(&OurSqs::start().await).await.end(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_nudges_arrive_when_replies_get_lost() {
    suite::courier::check(&OurSqs::start().await).await.end(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_poller_reads_answers_as_aws_does() {
    suite::answers::check(&OurPoller).await.end(&[]);
}
