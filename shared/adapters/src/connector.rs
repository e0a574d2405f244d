//! hyper and rustls under the trait of the AWS SDKs. Their own client brings HTTP/2, proxies and the system's certificates:
//! nobody here uses them, and every first call would pay for them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as Tcp, capture_connection};
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
/// What is wrong with a text, and what to write.
pub(crate) fn connector(authorities: &[&str], limits: Limits) -> Result<SharedHttpConnector, String> {
    let mut trusted = RootCertStore::empty();
    for pem in authorities {
        for certificate in certificates(pem)? {
            trusted.add(certificate).map_err(|_wrong| UNREAD.to_owned())?;
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

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_slice_iter(pem.as_bytes());
    // What is wrong would repeat the text, which may be a key.
    let read = read
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_wrong| UNREAD.to_owned())?;
    if read.is_empty() {
        return Err("holds no certificate: write it in PEM, from BEGIN CERTIFICATE to END CERTIFICATE".to_owned());
    }
    Ok(read)
}

const UNREAD: &str =
    "holds a certificate that cannot be read: write it in PEM, line by line, from BEGIN CERTIFICATE to END CERTIFICATE";

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
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(wrong) => return HttpConnectorFuture::ready(Err(ConnectorError::user(wrong.into()))),
        };
        // The SDKs leave a connection over which somebody answered that it is out of order.
        let taken = capture_connection(&mut request);
        if let Some(sdk) = request.extensions().get::<CaptureSmithyConnection>() {
            sdk.set_connection_retriever(move || Some(to_be_left(taken.clone())));
        }
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

fn to_be_left(connection: CaptureConnection) -> ConnectionMetadata {
    let leave = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    ConnectionMetadata::builder().proxied(false).poison_fn(leave).build()
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
mod tests;
