use std::process::ExitCode;

use adapters::depths::{Depths, DepthsConfig};
use adapters::lambda::{http as requests, start};
use adapters::stripe::{Stripe, StripeConfig};
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
                StripeConfig::of_reader(env),
            )
        },
        async |store, http, (access, brakes, expect, depths, stripe)| {
            let depths = Depths::new(depths, &http);
            let stripe = stripe.map(|stripe| Stripe::new(stripe, http));
            let console = Console {
                access,
                brakes,
                expect,
                depths,
                stripe,
            };
            requests::serve("console", async |request| {
                store.refresh();
                handle(&store, &console, &request).await
            })
            .await
        },
    )
}
