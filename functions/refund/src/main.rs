use std::process::ExitCode;

use adapters::brake::brake_limits;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::stripe::{Stripe, StripeConfig};
use adapters::systems::{Systems, SystemsConfig};

fn main() -> ExitCode {
    start(
        "refund",
        &["MAKEGOOD_SCIM_URL", "MAKEGOOD_STRIPE_URL"],
        |env| (SystemsConfig::read(env), StripeConfig::read(env), brake_limits(env)),
        async |store, client, (systems, stripe, limits)| {
            let (systems, stripe) = (Systems::new(systems, client.clone()), Stripe::new(stripe, client));
            queue::serve(
                "refund",
                || store.refresh(),
                no_schedule,
                async |record| {
                    nudged(record, async |nudge| {
                        refund::handle(&store, limits, &systems, &stripe, nudge).await
                    })
                    .await
                },
            )
            .await
        },
    )
}
