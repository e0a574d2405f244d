//! SQS's JSON protocol, as far as the SDK speaks it here, over the queue model; and what can befall a message.

mod batch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use testkit::queues::{BODY_BYTES_MAX, Message, Queues, Refusal};
use tokio::sync::watch;
use tokio::time::Instant;

use batch::each;

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

/// A long poll notices within this what becomes visible by itself.
const LOOK: Duration = Duration::from_millis(100);
const BATCH_MAX: usize = 10;
const VISIBILITY_S_MAX: i64 = 43_200;
const WAIT_S_MAX: u64 = 20;

pub struct Sqs {
    queues: Mutex<Queues>,
    clock: Arc<LocalClock>,
    kills: Arc<Kills>,
    fault: Mutex<Fault>,
    lost: AtomicUsize,
    /// Queues that deliver nothing for now.
    held: Mutex<BTreeSet<String>>,
    /// Changes when a message may have become visible: pollers wait on it.
    sent: watch::Sender<u64>,
}

/// Why a request is refused: SQS's code and its sentence.
struct Refused(&'static str, String);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let (code, sentence) = match refusal {
            Refusal::NoSuchQueue => ("QueueDoesNotExist", "The specified queue does not exist."),
            Refusal::DelayTooLong => ("InvalidParameterValue", "DelaySeconds must be between 0 and 900."),
            Refusal::EmptyBody => (
                "MissingParameter",
                "The request must contain the parameter MessageBody.",
            ),
            Refusal::BodyTooLong => (
                "InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
            ),
            Refusal::BadCharacter => (
                "InvalidMessageContents",
                "The message contains characters outside the allowed set.",
            ),
        };
        Self(code, sentence.to_owned())
    }
}

/// Texts that are sent beside a body.
fn attributes(body: &Value) -> BTreeMap<String, String> {
    let given = body["MessageAttributes"].as_object().into_iter().flatten();
    let text = |value: &Value| value["StringValue"].as_str().map(str::to_owned);
    given
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

/// A queue's name for the whole of AWS.
pub fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:000000000000:{queue}")
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

    async fn obey(&self, action: &str, body: &Value) -> Result<Value, Refused> {
        let name = body["QueueUrl"].as_str().map_or("", |url| last_part(url, '/'));
        if action != "StartMessageMoveTask" && !self.queues().knows(name) {
            return Err(Refusal::NoSuchQueue.into());
        }
        let answer = match action {
            "SendMessage" => self.send_one(name, body),
            "SendMessageBatch" => self.send_batch(name, body),
            "ReceiveMessage" => return self.poll(name, body).await,
            "DeleteMessage" => self.delete_one(name, body),
            "DeleteMessageBatch" => each(body, |entry| self.delete_one(name, entry)),
            "ChangeMessageVisibility" => self.hide(name, body),
            "GetQueueAttributes" => Ok(self.attributes(name)),
            "StartMessageMoveTask" => self.move_dead_letters(body),
            other => Err(Refused(
                "InvalidAction",
                format!("The action {other} is not valid for this endpoint."),
            )),
        };
        self.sent.send_modify(|count| *count += 1);
        answer
    }

    /// A message, and what befalls it.
    fn send_one(&self, name: &str, body: &Value) -> Result<Value, Refused> {
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
            id = queues.send(name, text, delay, now)?;
            queues.attach(name, &id, &attributes(body));
        }
        Ok(json!({ "MessageId": id }))
    }

    fn send_batch(&self, name: &str, body: &Value) -> Result<Value, Refused> {
        let length = |entry: &Value| entry["MessageBody"].as_str().map_or(0, str::len);
        let entries = body["Entries"].as_array().into_iter().flatten();
        if entries.map(length).sum::<usize>() > BODY_BYTES_MAX {
            let sentence = format!("Batch requests cannot be longer than {BODY_BYTES_MAX} bytes.");
            return Err(Refused("BatchRequestTooLong", sentence));
        }
        each(body, |entry| self.send_one(name, entry))
    }

    /// A long poll lasts in real time: what is moved by our clock is seen at once.
    async fn poll(&self, name: &str, body: &Value) -> Result<Value, Refused> {
        let max = body["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let wait = body["WaitTimeSeconds"].as_u64().unwrap_or(0);
        let visibility = body["VisibilityTimeout"].as_i64();
        if !(1..=BATCH_MAX).contains(&max) || wait > WAIT_S_MAX || visibility.is_some_and(|asked| !hides(asked)) {
            return Err(out_of_range());
        }
        let until = Instant::now() + Duration::from_secs(wait);
        let (mut sent, mut moved) = (self.sent(), self.clock.moved());
        loop {
            let received = self.take(name, max, visibility)?;
            let now = Instant::now();
            if !received.is_empty() || now >= until {
                let shown: Vec<Value> = received.iter().map(|message| shown(message, body)).collect();
                return Ok(json!({ "Messages": shown }));
            }
            tokio::select! {
                _ = sent.changed() => {}
                _ = moved.changed() => {}
                () = tokio::time::sleep(LOOK.min(until - now)) => {}
            }
        }
    }

    fn take(&self, name: &str, max: usize, visibility: Option<i64>) -> Result<Vec<Message>, Refused> {
        let now = self.clock.now_ms();
        let mut queues = self.queues();
        let received = queues.receive(name, max, now)?;
        if let Some(seconds) = visibility {
            for receipt in received.iter().filter_map(|message| message.receipt.as_deref()) {
                queues.change_visibility(name, receipt, seconds * 1000, now)?;
            }
        }
        Ok(received)
    }

    fn delete_one(&self, name: &str, body: &Value) -> Result<Value, Refused> {
        self.queues()
            .delete(name, body["ReceiptHandle"].as_str().unwrap_or_default())?;
        Ok(json!({}))
    }

    fn hide(&self, name: &str, body: &Value) -> Result<Value, Refused> {
        let seconds = body["VisibilityTimeout"].as_i64().filter(|asked| hides(*asked));
        let seconds = seconds.ok_or_else(out_of_range)?;
        let receipt = body["ReceiptHandle"].as_str().unwrap_or_default();
        self.queues()
            .change_visibility(name, receipt, seconds * 1000, self.clock.now_ms())?;
        Ok(json!({}))
    }

    fn attributes(&self, name: &str) -> Value {
        let (visible, hidden, delayed) = self.queues().counts(name, self.clock.now_ms());
        json!({ "Attributes": {
            "QueueArn": arn(name),
            "ApproximateNumberOfMessages": visible.to_string(),
            "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
            "ApproximateNumberOfMessagesDelayed": delayed.to_string(),
        } })
    }

    fn move_dead_letters(&self, body: &Value) -> Result<Value, Refused> {
        let queue = |field: &str| body[field].as_str().map(|arn| last_part(arn, ':'));
        let dead = queue("SourceArn").unwrap_or_default();
        let mut queues = self.queues();
        if !queues.takes_dead_letters(dead) {
            let sentence = "Source queue must be configured as a Dead Letter Queue.";
            return Err(Refused("InvalidParameterValue", sentence.to_owned()));
        }
        queues.redrive(dead, queue("DestinationArn"), self.clock.now_ms())?;
        Ok(json!({ "TaskHandle": dead }))
    }
}

