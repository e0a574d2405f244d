//! SQS's JSON protocol, as far as the SDK speaks it here, over the queue model; and what can befall a message.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use testkit::queues::{Message, Queues, Refusal};
use tokio::sync::watch;

use crate::clock::LocalClock;
use crate::kills::{Act, Kills, Moment, signer};

/// What befalls messages that functions send from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// None is taken.
    Refuse,
    /// Each is taken, and never seen again.
    Lose,
    /// Each comes twice.
    Double,
    /// Each comes ten minutes later.
    Late,
}

const LATE_MS: i64 = 600_000;

pub struct Sqs {
    queues: Mutex<Queues>,
    clock: Arc<LocalClock>,
    kills: Arc<Kills>,
    fault: Mutex<Fault>,
    lost: AtomicUsize,
    /// Queues that deliver nothing for now.
    held: Mutex<BTreeSet<String>>,
    /// Changes with every send: pollers wait on it.
    sent: watch::Sender<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sqs {
    pub fn new(clock: Arc<LocalClock>, queues: Queues, kills: Arc<Kills>) -> Arc<Self> {
        Arc::new(Self {
            queues: Mutex::new(queues),
            clock,
            kills,
            fault: Mutex::default(),
            lost: AtomicUsize::default(),
            held: Mutex::default(),
            sent: watch::Sender::new(0),
        })
    }

    pub fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }

    pub fn sent(&self) -> watch::Receiver<u64> {
        self.sent.subscribe()
    }

    pub fn set_fault(&self, fault: Fault) {
        *lock(&self.fault) = fault;
    }

    pub fn fault(&self) -> Fault {
        *lock(&self.fault)
    }

    /// Messages that were taken and lost.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }

    /// The queue takes messages, and hands none out until it is released.
    pub fn hold(&self, queue: &str) {
        lock(&self.held).insert(queue.to_owned());
    }

    pub fn release(&self, queue: &str) {
        lock(&self.held).remove(queue);
        self.changed();
    }

    /// What a function is woken with.
    pub(crate) fn receive(&self, queue: &str, max: usize) -> Vec<Message> {
        if lock(&self.held).contains(queue) {
            return Vec::new();
        }
        self.queues()
            .receive(queue, max, self.clock.now_ms())
            .unwrap_or_default()
    }

    /// Messages of the queue that could be handed out now.
    pub(crate) fn ready(&self, queue: &str) -> usize {
        if lock(&self.held).contains(queue) {
            return 0;
        }
        self.queues().counts(queue, self.clock.now_ms()).0
    }

    /// Puts a message as anybody with access to the account could.
    pub fn send(&self, queue: &str, body: &str) {
        let _refused = self.queues().send(queue, body, None, self.clock.now_ms());
        self.changed();
    }

    fn changed(&self) {
        self.sent.send_modify(|count| *count += 1);
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    fn obey(&self, action: &str, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now_ms();
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default();
        match action {
            "SendMessage" => self.take(name, body),
            "ReceiveMessage" => {
                let max = body["MaxNumberOfMessages"]
                    .as_u64()
                    .and_then(|max| usize::try_from(max).ok())
                    .unwrap_or(1);
                let message = |m: &Message| json!({ "MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body });
                let received = self.queues().receive(name, max, now)?;
                Ok(json!({ "Messages": received.iter().map(message).collect::<Vec<_>>() }))
            }
            "DeleteMessage" => {
                self.queues()
                    .delete(name, body["ReceiptHandle"].as_str().unwrap_or_default())?;
                Ok(json!({}))
            }
            "ChangeMessageVisibility" => {
                let ms = body["VisibilityTimeout"].as_i64().unwrap_or(0) * 1000;
                let receipt = body["ReceiptHandle"].as_str().unwrap_or_default();
                self.queues().change_visibility(name, receipt, ms, now)?;
                Ok(json!({}))
            }
            "GetQueueAttributes" => {
                let (visible, hidden, delayed) = self.queues().counts(name, now);
                Ok(json!({ "Attributes": {
                    "ApproximateNumberOfMessages": visible.to_string(),
                    "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
                    "ApproximateNumberOfMessagesDelayed": delayed.to_string(),
                } }))
            }
            _ => Err(Refusal::NoSuchQueue),
        }
    }

    /// A message, and what befalls it.
    fn take(&self, queue: &str, body: &Value) -> Result<Value, Refusal> {
        let text = body["MessageBody"].as_str().unwrap_or_default();
        let delay = body["DelaySeconds"].as_i64().map(|seconds| seconds * 1000);
        let (copies, delay) = match self.fault() {
            Fault::None | Fault::Refuse => (1, delay),
            Fault::Lose => {
                self.lost.fetch_add(1, Ordering::SeqCst);
                (0, delay)
            }
            Fault::Double => (2, delay),
            Fault::Late => (1, Some(delay.unwrap_or(0).max(LATE_MS))),
        };
        let (mut queues, now) = (self.queues(), self.clock.now_ms());
        let mut id = "msg-lost".to_owned();
        for _ in 0..copies {
            id = queues.send(queue, text, delay, now)?;
        }
        Ok(json!({ "MessageId": id }))
    }
}

async fn answer(State(sqs): State<Arc<Sqs>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let action = header("x-amz-target").strip_prefix("AmazonSQS.").unwrap_or_default();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refuse("InvalidParameterValue", "not JSON");
    };
    let (who, sends) = (signer(header("authorization")), action == "SendMessage");
    let strikes = |moment| sends && sqs.kills.strike(who, Act::Nudge, moment);
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    if sends && sqs.fault() == Fault::Refuse {
        return json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "__type": "InternalError" }));
    }
    let answered = sqs.obey(action, &request);
    sqs.changed();
    if answered.is_ok() && strikes(Moment::After) {
        return std::future::pending().await;
    }
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
