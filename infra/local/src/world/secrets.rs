//! Secrets Manager, as far as the functions speak it, and what a rotation does: a partner takes another value from one moment
//! on, and somebody puts it into the secrets that hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{World, lock};

/// Secrets by their ARN, each a JSON object of names and values.
#[derive(Default)]
pub(crate) struct Secrets {
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// How often each was read.
    reads: BTreeMap<String, u32>,
    /// What a partner accepted once.
    spent: BTreeSet<String>,
}

/// A secret's name for the whole of AWS.
pub(crate) fn arn(secret: &str) -> String {
    format!("arn:aws:secretsmanager:eu-central-1:000000000000:secret:{secret}")
}

/// Whose a key or a token is, of what stands behind its beginning.
pub(super) fn owner(rest: &str) -> &str {
    rest.split('.').next().unwrap_or_default()
}

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/secretsmanager", post(answer))
        .route("/secretsmanager/", post(answer))
}

impl World {
    /// Puts a value into a secret, in place of the one that stood there.
    pub fn put_secret(&self, secret: &str, variable: &str, value: &str) {
        let mut secrets = lock(&self.secrets);
        let held = secrets.values.entry(arn(secret)).or_default();
        held.insert(variable.to_owned(), value.to_owned());
    }

    /// What stands in a secret under this name.
    pub fn secret(&self, secret: &str, variable: &str) -> Option<String> {
        lock(&self.secrets).values.get(&arn(secret))?.get(variable).cloned()
    }

    /// How often a secret was read.
    pub fn secret_reads(&self, secret: &str) -> u32 {
        lock(&self.secrets).reads.get(&arn(secret)).copied().unwrap_or(0)
    }

    /// From now on no partner accepts this key or token.
    pub fn spend(&self, credential: &str) {
        lock(&self.secrets).spent.insert(credential.to_owned());
    }

    pub(crate) fn is_spent(&self, credential: &str) -> bool {
        lock(&self.secrets).spent.contains(credential)
    }

    /// From now on Stripe signs with this secret alone.
    pub fn sign_webhooks_with(&self, secret: &str) {
        if let Some((_url, signs)) = &mut lock(&self.deliveries).target {
            secret.clone_into(signs);
        }
    }
}

async fn answer(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if target != Some("secretsmanager.GetSecretValue") {
        return refuse(
            "InvalidRequestException",
            "The local stack reads secrets, and does nothing else.",
        );
    }
    let id = request["SecretId"].as_str().unwrap_or_default();
    let mut secrets = lock(&world.secrets);
    let Some(values) = secrets.values.get(id) else {
        let said = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
        return refuse("ResourceNotFoundException", said);
    };
    let text = json!(values).to_string();
    *secrets.reads.entry(id.to_owned()).or_default() += 1;
    let found = json!({ "ARN": id, "Name": id, "SecretString": text, "VersionStages": ["AWSCURRENT"] });
    ([("content-type", "application/x-amz-json-1.1")], found.to_string()).into_response()
}

fn refuse(code: &str, said: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({ "__type": code, "Message": said })),
    )
        .into_response()
}
