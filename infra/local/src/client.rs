//! Calls on this machine: to the emulator, to DynamoDB, from Stripe to the webhook, and from tests.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// What came back; a redirect is not followed.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

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
    pub async fn call(
        &self,
        method: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, String> {
        let mut request = Request::new(SdkBody::from(body));
        request.set_method(method).map_err(|wrong| wrong.to_string())?;
        request.set_uri(url).map_err(|wrong| wrong.to_string())?;
        for (name, value) in headers {
            request
                .headers_mut()
                .try_insert(*name, value.clone())
                .map_err(|wrong| wrong.to_string())?;
        }
        let response = self.0.call(request).await.map_err(|failed| failed.to_string())?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body = ByteStream::new(response.into_body())
            .collect()
            .await
            .map_err(|broken| broken.to_string())?;
        Ok(Answer {
            status,
            headers,
            body: body.into_bytes().to_vec(),
        })
    }

    /// # Errors
    /// When no answer came.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Answer, String> {
        self.call("POST", url, headers, body).await
    }
}
