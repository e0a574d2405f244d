use std::process::ExitCode;

use adapters::brake::unannounced_max;
use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::store::{Store, StoreConfig};
use adapters::teller::{Teller, TellerConfig};

fn main() -> ExitCode {
    start(
        "notification",
        |env| (StoreConfig::read(env), TellerConfig::read(env), unannounced_max(env)),
        async |(store, teller, unannounced)| {
            let client = Http::new(None)?;
            let (store, teller) = (Store::new(store, &client), Teller::new(teller, &client)?);
            store.warm(std::future::ready(())).await;
            queue::serve(
                "notification",
                || store.refresh(),
                no_schedule,
                async |record| {
                    nudged(record, async |nudge| {
                        notification::handle(&store, unannounced, &teller, nudge).await
                    })
                    .await
                },
            )
            .await
        },
    )
}
