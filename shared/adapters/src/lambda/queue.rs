//! SQS: each record stands for itself. What was not recorded is reported as failed and comes again.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use super::log;

/// What SQS, or the schedule, sends.
#[derive(Debug, Default, Deserialize)]
pub struct Invocation {
    #[serde(default, rename = "Records")]
    pub records: Vec<Record>,
    pub schedule: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub message_id: String,
    #[serde(default)]
    pub body: String,
    #[serde(default, rename = "eventSourceARN")]
    pub source: String,
}

impl Record {
    /// The queue's name, last part of its ARN.
    pub fn queue(&self) -> &str {
        self.source.rsplit(':').next().unwrap_or_default()
    }
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    pub item_identifier: String,
}

/// Serves until Lambda ends the process. `before` runs at the start of each invocation.
///
/// # Errors
/// When Lambda's runtime interface fails.
pub async fn serve(
    function: &'static str,
    before: impl Fn(),
    on_schedule: impl AsyncFn(&str) -> Result<(), String>,
    on_record: impl AsyncFn(&Record) -> Result<(), String>,
) -> Result<(), lambda_runtime::Error> {
    let (before, on_schedule, on_record) = (&before, &on_schedule, &on_record);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Invocation>| async move {
        before();
        if let Some(schedule) = &event.payload.schedule {
            // The schedule comes again in a minute: a failure is reported, and not repeated at once.
            on_schedule(schedule).await.map_err(lambda_runtime::Error::from)?;
        }
        Ok::<_, lambda_runtime::Error>(each(function, &event.payload.records, on_record).await)
    }))
    .await
}

/// One record's failure or panic is that record's alone.
pub async fn each(
    function: &'static str,
    records: &[Record],
    handler: &impl AsyncFn(&Record) -> Result<(), String>,
) -> Answer {
    let mut answer = Answer::default();
    for record in records {
        let why = match AssertUnwindSafe(handler(record)).catch_unwind().await {
            Ok(Ok(())) => continue,
            Ok(Err(why)) => why,
            Err(_panic) => "panicked".to_owned(),
        };
        log::note("record_failed", &[("function", function), ("message", &record.message_id), ("because", &why)]);
        answer.batch_item_failures.push(ItemFailure { item_identifier: record.message_id.clone() });
    }
    answer
}
