use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, nudged};
use adapters::lambda::{log, start};
use adapters::store::{Store, StoreConfig};
use adapters::systems::{Systems, SystemsConfig};
use provisioning::handler::{handle, measured, on_schedule};

fn main() -> ExitCode {
    start(
        "provisioning",
        |env| (StoreConfig::read(env), SystemsConfig::read(env)),
        async |(store, systems)| {
            let client = Http::new(systems.authority.as_deref())?;
            let (store, systems) = (Store::new(store, &client), Systems::new(systems, client));
            store.warm(systems.warm()).await;
            let scheduled = async |schedule: &str| {
                let ran = on_schedule(&store, &systems, schedule).await;
                let ran = ran.map_err(|trouble| trouble.to_string())?;
                log::measure(&measured(ran));
                Ok(())
            };
            queue::serve(
                "provisioning",
                || store.refresh(),
                scheduled,
                async |record| nudged(record, async |nudge| handle(&store, &systems, nudge).await).await,
            )
            .await
        },
    )
}
