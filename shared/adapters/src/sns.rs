//! Alerts to operations.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::{BehaviorVersion, Region};
use aws_sdk_sns::error::SdkError;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_types::retry::RetryConfig;
use domain::failure::{Failure, FailureClass, Reason};
use domain::wording::Message;

use crate::aws::{AwsConfig, timeouts};
use crate::env::Env;
use crate::http::{Http, never_connected};

/// SNS's limit for a subject, which must be ASCII.
const SUBJECT_CHARACTERS_MAX: usize = 99;

pub struct AlertsConfig {
    topic: String,
}

impl AlertsConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            topic: env.text("MAKEGOOD_ALERT_TOPIC"),
        }
    }
}

pub struct Alerts {
    client: Client,
    topic: String,
}

impl Alerts {
    pub fn new(config: AlertsConfig, aws: &AwsConfig, http: &Http) -> Self {
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
        Self {
            client: Client::from_conf(builder.build()),
            topic: config.topic,
        }
    }

    /// # Errors
    /// `Rejected` when the channel refuses, `Transient` when it could not be reached, `Unknown` when no answer came.
    pub async fn publish(&self, message: &Message) -> Result<(), Failure> {
        let subject: String = message
            .subject
            .replace('£', "GBP ")
            .replace('€', "EUR ")
            .chars()
            .filter(|letter| letter.is_ascii() && !letter.is_ascii_control())
            .take(SUBJECT_CHARACTERS_MAX)
            .collect();
        let text = message.lines.join("\n\n");
        let sent = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .subject(subject)
            .message(text)
            .send()
            .await;
        // Never sent again by the SDK: an alert whose answer was lost may have woken somebody.
        sent.map(|_| ()).map_err(|failed| match &failed {
            SdkError::ConstructionFailure(_) => Failure::new(FailureClass::Rejected, Reason::Refused),
            SdkError::DispatchFailure(broken) if broken.is_user() || never_connected(&failed) => {
                Failure::new(FailureClass::Transient, Reason::Unreachable)
            }
            SdkError::ServiceError(answer) => match answer.raw().status().as_u16() {
                429 => Failure::new(FailureClass::Throttled, Reason::TooMany),
                // Our permission or our token, which people mend: the alert is not given up for it.
                400..=403 => Failure::new(FailureClass::Transient, Reason::NotAllowed),
                404..=499 => Failure::new(FailureClass::Rejected, Reason::Refused),
                _ => Failure::unknown(Reason::ServerError),
            },
            // What is left may have been published; the list of the SDK may grow.
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_) | _ => {
                Failure::unknown(Reason::NoAnswer)
            }
        })
    }
}