fn last_part(whole: &str, separator: char) -> &str {
    whole.rsplit(separator).next().unwrap_or_default()
}

fn hides(seconds: i64) -> bool {
    (0..=VISIBILITY_S_MAX).contains(&seconds)
}

fn out_of_range() -> Refused {
    Refused(
        "InvalidParameterValue",
        "A value of the request is out of its range.".to_owned(),
    )
}

/// A message as a receive shows it, with the attributes that were asked for.
fn shown(message: &Message, asked: &Value) -> Value {
    let names = ["MessageSystemAttributeNames", "AttributeNames"];
    let names = names.iter().filter_map(|field| asked[field].as_array()).flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let known = [
        ("ApproximateReceiveCount", message.received.to_string()),
        ("SentTimestamp", message.sent_at.to_string()),
    ];
    let attributes = known
        .into_iter()
        .filter(|(name, _)| names.contains(name) || names.contains(&"All"))
        .map(|(name, value)| (name.to_owned(), value.into()));
    let attributes: serde_json::Map<String, Value> = attributes.collect();
    json!({ "MessageId": message.id, "ReceiptHandle": message.receipt, "Body": message.body, "Attributes": attributes })
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
        return refuse(&Refused("InvalidParameterValue", "not JSON".to_owned()));
    };
    let (who, sends) = (signer(header("authorization")), action == "SendMessage");
    let strikes = |moment| sends && sqs.kills.strike(who, Act::Nudge, moment);
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    if sends && sqs.fault() == Fault::Refuse {
        return json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "__type": "InternalError" }));
    }
    let answered = sqs.obey(action, &request).await;
    if answered.is_ok() && strikes(Moment::After) {
        return std::future::pending().await;
    }
    match answered {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(refused) => refuse(&refused),
    }
}

fn refuse(Refused(code, sentence): &Refused) -> Response {
    let body = json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": sentence });
    let mut response = json_answer(StatusCode::BAD_REQUEST, &body);
    if let Ok(value) = format!("{};Sender", before_json(code)).parse() {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

/// The code that SQS had before it spoke JSON: it still sends it in a header, and the SDK shows that one.
fn before_json(code: &str) -> String {
    match code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "EmptyBatchRequest" | "TooManyEntriesInBatchRequest" | "BatchEntryIdsNotDistinct" | "BatchRequestTooLong" => {
            format!("AWS.SimpleQueueService.{code}")
        }
        same => same.to_owned(),
    }
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [("content-type", "application/x-amz-json-1.0")],
        body.to_string(),
    )
        .into_response()
}
