//! What AWS's event source mapping does: receive, invoke, delete all but what the function reports as failed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};
use testkit::queues::Message;

use crate::clock::LocalClock;
use crate::emulator::Emulator;
use crate::sqs::{Sqs, arn};
use crate::world::Busy;

/// A delayed message is noticed within this, without anybody telling.
const LOOK: Duration = Duration::from_millis(500);

/// Whoever runs the functions.
pub trait Functions {
    /// One invocation: the answer, or what Lambda would count as a failed invocation.
    fn invoke(
        &self,
        function: &str,
        payload: Vec<u8>,
        limit: Duration,
    ) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
}

impl Functions for Emulator {
    async fn invoke(&self, function: &str, payload: Vec<u8>, limit: Duration) -> Result<Vec<u8>, String> {
        Self::invoke(self, function, payload, limit).await
    }
}

pub struct Poller<F> {
    pub queue: String,
    /// So many messages at most are one invocation.
    pub batch: Arc<AtomicUsize>,
    pub function: String,
    pub limit: Duration,
    pub sqs: Arc<Sqs>,
    pub functions: Arc<F>,
    pub clock: Arc<LocalClock>,
    pub busy: Busy,
}

impl<F: Functions> Poller<F> {
    pub async fn run(self) {
        let (mut sent, mut moved) = (self.sqs.sent(), self.clock.moved());
        loop {
            if self.turn().await == 0 {
                tokio::select! {
                    _ = sent.changed() => {}
                    _ = moved.changed() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        }
    }

    /// One batch; tells how many messages were in it.
    pub async fn turn(&self) -> usize {
        let _busy = self.busy.begin();
        let received = self.sqs.receive(&self.queue, self.batch.load(Ordering::SeqCst));
        if !received.is_empty() {
            self.deliver(&received).await;
        }
        received.len()
    }

    async fn deliver(&self, received: &[Message]) {
        let event = self.event(received).to_string().into_bytes();
        let Ok(answer) = self.functions.invoke(&self.function, event, self.limit).await else {
            return;
        };
        let Some(failed) = failures(&answer, received) else {
            return;
        };
        let mut queues = self.sqs.queues();
        for message in received.iter().filter(|message| !failed.contains(&message.id)) {
            let _gone = queues.delete(&self.queue, message.receipt.as_deref().unwrap_or_default());
        }
    }

    fn event(&self, received: &[Message]) -> Value {
        let text =
            |(name, value): (&String, &String)| (name.clone(), json!({ "stringValue": value, "dataType": "String" }));
        let record = |message: &Message| {
            let attributes: Map<String, Value> = message.attributes.iter().map(text).collect();
            json!({
                "messageId": message.id, "receiptHandle": message.receipt, "body": message.body,
                "attributes": { "ApproximateReceiveCount": message.received.to_string(), "SentTimestamp": message.sent_at.to_string() },
                "messageAttributes": attributes, "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
                "eventSourceARN": arn(&self.queue),
            })
        };
        json!({ "Records": received.iter().map(record).collect::<Vec<_>>() })
    }
}

/// Ids that the function reports as failed; none: the answer makes no sense, so nothing is deleted.
fn failures(answer: &[u8], received: &[Message]) -> Option<BTreeSet<String>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let listed = &answer["batchItemFailures"];
    if listed.is_null() {
        return Some(BTreeSet::new());
    }
    let ids: BTreeSet<String> = listed
        .as_array()?
        .iter()
        .map(|item| item["itemIdentifier"].as_str().map(str::to_owned))
        .collect::<Option<_>>()?;
    let known: BTreeSet<&str> = received.iter().map(|message| message.id.as_str()).collect();
    ids.iter().all(|id| known.contains(id.as_str())).then_some(ids)
}
