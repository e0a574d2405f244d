//! Three topics: alerts to operations, the same to the next level, and announcements to other systems.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::{BehaviorVersion, Region};
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use domain::failure::{Failure, FailureClass, Reason};
use domain::wording::Message;
use serde_json::{Value, json};

use crate::aws::{AwsConfig, timeouts};
use crate::env::Env;
use crate::http::{Http, never_connected};

/// SNS's limit for a subject, which must be ASCII.
const SUBJECT_CHARACTERS_MAX: usize = 99;

/// Who is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    First,
    /// Nobody of the first has answered.
    Next,
}

pub struct TopicsConfig {
    alerts: String,
    escalations: String,
    announcements: String,
}

impl TopicsConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            alerts: env.text("MAKEGOOD_ALERT_TOPIC"),
            escalations: env.text("MAKEGOOD_ESCALATION_TOPIC"),
            announcements: env.text("MAKEGOOD_ANNOUNCEMENT_TOPIC"),
        }
    }
}

pub struct Topics {
    client: Client,
    alerts: String,
    escalations: String,
    announcements: String,
}

impl Topics {
    pub fn new(config: TopicsConfig, aws: &AwsConfig, http: &Http) -> Self {
        let mut builder = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(aws.credentials.clone())
            .http_client(http.for_sdk())
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts());
        if let Some(endpoint) = &aws.sns {
            builder = builder.endpoint_url(endpoint);
        }
        let TopicsConfig {
            alerts,
            escalations,
            announcements,
        } = config;
        Self {
            client: Client::from_conf(builder.build()),
            alerts,
            escalations,
            announcements,
        }
    }

    /// Operations are woken. Never sent again by the SDK: an alert whose answer was lost may have woken somebody.
    ///
    /// # Errors
    /// `Rejected` when the channel refuses, `Transient` when it could not be reached, `Unknown` when no answer came.
    pub async fn alert(&self, message: &Message, thread: &str, level: Level) -> Result<(), Failure> {
        let subject: String = message
            .subject
            .replace('£', "GBP ")
            .replace('€', "EUR ")
            .chars()
            .filter(|letter| letter.is_ascii() && !letter.is_ascii_control())
            .take(SUBJECT_CHARACTERS_MAX)
            .collect();
        let topic = match level {
            Level::First => &self.alerts,
            Level::Next => &self.escalations,
        };
        let text = message.lines.join("\n\n");
        let forms = json!({ "default": text, "https": for_amazon_q(&message.subject, &text, thread).to_string() });
        let publish = self.client.publish().topic_arn(topic).message_structure("json");
        let sent = publish.subject(subject).message(forms.to_string()).send().await;
        sent.map(|_| ()).map_err(|failed| class(&failed))
    }

    /// Other systems are told; `kind` stands beside the body, so that they can choose what they want to hear.
    ///
    /// # Errors
    /// As those of an alert.
    pub async fn announce(&self, kind: &str, body: String) -> Result<(), Failure> {
        let kind = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(kind)
            .build()
            .map_err(|_incomplete| Failure::new(FailureClass::Rejected, Reason::Refused))?;
        let publish = self.client.publish().topic_arn(&self.announcements);
        let sent = publish.message(body).message_attributes("type", kind).send().await;
        sent.map(|_| ()).map_err(|failed| class(&failed))
    }
}

/// Amazon Q Developer in chat applications listens over https and wants its own schema; what belongs together is one
/// thread. Source: <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
fn for_amazon_q(title: &str, text: &str, thread: &str) -> Value {
    json!({
        "version": "1.0",
        "source": "custom",
        "content": { "textType": "client-markdown", "title": title, "description": text },
        "metadata": { "threadId": thread, "summary": title, "eventType": "makegood" },
    })
}

