//! What must stay secret: read once while the function starts, held for as long as its process lives, and read again when a
//! partner refuses it, so that a rotation needs neither a restart nor a moment that both sides choose together.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::TokioSleep;
use domain::Timestamp;
use flow::ports::Clock as _;
use futures_util::lock::Mutex;

use crate::aws::{AwsConfig, because, retries, timeouts};
use crate::clock::Clock;
use crate::env::{Env, SECRET};
use crate::http::Http;
use crate::lambda::log;

/// Whoever forges webhooks has each of them refused, and must not make us ask for each.
const ONCE_WITHIN: Duration = Duration::from_secs(60);

/// The function's one secret in AWS Secrets Manager: a JSON object of our variables' names and their values.
#[derive(Clone)]
pub struct Secret(Rc<Kept>);

struct Kept {
    client: Client,
    /// Its ARN.
    id: String,
    clock: Clock,
    /// The process's own variables.
    process: BTreeMap<String, String>,
    /// As they were read last.
    values: RefCell<BTreeMap<String, String>>,
    /// Whoever is refused while it is being read waits for what comes of it.
    asked_again: Mutex<Option<Timestamp>>,
}

impl Secret {
    /// None: the function needs none, or has its secrets in its environment.
    pub(crate) fn of(env: &Env, aws: &AwsConfig, http: &Http, clock: Clock) -> Option<Self> {
        let id = env.optional(SECRET)?;
        let mut builder = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(aws.credentials.clone())
            .http_client(http.for_sdk())
            .sleep_impl(TokioSleep::new())
            .retry_config(retries())
            .timeout_config(timeouts());
        if let Some(endpoint) = &aws.secrets_manager {
            builder = builder.endpoint_url(endpoint);
        }
        Some(Self(Rc::new(Kept {
            client: Client::from_conf(builder.build()),
            id,
            clock,
            process: env.variables().clone(),
            values: RefCell::default(),
            asked_again: Mutex::new(None),
        })))
    }

    /// # Errors
    /// When it cannot be read: in words that repeat nothing of it.
    pub(crate) async fn read(&self) -> Result<(), String> {
        let asked = self.0.client.get_secret_value().secret_id(&self.0.id).send().await;
        let answer = asked.map_err(|failed| match because(&failed).as_str() {
            "ResourceNotFoundException" => "there is no value in it yet: put one in".to_owned(),
            because => format!("it cannot be read, {because}: look at the function's permission and at AWS"),
        })?;
        let values = answer.secret_string().and_then(values);
        let values = values.ok_or("is no JSON object of names and texts: write {\"MAKEGOOD_...\": \"...\"}")?;
        self.0.values.replace(values);
        Ok(())
    }

    /// The process's variables, with what the secret held when it was read last.
    pub(crate) fn env(&self) -> Env {
        Env::holding(&self.0.process, self.clone(), self.0.values.borrow().clone())
    }

    /// Once more, after a refusal, if it was not read again just now. What cannot be read leaves all as it was.
    async fn read_again(&self) {
        let mut asked_again = self.0.asked_again.lock().await;
        let now = self.0.clock.now();
        if !may_ask(*asked_again, now) {
            return;
        }
        let outcome = self.read().await.err().unwrap_or_else(|| "read".to_owned());
        // Only now: whoever waits for an answer may give up meanwhile, and then it was not read.
        *asked_again = Some(now);
        log::note("secret_read_again", &[("outcome", &outcome)]);
    }
}

/// Whether a minute has passed since the secret was last read again.
fn may_ask(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now >= last.plus(ONCE_WITHIN))
}

/// Names and values. Whatever is wrong with them is not repeated.
fn values(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(text).ok()
}

/// Takes a value out of the environment, and refuses there what cannot be used.
type Reading<T> = fn(&Env) -> T;

/// A value out of the secret, as its client uses it.
pub struct Held<T> {
    now: RefCell<Rc<T>>,
    /// Where it is read again; none: it never changes.
    source: Option<(Secret, Reading<T>)>,
}

impl<T: PartialEq> Held<T> {
    pub fn read(env: &Env, read: fn(&Env) -> T) -> Self {
        Self {
            now: RefCell::new(Rc::new(read(env))),
            source: env.source().map(|secret| (secret.clone(), read)),
        }
    }

    /// A value that stays as it is.
    pub fn of(value: T) -> Self {
        Self {
            now: RefCell::new(Rc::new(value)),
            source: None,
        }
    }

    pub fn now(&self) -> Rc<T> {
        Rc::clone(&self.now.borrow())
    }

    /// Does it with what is held. When that is refused, and the secret holds something else by now, once more with that: a
    /// refused call has done nothing.
    pub async fn with<R>(&self, refused: impl Fn(&R) -> bool, act: impl AsyncFn(&T) -> R) -> R {
        let tried = self.now();
        // In boxes: it stands in the midst of long chains of calls, whose futures would hold all of it twice over.
        let came = Box::pin(act(&tried)).await;
        if !refused(&came) {
            return came;
        }
        match Box::pin(self.instead_of(&tried)).await {
            Some(other) => Box::pin(act(&other)).await,
            None => came,
        }
    }

    /// What the secret holds in place of what was refused; none: the same, or nothing that can be used.
    pub async fn instead_of(&self, refused: &Rc<T>) -> Option<Rc<T>> {
        let (secret, _read) = self.source.as_ref()?;
        // For another value of the same secret it may have been read again already.
        if !self.take_over(refused) {
            secret.read_again().await;
            self.take_over(refused);
        }
        let held = self.now();
        (*held != **refused).then_some(held)
    }

    /// Whether what was read last is another one, and fit for use.
    fn take_over(&self, refused: &T) -> bool {
        let Some((secret, read)) = &self.source else {
            return false;
        };
        let env = secret.env();
        let found = read(&env);
        if let Err(wrong) = env.verdict() {
            log::note("secret_of_no_use", &[("because", &wrong.to_string())]);
            return false;
        }
        let other = found != *refused;
        self.now.replace(Rc::new(found));
        other
    }
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held(..)")
    }
}

#[cfg(test)]
pub(crate) mod tests;
