//! DynamoDB: dynoxide in this process, spoken to over HTTP by the real SDK. What passes is counted, and can be cut off.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use serde_json::Value;

use crate::client::Client;
use crate::kills::{Act, Kills, Moment, signer};
use crate::loopback::{listen, serve};

/// Among the calls: a write whose condition did not hold any more, as when two race.
pub const REFUSED: &str = "refused";

pub struct Dynamodb {
    client: Client,
    /// Where dynoxide itself listens.
    behind: String,
    down: AtomicBool,
    calls: Mutex<BTreeMap<String, u64>>,
    kills: Arc<Kills>,
}

impl Dynamodb {
    /// Starts it with the template's table; tells its address. It ends with the process.
    ///
    /// # Errors
    /// When the table cannot be made or no port is free.
    pub async fn start(table: Value, kills: Arc<Kills>) -> Result<(Arc<Self>, String), String> {
        let database = Database::memory().map_err(|wrong| format!("DynamoDB: {wrong}"))?;
        let request = serde_json::from_value(table).map_err(|wrong| format!("the template's table: {wrong}"))?;
        database
            .create_table(request)
            .map_err(|wrong| format!("the template's table: {wrong}"))?;
        let (listener, behind) = listen(0).await?;
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending(),
        ));
        let this = Arc::new(Self {
            client: Client::new(Duration::from_secs(10)),
            behind,
            down: AtomicBool::new(false),
            calls: Mutex::default(),
            kills,
        });
        let (listener, front) = listen(0).await?;
        let router = Router::new().fallback(pass).with_state(Arc::clone(&this));
        tokio::spawn(serve(listener, router));
        Ok((this, front))
    }

    /// From now on every call fails, or none.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }

    /// Calls so far by operation: `PutItem`, `GetItem`, ...; and under [`REFUSED`] those that changed nothing.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.counted().clone()
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn pass(State(this): State<Arc<Dynamodb>>, headers: HeaderMap, body: Bytes) -> Response {
    let passed_on = ["x-amz-target", "authorization", "x-amz-date", "content-type"];
    let passed_on = passed_on.map(|name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        (name, value.unwrap_or_default().to_owned())
    });
    let [(_, target), (_, authorization), ..] = &passed_on;
    let operation = target.rsplit('.').next().unwrap_or_default();
    *this.counted().entry(operation.to_owned()).or_default() += 1;
    if this.down.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let (who, act) = (signer(authorization), act(operation));
    let strikes = |moment| act.is_some_and(|act| this.kills.strike(who, act, moment));
    if strikes(Moment::Before) {
        return std::future::pending().await;
    }
    match this.client.post(&this.behind, &passed_on, body.to_vec()).await {
        Ok(answer) if answer.status == 200 && strikes(Moment::After) => std::future::pending().await,
        Ok(answer) => {
            if answer.status == 400 {
                *this.counted().entry(REFUSED.to_owned()).or_default() += 1;
            }
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [("content-type", "application/x-amz-json-1.0")], answer.body).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn act(operation: &str) -> Option<Act> {
    match operation {
        "PutItem" | "TransactWriteItems" => Some(Act::Record),
        "UpdateItem" => Some(Act::Claim),
        _ => None,
    }
}
