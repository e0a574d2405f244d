use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::{both, start};
use adapters::scim::{Scim, ScimConfig};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};

fn main() -> ExitCode {
    start(
        "refund",
        |env| (StoreConfig::read(env), ScimConfig::read(env), StripeConfig::read(env)),
        async |(store, scim, stripe)| {
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
                        refund::handle(&store, &scim, &stripe, nudge).await
                    })
                    .await
                },
            )
            .await
        },
    )
}
