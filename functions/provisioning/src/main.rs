use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::store::{Store, StoreConfig};
use adapters::systems::{Systems, SystemsConfig};

fn main() -> ExitCode {
    start(
        "provisioning",
        |env| (StoreConfig::read(env), SystemsConfig::read(env)),
        async |(store, systems)| {
            let client = Http::new(systems.authority.as_deref())?;
            let (store, systems) = (Store::new(store, &client), Systems::new(systems, client));
            store.warm(systems.warm()).await;
            queue::serve(
                "provisioning",
                || store.refresh(),
                no_schedule,
                async |record| {
                    nudged(record, async |nudge| {
                        provisioning::handle(&store, &systems, nudge).await
                    })
                    .await
                },
            )
            .await
        },
    )
}
