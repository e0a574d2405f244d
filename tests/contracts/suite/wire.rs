//! The wire under the SDK, on which calls and their replies get lost.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::http::Http;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::orders::EMAIL;

/// What befalls a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused with this body; nothing was done.
    Refused(String),
    /// Answered 500; nothing was done.
    Broken,
    /// No reply; nothing was done.
    Lost,
    /// Done, and no reply.
    LostAfter,
    /// Done, and answered 500.
    BrokenAfter,
    /// Done, and the reply is unreadable. It names the buyer, as a torn one would.
    GarbledAfter,
}

impl Fault {
    /// An error of DynamoDB or SQS, by its code.
    pub(crate) fn code(code: &str) -> Self {
        Self::Refused(format!(r#"{{"__type":"com.amazonaws#{code}","message":"not now"}}"#))
    }

    /// A transaction that was cancelled for these reasons.
    pub(crate) fn cancelled(reasons: &[&str]) -> Self {
        let reasons: Vec<String> = reasons.iter().map(|code| format!(r#"{{"Code":"{code}"}}"#)).collect();
        let reasons = reasons.join(",");
        Self::Refused(format!(
            r#"{{"__type":"com.amazonaws#TransactionCanceledException","CancellationReasons":[{reasons}]}}"#
        ))
    }
}

/// What somebody else does after the first call was done and before it is repeated.
type Meanwhile = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

struct State {
    fault: Fault,
    /// So many calls are befallen.
    left: u32,
    calls: u32,
    done: u32,
    meanwhile: Option<Meanwhile>,
}

#[derive(Clone)]
pub(crate) struct Wire {
    behind: SharedHttpConnector,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// `fault` befalls the first `times` calls.
    pub(crate) fn new(fault: Fault, times: u32) -> Self {
        let connector = Connector::builder().sleep_impl(TokioSleep::new());
        Self {
            behind: SharedHttpConnector::new(connector.build_http()),
            state: Arc::new(Mutex::new(State {
                fault,
                left: times,
                calls: 0,
                done: 0,
                meanwhile: None,
            })),
        }
    }

    pub(crate) fn meanwhile<F: Future<Output = ()> + Send + 'static>(&self, act: impl FnOnce() -> F + Send + 'static) {
        self.state().meanwhile = Some(Box::new(move || Box::pin(act())));
    }

    pub(crate) fn http(&self) -> Http {
        Http::over(SharedHttpConnector::new(self.clone()))
    }

    /// Calls that were made, and those that were done.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let state = self.state();
        (state.calls, state.done)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn befalls(&self) -> Option<Fault> {
        let mut state = self.state();
        state.calls += 1;
        let befallen = state.left > 0;
        state.left = state.left.saturating_sub(1);
        befallen.then(|| state.fault.clone())
    }

    async fn pass(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let response = self.behind.call(request).await?;
        let mut state = self.state();
        state.done += u32::from(response.status().as_u16() == 200);
        Ok(response)
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let Some(fault) = self.befalls() else {
            return self.pass(request).await;
        };
        let done = match fault {
            Fault::Refused(_) | Fault::Broken | Fault::Lost => false,
            Fault::LostAfter | Fault::BrokenAfter | Fault::GarbledAfter => true,
        };
        if done {
            self.pass(request).await?;
            let meanwhile = self.state().meanwhile.take();
            if let Some(act) = meanwhile {
                act().await;
            }
        }
        match fault {
            Fault::Lost | Fault::LostAfter => Err(ConnectorError::io("the connection broke".into())),
            Fault::Broken | Fault::BrokenAfter => response(500, String::new()),
            Fault::GarbledAfter => response(200, format!(r#"{{"Item":{{"buyer":"{EMAIL}","#)),
            Fault::Refused(body) => response(400, body),
        }
    }
}

fn response(status: u16, body: String) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|wrong| ConnectorError::other(wrong.into(), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.answer(request).await })
    }
}
