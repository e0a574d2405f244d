use std::process::ExitCode;

use adapters::lambda::metric::Metric;
use adapters::lambda::queue::{self, no_schedule};
use adapters::lambda::{log, start};
use coordination::handler::handle;

fn main() -> ExitCode {
    start(
        "coordination",
        &[],
        |_env| (),
        async |store, _client, ()| {
            queue::serve(
                "coordination",
                || store.refresh(),
                no_schedule,
                async |record| {
                    let rearmed = handle(&store, record).await.map_err(|trouble| trouble.to_string())?;
                    log::count(Metric::DeadLetters, 1);
                    log::note(
                        "dead_letter",
                        &[("queue", record.queue()), ("outcome", &format!("{rearmed:?}"))],
                    );
                    Ok(())
                },
            )
            .await
        },
    )
}
