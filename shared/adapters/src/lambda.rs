//! One start-up for all functions, and what API Gateway and SQS send them.

pub mod http;
pub mod log;
pub mod metric;
pub mod queue;
pub(crate) mod trace;

use std::process::ExitCode;

use crate::env::{Env, Misconfigured};

/// Reads the configuration, refuses to start when it is wrong, and runs on one thread: a function serves one request
/// at a time, and more threads only cost.
pub fn start<C>(
    function: &'static str,
    read: impl FnOnce(&Env) -> C,
    run: impl AsyncFnOnce(C) -> Result<(), lambda_runtime::Error>,
) -> ExitCode {
    let env = Env::of_process();
    log::of_stack(env.optional("MAKEGOOD_STACK").unwrap_or_else(|| "none".to_owned()));
    let config = read(&env);
    if let Err(Misconfigured(problems)) = env.verdict() {
        for problem in problems {
            let said = [
                ("function", function),
                ("variable", problem.variable),
                ("mend", problem.mend.as_str()),
            ];
            log::note("refuses_to_start", &said);
        }
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(wrong) => return fail(function, &wrong.to_string()),
    };
    match runtime.block_on(run(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => fail(function, &wrong.to_string()),
    }
}

/// Waits for two partners at once.
pub async fn both(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    futures_util::future::join(one, other).await;
}

fn fail(function: &'static str, why: &str) -> ExitCode {
    log::note("stopped", &[("function", function), ("because", why)]);
    ExitCode::FAILURE
}
