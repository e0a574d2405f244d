use std::process::ExitCode;

use adapters::brake::brake_limits;
use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::{both, start};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};
use adapters::systems::{Systems, SystemsConfig};

fn main() -> ExitCode {
    start(
        "refund",
        |env| {
            let partners = (SystemsConfig::read(env), StripeConfig::read(env));
            (StoreConfig::read(env), partners, brake_limits(env))
        },
        async |(store, (systems, stripe), limits)| {
            let client = Http::new(systems.authority.as_deref())?;
            let (store, systems) = (Store::new(store, &client), Systems::new(systems, client.clone()));
            let stripe = Stripe::new(stripe, client);
            store.warm(both(systems.warm(), stripe.warm())).await;
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
