//! SQS's JSON protocol, as far as the SDK speaks it here, over the queue model.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use testkit::queues::{Queues, Refusal};
use tokio::sync::watch;

use crate::clock::LocalClock;

pub struct Sqs {
    queues: Mutex<Queues>,
    clock: Arc<LocalClock>,
    /// Changes with every send: pollers wait on it.
    sent: watch::Sender<u64>,
}

impl Sqs {
    pub fn new(clock: Arc<LocalClock>, queues: Queues) -> Arc<Self> {
        Arc::new(Self {
            queues: Mutex::new(queues),
            clock,
            sent: watch::Sender::new(0),
        })
    }

    pub fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn sent(&self) -> watch::Receiver<u64> {
        self.sent.subscribe()
    }

    /// Puts a message as anybody with access to the account could.
    pub fn send(&self, queue: &str, body: &str) {
        let _refused = self.queues().send(queue, body, None, self.clock.now_ms());
        self.sent.send_modify(|count| *count += 1);
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    fn obey(&self, action: &str, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now_ms();
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default();
        let mut queues = self.queues();
        match action {
            "SendMessage" => {
                let text = body["MessageBody"].as_str().unwrap_or_default();
                let delay = body["DelaySeconds"].as_i64().map(|seconds| seconds * 1000);
                let id = queues.send(name, text, delay, now)?;
                Ok(json!({ "MessageId": id }))
            }
            "ReceiveMessage" => {
                let max = body["MaxNumberOfMessages"]
                    .as_u64()
                    .and_then(|max| usize::try_from(max).ok())
                    .unwrap_or(1);
                let message = |m: &testkit::queues::Message| json!({ "MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body });
                Ok(json!({ "Messages": queues.receive(name, max, now)?.iter().map(message).collect::<Vec<_>>() }))
            }
            "DeleteMessage" => {
                queues.delete(name, body["ReceiptHandle"].as_str().unwrap_or_default())?;
                Ok(json!({}))
            }
            "ChangeMessageVisibility" => {
                let ms = body["VisibilityTimeout"].as_i64().unwrap_or(0) * 1000;
                queues.change_visibility(name, body["ReceiptHandle"].as_str().unwrap_or_default(), ms, now)?;
                Ok(json!({}))
            }
            "GetQueueAttributes" => {
                let (visible, hidden, delayed) = queues.counts(name, now);
                Ok(json!({ "Attributes": {
                    "ApproximateNumberOfMessages": visible.to_string(),
                    "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
                    "ApproximateNumberOfMessagesDelayed": delayed.to_string(),
                } }))
            }
            _ => Err(Refusal::NoSuchQueue),
        }
    }
}

async fn answer(State(sqs): State<Arc<Sqs>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let action = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refuse("InvalidParameterValue", "not JSON");
    };
    let answered = sqs.obey(action, &request);
    sqs.sent.send_modify(|count| *count += 1);
    match answered {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(Refusal::NoSuchQueue) => refuse("QueueDoesNotExist", "The specified queue does not exist."),
        Err(Refusal::DelayTooLong) => refuse("InvalidParameterValue", "DelaySeconds must be between 0 and 900."),
        Err(Refusal::EmptyBody) => refuse(
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ),
    }
}

fn refuse(kind: &str, message: &str) -> Response {
    json_answer(
        StatusCode::BAD_REQUEST,
        &json!({ "__type": format!("com.amazonaws.sqs#{kind}"), "message": message }),
    )
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [("content-type", "application/x-amz-json-1.0")],
        body.to_string(),
    )
        .into_response()
}
