//! Nudges over SQS: a fresh queue and a delay queue for each performer.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};
use aws_smithy_async::rt::sleep::TokioSleep;
use domain::effect::Performer;
use domain::id::OrderId;
use flow::ports::{Courier, Trouble, When};
use serde::{Deserialize, Serialize};

use crate::aws::{AwsConfig, because, retries, timeouts};
use crate::env::Env;
use crate::http::Http;
use crate::lambda::log;
use crate::lambda::metric::Metric;
use crate::lambda::trace::ATTRIBUTE;

/// The whole message: whom to look at, and nothing to believe.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nudge {
    pub order: OrderId,
}

impl Nudge {
    /// # Errors
    /// When the text is not a nudge.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Why it is none would repeat parts of it, and anything may stand there.
        let nudge: Self = serde_json::from_str(text).map_err(|_wrong| "it has another shape".to_owned())?;
        if is_order(nudge.order.as_str()) {
            Ok(nudge)
        } else {
            Err("that is no order's id".to_owned())
        }
    }
}

/// Shaped like an order's id.
pub(crate) fn is_order(id: &str) -> bool {
    id.starts_with("ord_") && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub struct QueuesConfig {
    urls: Vec<(Performer, String, String)>,
}

impl QueuesConfig {
    pub fn read(env: &Env) -> Self {
        let url = |performer| {
            let [fresh, delay, _] = names(performer);
            (performer, env.text(fresh), env.text(delay))
        };
        Self {
            urls: Performer::ALL.into_iter().map(url).collect(),
        }
    }
}

/// What says where the performer's fresh queue, delay queue and queue for dead letters are.
pub(crate) fn names(performer: Performer) -> [&'static str; 3] {
    match performer {
        Performer::Provisioning => [
            "MAKEGOOD_QUEUE_PROVISIONING",
            "MAKEGOOD_QUEUE_PROVISIONING_DELAY",
            "MAKEGOOD_QUEUE_PROVISIONING_DEAD",
        ],
        Performer::Capture => [
            "MAKEGOOD_QUEUE_CAPTURE",
            "MAKEGOOD_QUEUE_CAPTURE_DELAY",
            "MAKEGOOD_QUEUE_CAPTURE_DEAD",
        ],
        Performer::Refund => [
            "MAKEGOOD_QUEUE_REFUND",
            "MAKEGOOD_QUEUE_REFUND_DELAY",
            "MAKEGOOD_QUEUE_REFUND_DEAD",
        ],
        Performer::Notification => [
            "MAKEGOOD_QUEUE_NOTIFICATION",
            "MAKEGOOD_QUEUE_NOTIFICATION_DELAY",
            "MAKEGOOD_QUEUE_NOTIFICATION_DEAD",
        ],
        Performer::Reconciliation => [
            "MAKEGOOD_QUEUE_RECONCILIATION",
            "MAKEGOOD_QUEUE_RECONCILIATION_DELAY",
            "MAKEGOOD_QUEUE_RECONCILIATION_DEAD",
        ],
    }
}

pub(crate) fn client(aws: &AwsConfig, http: &Http) -> Client {
    let mut builder = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(aws.credentials.clone())
        .http_client(http.for_sdk())
        .sleep_impl(TokioSleep::new())
        .retry_config(retries())
        .timeout_config(timeouts());
    if let Some(endpoint) = &aws.sqs {
        builder = builder.endpoint_url(endpoint);
    }
    Client::from_conf(builder.build())
}

pub struct Queues {
    client: Client,
    config: QueuesConfig,
}

impl Queues {
    pub fn new(config: QueuesConfig, aws: &AwsConfig, http: &Http) -> Self {
        Self {
            client: client(aws, http),
            config,
        }
    }

    /// Opens the connection while the function starts. A message without a body is refused, which is all we want.
    pub async fn warm(&self) {
        if let Some((_, url, _)) = self.config.urls.first() {
            let _refused = self.client.send_message().queue_url(url).message_body("").send().await;
        }
    }
}

impl Queues {
    /// Visible in the performer's delay queue: what comes again, and what the sweeper found. SQS counts about right.
    ///
    /// # Errors
    /// When SQS does not say.
    pub async fn waiting(&self, performer: Performer) -> Result<u32, Trouble> {
        const WANTED: &str = "ask how many nudges wait";
        let (_, delayed) = self.of(WANTED, performer)?;
        let asked = self.client.get_queue_attributes().queue_url(delayed);
        let asked = asked.attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
        let answer = asked.send().await.map_err(|failed| Trouble {
            wanted: WANTED,
            because: because(&failed),
        })?;
        let count = answer
            .attributes()
            .and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages));
        count.and_then(|count| count.parse().ok()).ok_or(Trouble {
            wanted: WANTED,
            because: "it named no number".to_owned(),
        })
    }

    /// Addresses of the performer's fresh and delay queue.
    fn of(&self, wanted: &'static str, performer: Performer) -> Result<(&str, &str), Trouble> {
        let queue = self.config.urls.iter().find(|(known, _, _)| *known == performer);
        let found = queue.map(|(_, fresh, delayed)| (fresh.as_str(), delayed.as_str()));
        found.ok_or_else(|| Trouble {
            wanted,
            because: format!("no queue for {}", performer.name()),
        })
    }
}

/// Beside the nudge: whose consequence it is.
fn trace() -> Option<HashMap<String, MessageAttributeValue>> {
    let text = MessageAttributeValue::builder().data_type("String");
    let value = text.string_value(log::trace()?).build().ok()?;
    Some(HashMap::from([(ATTRIBUTE.to_owned(), value)]))
}

impl Courier for Queues {
    async fn nudge(&self, performer: Performer, order: &OrderId, when: When) -> Result<(), Trouble> {
        const WANTED: &str = "send a nudge";
        let (fresh, delayed) = self.of(WANTED, performer)?;
        let body = serde_json::to_string(&Nudge { order: order.clone() }).map_err(|wrong| Trouble {
            wanted: WANTED,
            because: wrong.to_string(),
        })?;
        let message = self.client.send_message().message_body(body);
        let message = match when {
            When::Now => message.queue_url(fresh),
            When::Later(delay) => {
                let seconds = i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(900).min(900);
                message.queue_url(delayed).delay_seconds(seconds)
            }
        };
        let sent = message.set_message_attributes(trace()).send().await;
        sent.map(|_sent| ()).map_err(|failed| {
            let because = because(&failed);
            log::count(Metric::NudgesNotSent, 1);
            log::note("nudge_not_sent", &[("order", order.as_str()), ("because", &because)]);
            Trouble {
                wanted: WANTED,
                because,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Nudge;

    #[test]
    fn only_a_nudge_is_a_nudge() {
        assert!(Nudge::parse(r#"{"order":"ord_3f9a"}"#).is_ok());
        for no in [
            "",
            "null",
            "{}",
            r#"{"order":7}"#,
            r#"{"order":"evt_1"}"#,
            r#"{"order":"ord_1","refund":true}"#,
        ] {
            let why = Nudge::parse(no).expect_err(no);
            assert!(
                !why.contains("refund") && !why.contains("evt"),
                "it repeats the message: {why}"
            );
        }
    }
}
