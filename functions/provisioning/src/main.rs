use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::scim::{Scim, ScimConfig};
use adapters::store::{Store, StoreConfig};

fn main() -> ExitCode {
    start(
        "provisioning",
        |env| (StoreConfig::read(env), ScimConfig::read(env)),
        async |(store, scim)| {
            let client = Http::new(scim.authority.as_deref())?;
            let (store, scim) = (Store::new(store, &client), Scim::new(scim, client));
            store.warm(scim.warm()).await;
            queue::serve(
                "provisioning",
                || store.refresh(),
                no_schedule,
                async |record| nudged(record, async |nudge| provisioning::handle(&store, &scim, nudge).await).await,
            )
            .await
        },
    )
}
