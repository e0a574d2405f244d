//! One HTTP client for DynamoDB, SQS, SNS, Stripe and the identity provider: one pool, one TLS stack.

use std::borrow::Cow;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::http::{Headers, Request};
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;

use crate::connector::{Limits, connector, did_not_connect};

/// Shorter than the function, which is shorter than the lease.
const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(8);

/// Whoever asks us to stay away for longer is asked again after this all the same: an order must not wait for a typo.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Reading the system's whole store takes most of a cold start, so the few authorities that AWS and Stripe use are
/// built in. An identity provider with another authority names it in `MAKEGOOD_SYSTEMS_CA`.
const PINNED: &str = include_str!("roots/pinned.pem");

/// What a call outside came to, before anybody decided what it means.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The version of what was answered, as a later request must repeat it.
    pub etag: Option<String>,
    /// For so long the other side wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Stripe's own word on whether the same call may do better: `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    /// What time it is there, in seconds since 1970.
    pub date: Option<i64>,
    pub body: Vec<u8>,
}

/// No reply: was anything sent?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// No connection came about: nothing was sent.
    NotSent,
    /// The connection broke or the time ran out after we had begun to send.
    NoAnswer,
}

/// Most values are the same in every call.
pub type Header = (&'static str, Cow<'static, str>);

#[derive(Clone)]
pub struct Http {
    connector: SharedHttpConnector,
    /// For a call with all of its answer; none in a world whose time is not ours.
    limit: Option<Duration>,
}

impl Http {
    /// `authority` is a further trusted certificate in PEM.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn new(authority: Option<&str>) -> Result<Self, String> {
        let limits = Limits {
            connect: CONNECT,
            answer: ANSWER,
        };
        let authorities: Vec<&str> = std::iter::once(PINNED).chain(authority).collect();
        let connector = connector(&authorities, limits)?;
        Ok(Self {
            connector,
            limit: Some(CONNECT + ANSWER),
        })
    }

    /// Over any connector: a world of the tests answers without a socket.
    pub fn over(connector: SharedHttpConnector) -> Self {
        Self { connector, limit: None }
    }

    /// For the AWS SDKs.
    pub fn for_sdk(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_settings, _components| connector.clone())
    }

    /// Opens a connection, to be used later: an answer without any right is as good as any.
    pub(crate) async fn open(&self, url: &str) {
        let _ignored = self.send("GET", url, [], Vec::new()).await;
    }

    /// One call.
    ///
    /// # Errors
    /// When there is no reply; the error says whether anything can have been sent.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = Header>,
        body: Vec<u8>,
    ) -> Result<Reply, NoReply> {
        let mut request = Request::new(SdkBody::from(body));
        let prepared = request.set_method(method).is_ok() && request.set_uri(url).is_ok();
        for (name, value) in headers {
            if request.headers_mut().try_insert(name, value).is_err() {
                return Err(NoReply::NotSent);
            }
        }
        if !prepared {
            return Err(NoReply::NotSent);
        }
        let answering = self.answer(request);
        match self.limit {
            Some(limit) => tokio::time::timeout(limit, answering)
                .await
                .map_err(|_late| NoReply::NoAnswer)?,
            None => answering.await,
        }
    }

    /// The reply with all of its body.
    async fn answer(&self, request: Request) -> Result<Reply, NoReply> {
        let response = self.connector.call(request).await.map_err(|failed| {
            if never_connected(&failed) {
                NoReply::NotSent
            } else {
                NoReply::NoAnswer
            }
        })?;
        let status = response.status().as_u16();
        let etag = response.headers().get("etag").map(str::to_owned);
        let retry_after = retry_after(response.headers());
        let date = response.headers().get("date").and_then(http_date);
        let should_retry = response.headers().get("stripe-should-retry");
        let should_retry = should_retry.and_then(|told| told.parse().ok());
        let body = all_of(response.into_body()).await?;
        Ok(Reply {
            status,
            etag,
            retry_after,
            should_retry,
            date,
            body,
        })
    }
}

/// Nobody has so much to say: a body without end would take the function's memory, and with it everybody else's turn.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

async fn all_of(body: SdkBody) -> Result<Vec<u8>, NoReply> {
    let mut rest = aws_smithy_types::byte_stream::ByteStream::new(body);
    let mut all = Vec::new();
    while let Some(part) = rest.next().await {
        let part = part.map_err(|_broken| NoReply::NoAnswer)?;
        if all.len() + part.len() > BODY_BYTES_MAX {
            return Err(NoReply::NoAnswer);
        }
        all.extend_from_slice(&part);
    }
    Ok(all)
}

/// Only what certainly failed before a byte was sent: anything else may have happened.
pub(crate) fn never_connected(failed: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(failed);
    while let Some(error) = cause {
        let refused = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
        if refused || did_not_connect(error) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Seconds, or a date. A date is held against the answer's own `Date`, so that no two clocks are compared; without one it
/// says nothing. Source: RFC 9110, 10.2.3.
fn retry_after(headers: &Headers) -> Option<Duration> {
    let told = headers.get("retry-after")?.trim();
    let wait = match told.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_no_number) => {
            let (until, now) = (http_date(told)?, http_date(headers.get("date")?)?);
            Duration::from_secs(u64::try_from(until.saturating_sub(now)).ok()?)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

fn http_date(text: &str) -> Option<i64> {
    DateTime::from_str(text, Format::HttpDate).ok().map(|date| date.secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let mut headers = Headers::new();
        for (name, value) in pairs {
            headers.insert(*name, *value);
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_is_capped() {
        const NOON: (&str, &str) = ("date", "Thu, 26 Nov 2026 12:00:00 GMT");
        assert_eq!(asked(&[("retry-after", " 120 ")]), Some(120));
        assert_eq!(
            asked(&[NOON, ("retry-after", "Thu, 26 Nov 2026 12:05:00 GMT")]),
            Some(300)
        );
        assert_eq!(asked(&[("retry-after", "99999999")]), Some(3_600));
        assert_eq!(
            asked(&[NOON, ("retry-after", "Fri, 26 Nov 2027 12:00:00 GMT")]),
            Some(3_600)
        );
    }

    #[test]
    fn a_retry_after_that_says_nothing_is_none() {
        const NOON: (&str, &str) = ("date", "Thu, 26 Nov 2026 12:00:00 GMT");
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-5")]), None);
        assert_eq!(asked(&[("retry-after", "Thu, 26 Nov 2026 12:05:00 GMT")]), None);
        assert_eq!(asked(&[NOON, ("retry-after", "Thu, 26 Nov 2026 11:00:00 GMT")]), None);
    }
}
