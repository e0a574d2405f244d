//! Something that speaks SQS, and AWS's own SDK in front of it.

use std::time::Duration;

use adapters::http::Http;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use super::report::{Checked, same};

/// How a queue is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// Hidden for so long after a receive.
    pub(crate) visibility_s: i64,
    pub(crate) delay_s: i64,
    /// ARN of the dead-letter queue, and after how many receives.
    pub(crate) redrive: Option<(String, u32)>,
}

impl Made {
    pub(crate) fn hiding(visibility_s: i64) -> Self {
        Self {
            visibility_s,
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) arn: String,
}

/// Something that speaks SQS.
pub(crate) trait Sqs {
    /// Name and version.
    fn peer(&self) -> String;
    fn endpoint(&self) -> String;
    async fn queue(&self, name: &str, made: &Made) -> Queue;
    /// Time passes: on a clock of ours, or on the wall.
    async fn pass(&self, time: Duration);
}

pub(crate) fn client(endpoint: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .http_client(Http::new(None).expect("an HTTP client").for_sdk())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

/// SQS still sends the codes that it had before it spoke JSON, and the SDK shows them.
pub(crate) const NO_QUEUE: &str = "AWS.SimpleQueueService.NonExistentQueue";

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
pub(crate) fn failed<E: ProvideErrorMetadata, R>(failed: SdkError<E, R>) -> String {
    let code = failed.as_service_error().and_then(ProvideErrorMetadata::code);
    format!("refused: {}", code.unwrap_or("no code"))
}

pub(crate) async fn send(client: &Client, queue: &Queue, body: &str, delay_s: Option<i32>) -> Result<String, String> {
    let sent = client.send_message().queue_url(&queue.url).message_body(body);
    let sent = sent.set_delay_seconds(delay_s).send().await.map_err(failed)?;
    sent.message_id.ok_or_else(|| "a message without an id".to_owned())
}

pub(crate) async fn receive(client: &Client, queue: &Queue) -> Result<Vec<Message>, String> {
    let received = client
        .receive_message()
        .queue_url(&queue.url)
        .max_number_of_messages(10)
        .wait_time_seconds(0)
        .message_system_attribute_names(MessageSystemAttributeName::All);
    Ok(received.send().await.map_err(failed)?.messages.unwrap_or_default())
}

pub(crate) async fn bodies(client: &Client, queue: &Queue) -> Result<Vec<String>, String> {
    let received = receive(client, queue).await?;
    Ok(received.into_iter().filter_map(|message| message.body).collect())
}

pub(crate) async fn one(client: &Client, queue: &Queue) -> Result<Message, String> {
    let mut received = receive(client, queue).await?;
    same("messages", &received.len(), &1)?;
    received.pop().ok_or_else(|| "none".to_owned())
}

pub(crate) async fn delete(client: &Client, queue: &Queue, message: &Message) -> Checked {
    let receipt = message.receipt_handle.clone();
    let deleted = client
        .delete_message()
        .queue_url(&queue.url)
        .set_receipt_handle(receipt);
    deleted.send().await.map(|_done| ()).map_err(failed)
}

pub(crate) async fn hide(client: &Client, queue: &Queue, message: &Message, seconds: i32) -> Checked {
    let receipt = message.receipt_handle.clone();
    let asked = client
        .change_message_visibility()
        .queue_url(&queue.url)
        .set_receipt_handle(receipt);
    asked
        .visibility_timeout(seconds)
        .send()
        .await
        .map(|_done| ())
        .map_err(failed)
}

/// Visible, hidden by a receive, delayed.
pub(crate) async fn counts(client: &Client, queue: &Queue) -> Result<[i64; 3], String> {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let asked = client.get_queue_attributes().queue_url(&queue.url);
    let answer = asked
        .set_attribute_names(Some(names.to_vec()))
        .send()
        .await
        .map_err(failed)?;
    let attributes = answer.attributes.unwrap_or_default();
    let count = |name: &QueueAttributeName| {
        let count = attributes.get(name).and_then(|count| count.parse().ok());
        count.ok_or_else(|| format!("no {name}"))
    };
    let [visible, hidden, delayed] = &names;
    Ok([count(visible)?, count(hidden)?, count(delayed)?])
}

pub(crate) fn attribute(message: &Message, name: &MessageSystemAttributeName) -> Option<String> {
    message.attributes.as_ref()?.get(name).cloned()
}
