//! What the AWS SDKs need, read from the environment alone: looking for credentials elsewhere costs a cold start.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::env::Env;

pub struct AwsConfig {
    pub region: String,
    pub credentials: Credentials,
    pub dynamodb: Option<String>,
    pub sqs: Option<String>,
    pub sns: Option<String>,
    pub secrets_manager: Option<String>,
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
            secrets_manager: env.optional("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
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

/// What came back, for the log: a code or a sentence of ours. An answer that cannot be read may hold a whole order, so
/// nothing of it is repeated.
pub(crate) fn because<E: ProvideErrorMetadata>(failed: &SdkError<E, HttpResponse>) -> String {
    if let Some(code) = failed.as_service_error().and_then(ProvideErrorMetadata::code) {
        return code.to_owned();
    }
    match failed {
        SdkError::ConstructionFailure(_) => "it could not be asked".to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failed) => {
            let mut said = String::from("no answer");
            let mut cause: Option<&(dyn std::error::Error + 'static)> = failed
                .as_connector_error()
                .map(|error| error as &(dyn std::error::Error + 'static));
            while let Some(error) = cause {
                said = format!("{said}: {error}");
                cause = error.source();
            }
            said
        }
        SdkError::ServiceError(error) if !error.raw().status().is_success() => {
            format!("an error without a code, status {}", error.raw().status().as_u16())
        }
        SdkError::ResponseError(_) | SdkError::ServiceError(_) => "an answer that cannot be read".to_owned(),
        _ => "an error of a new kind".to_owned(),
    }
}
