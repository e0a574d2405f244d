//! One start-up for all functions, and what API Gateway and SQS send them.

pub mod http;
pub mod log;
pub mod metric;
pub mod queue;
pub(crate) mod trace;

use std::process::ExitCode;

use futures_util::future::{OptionFuture, join};

use crate::env::{Env, Misconfigured, SECRET};
use crate::http::Http;
use crate::secret::Secret;
use crate::store::{Store, StoreConfig};

/// Holds PEM of further certificate authorities, where a system has none of the built-in ones.
const AUTHORITY: &str = "MAKEGOOD_SYSTEMS_CA";

/// Why a function does not serve.
enum Stopped {
    Misconfigured(Misconfigured),
    Because(String),
}

/// Reads configuration and secret, refuses to start when something is wrong with them, and runs on one thread: a function
/// serves one request at a time, and more threads only cost. `partners` are the variables that name whom it calls: the
/// connections to them are opened while the secret is read.
pub fn start<C>(
    function: &'static str,
    partners: &[&'static str],
    read: impl FnOnce(&Env) -> C,
    run: impl AsyncFnOnce(Store, Http, C) -> Result<(), lambda_runtime::Error>,
) -> ExitCode {
    let stopped = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(begin(partners, read, run)),
        Err(wrong) => Err(Stopped::Because(wrong.to_string())),
    };
    match stopped {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Stopped::Because(why)) => log::note("stopped", &[("function", function), ("because", &why)]),
        Err(Stopped::Misconfigured(Misconfigured(problems))) => {
            for problem in problems {
                let said = [
                    ("function", function),
                    ("variable", problem.variable),
                    ("mend", problem.mend.as_str()),
                ];
                log::note("refuses_to_start", &said);
            }
        }
    }
    ExitCode::FAILURE
}

async fn begin<C>(
    partners: &[&'static str],
    read: impl FnOnce(&Env) -> C,
    run: impl AsyncFnOnce(Store, Http, C) -> Result<(), lambda_runtime::Error>,
) -> Result<(), Stopped> {
    let env = Env::of_process();
    log::of_stack(env.optional("MAKEGOOD_STACK").unwrap_or_else(|| "none".to_owned()));
    let config = StoreConfig::read(&env);
    let http = Http::new(env.optional(AUTHORITY).as_deref()).map_err(|wrong| env.refuse(AUTHORITY, wrong));
    let (Ok(http), Ok(())) = (http, env.verdict()) else {
        // Nobody can be asked for the secret; what else is wrong is said in the same go.
        let env = env.without_secret();
        read(&env);
        return env.verdict().map_err(Stopped::Misconfigured);
    };
    let secret = config.secret(&env, &http);
    let store = Store::new(config, &http);
    let partners: Vec<String> = partners.iter().filter_map(|partner| env.optional(partner)).collect();
    let reading = OptionFuture::from(secret.as_ref().map(Secret::read));
    let (was_read, ()) = join(reading, store.warm(&http, &partners)).await;
    let env = match (secret, was_read) {
        (Some(secret), Some(Ok(()))) => secret.env(),
        (Some(_), Some(Err(why))) => {
            env.refuse(SECRET, why);
            env.without_secret()
        }
        (None, _) | (Some(_), None) => env,
    };
    let config = read(&env);
    env.verdict().map_err(Stopped::Misconfigured)?;
    // In a box, so that what runs for hours is not laid out within what starts it.
    let served = Box::pin(run(store, http, config)).await;
    served.map_err(|wrong| Stopped::Because(wrong.to_string()))
}
