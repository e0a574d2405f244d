use std::process::ExitCode;

use adapters::depths::{Depths, DepthsConfig};
use adapters::http::Http;
use adapters::lambda::{http as requests, start};
use adapters::store::{Store, StoreConfig};
use console::{Access, Brakes, Console, Expect, handle};

fn main() -> ExitCode {
    start(
        "console",
        |env| {
            (
                StoreConfig::read(env),
                Access::read(env),
                Brakes::read(env),
                Expect::read(env),
                DepthsConfig::read(env),
            )
        },
        async |(store, access, brakes, expect, depths)| {
            let http = Http::new(None)?;
            let store = Store::new(store, &http);
            let depths = Depths::new(depths, &http);
            let console = Console {
                access,
                brakes,
                expect,
                depths,
            };
            store.warm(std::future::ready(())).await;
            requests::serve("console", async |request| {
                store.refresh();
                handle(&store, &console, &request).await
            })
            .await
        },
    )
}