fn class(failed: &SdkError<PublishError, HttpResponse>) -> Failure {
    match failed {
        SdkError::ConstructionFailure(_) => Failure::new(FailureClass::Rejected, Reason::Refused),
        SdkError::DispatchFailure(broken) if broken.is_user() || never_connected(failed) => {
            Failure::new(FailureClass::Transient, Reason::Unreachable)
        }
        SdkError::ServiceError(answer) => match answer.raw().status().as_u16() {
            429 => Failure::new(FailureClass::Throttled, Reason::TooMany),
            // Our permission or our token, which people mend: the message is not given up for it.
            400..=403 => Failure::new(FailureClass::Transient, Reason::NotAllowed),
            404..=499 => Failure::new(FailureClass::Rejected, Reason::Refused),
            _ => Failure::unknown(Reason::ServerError),
        },
        // What is left may have been published; the list of the SDK may grow.
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_) | _ => {
            Failure::unknown(Reason::NoAnswer)
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    /// The channel at the other end of the wire.
    #[derive(Clone, Copy, Debug)]
    enum Channel {
        Says(u16),
        NoConnection,
        NoAnswer,
    }

    impl HttpConnector for Channel {
        fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
            HttpConnectorFuture::ready(match *self {
                Self::Says(status) => {
                    let body = SdkBody::from("<PublishResponse><PublishResult/></PublishResponse>");
                    Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), body))
                }
                Self::NoConnection => {
                    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
                    Err(ConnectorError::io(refused.into()))
                }
                Self::NoAnswer => Err(ConnectorError::timeout("no answer".into())),
            })
        }
    }

    /// What comes of an alert and of an announcement.
    fn published(channel: Channel) -> [Result<(), FailureClass>; 2] {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let env = Env::from_pairs(vec![
            pair("MAKEGOOD_ALERT_TOPIC", "arn:aws:sns:eu-west-1:000000000000:alerts"),
            pair(
                "MAKEGOOD_ESCALATION_TOPIC",
                "arn:aws:sns:eu-west-1:000000000000:escalations",
            ),
            pair(
                "MAKEGOOD_ANNOUNCEMENT_TOPIC",
                "arn:aws:sns:eu-west-1:000000000000:announcements",
            ),
            pair("AWS_REGION", "eu-west-1"),
            pair("AWS_ACCESS_KEY_ID", "test"),
            pair("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
        let http = Http::over(SharedHttpConnector::new(channel));
        let topics = Topics::new(TopicsConfig::read(&env), &AwsConfig::read(&env), &http);
        let message = Message {
            subject: "\u{a3}480.00 returned".to_owned(),
            lines: vec!["An alert.".to_owned()],
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let alerted = runtime.block_on(topics.alert(&message, "delivery_stuck", Level::First));
        let announced = runtime.block_on(topics.announce("OrderDelivered", "{}".to_owned()));
        [alerted, announced].map(|came| came.map_err(|failure| failure.class))
    }

    /// Amazon Q drops whatever is not its schema, and tells nobody.
    #[test]
    fn what_amazon_q_is_given_is_its_custom_notification() {
        let wanted = json!({
            "version": "1.0",
            "source": "custom",
            "content": {
                "textType": "client-markdown",
                "title": "\u{a3}480.00 returned",
                "description": "An alert.\n\nIts second line.",
            },
            "metadata": {
                "threadId": "delivery_stuck",
                "summary": "\u{a3}480.00 returned",
                "eventType": "makegood",
            },
        });
        let given = for_amazon_q(
            "\u{a3}480.00 returned",
            "An alert.\n\nIts second line.",
            "delivery_stuck",
        );
        assert_eq!(given, wanted);
    }

    /// What may have woken somebody is unknown, and what was certainly not sent is sent again.
    #[test]
    fn each_answer_of_the_channel_has_its_class() {
        for (channel, came) in [
            (Channel::Says(200), Ok(())),
            (Channel::Says(400), Err(FailureClass::Transient)),
            (Channel::Says(403), Err(FailureClass::Transient)),
            (Channel::Says(404), Err(FailureClass::Rejected)),
            (Channel::Says(413), Err(FailureClass::Rejected)),
            (Channel::Says(429), Err(FailureClass::Throttled)),
            (Channel::Says(500), Err(FailureClass::Unknown)),
            (Channel::Says(503), Err(FailureClass::Unknown)),
            (Channel::NoConnection, Err(FailureClass::Transient)),
            (Channel::NoAnswer, Err(FailureClass::Unknown)),
        ] {
            assert_eq!(published(channel), [came; 2], "{channel:?}");
        }
    }
}
