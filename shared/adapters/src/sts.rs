//! Whose credentials these are.

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::TokioSleep;
use flow::ports::Trouble;

use crate::aws::{AwsConfig, because, retries, timeouts};
use crate::http::Http;

/// The caller as AWS names it, without its account: `assumed-role/Operator/jo@shop.example`.
///
/// # Errors
/// When AWS does not say.
pub async fn caller(aws: &AwsConfig, http: &Http) -> Result<String, Trouble> {
    const WANTED: &str = "ask AWS who you are";
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(aws.credentials.clone())
        .http_client(http.for_sdk())
        .sleep_impl(TokioSleep::new())
        .retry_config(retries())
        .timeout_config(timeouts());
    let asked = Client::from_conf(config.build()).get_caller_identity().send().await;
    let identity = asked.map_err(|failed| Trouble {
        wanted: WANTED,
        because: because(&failed),
    })?;
    let name = identity.arn().and_then(|arn| arn.splitn(6, ':').last());
    name.map(str::to_owned).ok_or_else(|| Trouble {
        wanted: WANTED,
        because: "it named nobody".to_owned(),
    })
}
