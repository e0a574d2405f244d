use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::queue::{self, nudged};
use adapters::lambda::{log, start};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};
use reconciliation::handler::{handle, measured, on_schedule};

fn main() -> ExitCode {
    start(
        "reconciliation",
        |env| (StoreConfig::read(env), StripeConfig::read(env)),
        async |(store, stripe)| {
            let client = Http::new(None)?;
            let (store, stripe) = (Store::new(store, &client), Stripe::new(stripe, client));
            store.warm(stripe.warm()).await;
            let scheduled = async |schedule: &str| {
                let ran = on_schedule(&store, &stripe, schedule).await;
                let ran = ran.map_err(|trouble| trouble.to_string())?;
                log::measure(&measured(&ran));
                Ok(())
            };
            queue::serve(
                "reconciliation",
                || store.refresh(),
                scheduled,
                async |record| nudged(record, async |nudge| handle(&store, &stripe, nudge).await).await,
            )
            .await
        },
    )
}
