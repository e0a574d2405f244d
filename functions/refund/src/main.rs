use std::process::ExitCode;

use adapters::brake::brake_limits;
use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::{both, start};
use adapters::scim::{Scim, ScimConfig};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};

fn main() -> ExitCode {
    start(
        "refund",
        |env| {
            let partners = (ScimConfig::read(env), StripeConfig::read(env));
            (StoreConfig::read(env), partners, brake_limits(env))
        },
        async |(store, (scim, stripe), limits)| {
            let client = Http::new(scim.authority.as_deref())?;
            let (store, scim) = (Store::new(store, &client), Scim::new(scim, client.clone()));
            let stripe = Stripe::new(stripe, client);
            store.warm(both(scim.warm(), stripe.warm())).await;
            queue::serve(
                "refund",
                || store.refresh(),
                no_schedule,
                async |record| {
                    nudged(record, async |nudge| {
                        refund::handle(&store, limits, &scim, &stripe, nudge).await
                    })
                    .await
                },
            )
            .await
        },
    )
}
