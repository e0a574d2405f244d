use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::metric::Metric;
use adapters::lambda::queue::{self, no_schedule};
use adapters::lambda::{log, start};
use adapters::store::{Store, StoreConfig};
use coordination::handler::handle;

fn main() -> ExitCode {
    start("coordination", StoreConfig::read, async |store| {
        let store = Store::new(store, &Http::new(None)?);
        store.warm(std::future::ready(())).await;
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
    })
}
