use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::{http, start};
use adapters::store::{Store, StoreConfig};
use console::{Access, Brakes, Expect, handle};

fn main() -> ExitCode {
    start(
        "console",
        |env| {
            (
                StoreConfig::read(env),
                Access::read(env),
                Brakes::read(env),
                Expect::read(env),
            )
        },
        async |(store, access, brakes, expect)| {
            let store = Store::new(store, &Http::new(None)?);
            store.warm(std::future::ready(())).await;
            http::serve("console", async |request| {
                store.refresh();
                handle(&store, &access, &brakes, &expect, &request).await
            })
            .await
        },
    )
}
