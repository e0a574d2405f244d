use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::store::{Store, StoreConfig};

fn main() -> ExitCode {
    start("capture", StoreConfig::read, async |store| {
        let client = Http::new(None)?;
        let store = Store::new(store, &client);
        store.warm(std::future::ready(())).await;
        queue::serve(
            "capture",
            || store.refresh(),
            no_schedule,
            async |record| nudged(record, async |nudge| capture::handle(&store, nudge).await).await,
        )
        .await
    })
}
