use std::process::ExitCode;

use adapters::lambda::queue::{self, nudged};
use adapters::lambda::{log, start};
use adapters::stripe::{Stripe, StripeConfig};
use reconciliation::handler::{handle, measured, on_schedule};

fn main() -> ExitCode {
    start(
        "reconciliation",
        &["MAKEGOOD_STRIPE_URL"],
        StripeConfig::read,
        async |store, client, stripe| {
            let stripe = Stripe::new(stripe, client);
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
