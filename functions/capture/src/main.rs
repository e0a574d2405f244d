use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};

fn main() -> ExitCode {
    start(
        "capture",
        |env| (StoreConfig::read(env), StripeConfig::read(env)),
        async |(store, stripe)| {
            let client = Http::new(None)?;
            let (store, stripe) = (Store::new(store, &client), Stripe::new(stripe, client));
            store.warm(stripe.warm()).await;
            queue::serve(
                "capture",
                || store.refresh(),
                no_schedule,
                async |record| nudged(record, async |nudge| capture::handle(&store, &stripe, nudge).await).await,
            )
            .await
        },
    )
}
