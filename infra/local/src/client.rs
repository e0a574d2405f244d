//! Calls on this machine: to the emulator, and from Stripe to the webhook.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

#[derive(Clone)]
pub struct Client(SharedHttpConnector);

impl Client {
    pub fn new(answer_within: Duration) -> Self {
        let settings = HttpConnectorSettings::builder().read_timeout(answer_within).build();
        let builder = Connector::builder()
            .sleep_impl(TokioSleep::new())
            .connector_settings(settings);
        Self(SharedHttpConnector::new(builder.build_http()))
    }

    /// # Errors
    /// When no answer came.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String> {
        let mut request = Request::new(SdkBody::from(body));
        request.set_method("POST").map_err(|wrong| wrong.to_string())?;
        request.set_uri(url).map_err(|wrong| wrong.to_string())?;
        for (name, value) in headers {
            request
                .headers_mut()
                .try_insert(*name, value.clone())
                .map_err(|wrong| wrong.to_string())?;
        }
        let response = self.0.call(request).await.map_err(|failed| failed.to_string())?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body())
            .collect()
            .await
            .map_err(|broken| broken.to_string())?;
        Ok((status, body.into_bytes().to_vec()))
    }
}
