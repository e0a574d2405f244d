//! SQS: each record stands for itself. What was not recorded is reported as failed and comes again.

use std::panic::AssertUnwindSafe;

use flow::perform::Performed;
use flow::ports::Trouble;
use futures_util::FutureExt as _;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metric::Metric;
use super::{log, trace};
use crate::sqs::Nudge;

/// What SQS, or the schedule, sends.
#[derive(Debug, Default, Deserialize)]
pub struct Invocation {
    #[serde(default, rename = "Records")]
    pub records: Vec<Record>,
    pub schedule: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub message_id: String,
    #[serde(default)]
    pub body: String,
    #[serde(default, rename = "eventSourceARN")]
    pub source: String,
    /// In whatever shape: nothing of it is believed.
    #[serde(default)]
    pub message_attributes: Value,
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
        log::begins(function, trace::of(&event.context));
        before();
        let ran = match &event.payload.schedule {
            Some(schedule) => Box::pin(on_schedule(schedule)).await.inspect_err(|why| {
                log::note("schedule_failed", &[("schedule", schedule), ("because", why)]);
            }),
            None => Ok(()),
        };
        let answer = each(function, &event.payload.records, on_record).await;
        log::ends();
        // The schedule comes again: a failure is reported, and not repeated at once.
        ran.map(|()| answer).map_err(lambda_runtime::Error::from)
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
        log::turns_to(trace::carried_by(&record.message_attributes));
        // In a box: the whole chain of calls below would else be part of what waits for messages.
        let why = match AssertUnwindSafe(Box::pin(handler(record))).catch_unwind().await {
            Ok(Ok(())) => continue,
            Ok(Err(why)) => why,
            Err(_panic) => "panicked".to_owned(),
        };
        log::count(Metric::RecordsFailed, 1);
        log::note(
            "record_failed",
            &[
                ("function", function),
                ("message", &record.message_id),
                ("because", &why),
            ],
        );
        answer.batch_item_failures.push(ItemFailure {
            item_identifier: record.message_id.clone(),
        });
    }
    answer
}

/// For functions that no schedule wakes.
///
/// # Errors
/// Always: somebody set up a schedule that nobody answers.
#[expect(clippy::unused_async, reason = "it stands where an asynchronous answer may stand")]
pub async fn no_schedule(schedule: &str) -> Result<(), String> {
    Err(format!("no schedule is ours, and \"{schedule}\" came"))
}

/// A record that must be a nudge. What is none is a failure of that record: it ends as a dead letter, and so in a case.
///
/// # Errors
/// When it is no nudge, or what came of it is not recorded.
pub async fn nudged(
    record: &Record,
    handler: impl AsyncFn(&Nudge) -> Result<Performed, Trouble>,
) -> Result<(), String> {
    let nudge = Nudge::parse(&record.body).map_err(|why| format!("not a nudge: {why}"))?;
    match handler(&nudge).await.map_err(|trouble| trouble.to_string())? {
        Performed::Effects(0) => log::note("nudge_without_work", &[("order", nudge.order.as_str())]),
        // Each attempt has said what it was.
        Performed::Effects(_) => {}
        Performed::NoSuchOrder => return Err(format!("no such order: {}", nudge.order)),
    }
    Ok(())
}
