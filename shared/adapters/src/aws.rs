//! What the AWS SDKs need, read from the environment alone: looking for credentials elsewhere costs a cold start.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::env::Env;

pub struct AwsConfig {
    pub region: String,
    pub credentials: Credentials,
    pub dynamodb: Option<String>,
    pub sqs: Option<String>,
    pub sns: Option<String>,
}

impl AwsConfig {
    pub fn read(env: &Env) -> Self {
        let (id, secret) = (env.text("AWS_ACCESS_KEY_ID"), env.text("AWS_SECRET_ACCESS_KEY"));
        let session = env.optional("AWS_SESSION_TOKEN");
        Self {
            region: env.text("AWS_REGION"),
            credentials: Credentials::new(id, secret, session, None, "environment"),
            dynamodb: env.optional("AWS_ENDPOINT_URL_DYNAMODB"),
            sqs: env.optional("AWS_ENDPOINT_URL_SQS"),
            sns: env.optional("AWS_ENDPOINT_URL_SNS"),
        }
    }
}

/// The SDK's own retries fit well inside one function's time limit.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(5))
        .build()
}
