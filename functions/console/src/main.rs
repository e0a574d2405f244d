use std::process::ExitCode;

use adapters::depths::{Depths, DepthsConfig};
use adapters::lambda::{http as requests, start};
use console::{Access, Brakes, Console, Expect, handle};

fn main() -> ExitCode {
    start(
        "console",
        &[],
        |env| {
            (
                Access::read(env),
                Brakes::read(env),
                Expect::read(env),
                DepthsConfig::read(env),
            )
        },
        async |store, http, (access, brakes, expect, depths)| {
            let depths = Depths::new(depths, &http);
            let console = Console {
                access,
                brakes,
                expect,
                depths,
            };
            requests::serve("console", async |request| {
                store.refresh();
                handle(&store, &console, &request).await
            })
            .await
        },
    )
}
