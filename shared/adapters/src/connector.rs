//! hyper and rustls under the trait of the AWS SDKs. Their own client brings HTTP/2, proxies and the system's certificates:
//! nobody here uses them, and every first call would pay for them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tower_service::Service;

/// Until a connection stands, with its encryption; and from the request to the first byte of its answer.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) answer: Duration,
}

/// One pool of connections, trusting the authorities of these PEM texts alone.
///
/// # Errors
/// When a certificate cannot be read.
pub(crate) fn connector(authorities: &[&str], limits: Limits) -> Result<SharedHttpConnector, String> {
    let mut trusted = RootCertStore::empty();
    for pem in authorities {
        for certificate in certificates(pem)? {
            trusted.add(certificate).map_err(|wrong| wrong.to_string())?;
        }
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|wrong| wrong.to_string())?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let mut tcp = Tcp::new();
    // Plain http is for this machine; who is configured with anything else was refused before.
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let encrypted = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let connecting = Within {
        connector: encrypted,
        limit: limits.connect,
    };
    let pool = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(connecting);
    Ok(SharedHttpConnector::new(Hyper {
        pool,
        limit: limits.answer,
    }))
}

/// The certificates of a PEM text.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_slice_iter(pem.as_bytes());
    let read = read.collect::<Result<Vec<_>, _>>();
    read.map_err(|wrong| format!("a certificate cannot be read: {wrong}"))
}

/// Whether it failed before a connection stood, so that nothing can have been sent.
pub(crate) fn did_not_connect(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<Error>().is_some_and(Error::is_connect)
}

struct Hyper {
    pool: Client<Within<HttpsConnector<Tcp>>, SdkBody>,
    limit: Duration,
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hyper")
    }
}

impl HttpConnector for Hyper {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(wrong) => return HttpConnectorFuture::ready(Err(ConnectorError::user(wrong.into()))),
        };
        let answering = timeout(self.limit, self.pool.request(request));
        HttpConnectorFuture::new(async move {
            let answered = answering.await.map_err(|late| ConnectorError::timeout(late.into()))?;
            // As a broken connection, which the SDKs try again: whoever has more to lose looks first whether it was done.
            let response = answered.map_err(|broken| ConnectorError::io(broken.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|wrong| ConnectorError::other(wrong.into(), None))
        })
    }
}

/// A connector that gives up in time.
#[derive(Clone)]
struct Within<C> {
    connector: C,
    limit: Duration,
}

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = timeout(self.limit, self.connector.call(to));
        Box::pin(async move { connecting.await? })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http::{Http, NoReply};

    const LIMITS: Limits = Limits {
        connect: Duration::from_millis(1_000),
        answer: Duration::from_millis(1_000),
    };

    /// What a call to this address comes to: the answer's text, or how far it got.
    async fn asks(url: &str) -> Result<String, NoReply> {
        let http = Http::over(connector(&[], LIMITS).unwrap());
        let reply = http.send("POST", url, [], b"pay".to_vec()).await?;
        Ok(String::from_utf8(reply.body).unwrap())
    }

    async fn listening(scheme: &str) -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
        (listener, url)
    }

    #[tokio::test]
    async fn where_nobody_listens_or_nobody_has_that_name_nothing_was_sent() {
        let (listener, url) = listening("http").await;
        drop(listener);
        assert_eq!(asks(&url).await, Err(NoReply::NotSent));
        assert_eq!(asks("http://nobody.invalid/").await, Err(NoReply::NotSent));
    }

    #[tokio::test]
    async fn who_hangs_up_while_the_connection_is_being_made_safe_was_sent_nothing() {
        let (listener, url) = listening("https").await;
        let hangs_up = async { drop(listener.accept().await.unwrap()) };
        assert_eq!(tokio::join!(asks(&url), hangs_up).0, Err(NoReply::NotSent));
    }

    #[tokio::test]
    async fn who_hangs_up_after_it_was_asked_may_have_done_it() {
        let (listener, url) = listening("http").await;
        let hangs_up = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            assert!(socket.read(&mut [0; 1_024]).await.unwrap() > 0);
        };
        assert_eq!(tokio::join!(asks(&url), hangs_up).0, Err(NoReply::NoAnswer));
    }

    /// The clock stands still but for what is waited for.
    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_was_sent_nothing_before_the_connection_is_safe_and_may_have_done_it_afterwards() {
        for (scheme, came) in [("https", NoReply::NotSent), ("http", NoReply::NoAnswer)] {
            let (listener, url) = listening(scheme).await;
            let accepts = async {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::time::sleep(LIMITS.connect * 3).await;
                drop(socket);
            };
            assert_eq!(tokio::join!(asks(&url), accepts).0, Err(came), "{scheme}");
        }
    }

    #[tokio::test]
    async fn one_connection_serves_call_after_call() {
        let (listener, url) = listening("http").await;
        let http = Http::over(connector(&[], LIMITS).unwrap());
        let asks = async {
            for _ in 0..3 {
                let reply = http.send("POST", &url, [], b"pay".to_vec()).await.unwrap();
                assert_eq!((reply.status, reply.body.as_slice()), (200, b"ok".as_slice()));
            }
        };
        let answers = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            for _ in 0..3 {
                let mut read = Vec::new();
                while !read.ends_with(b"pay") {
                    assert!(socket.read_buf(&mut read).await.unwrap() > 0);
                }
                socket
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .await
                    .unwrap();
            }
        };
        tokio::join!(asks, answers);
    }

    #[test]
    fn a_text_without_a_certificate_holds_none_and_a_torn_one_is_refused() {
        assert_eq!(certificates("ca.pem"), Ok(Vec::new()));
        assert!(certificates("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n").is_err());
        let pinned = certificates(include_str!("roots/pinned.pem")).unwrap();
        assert!(pinned.len() > 1, "{}", pinned.len());
    }
}
