use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::{http, start};
use adapters::store::{Store, StoreConfig};
use console::{Access, Books, Brakes, handle};

fn main() -> ExitCode {
    start(
        "console",
        |env| {
            (
                StoreConfig::read(env),
                Access::read(env),
                Brakes::read(env),
                Books::read(env),
            )
        },
        async |(store, access, brakes, books)| {
            let store = Store::new(store, &Http::new(None)?);
            store.warm(std::future::ready(())).await;
            http::serve("console", async |request| {
                store.refresh();
                handle(&store, &access, &brakes, &books, &request).await
            })
            .await
        },
    )
}
