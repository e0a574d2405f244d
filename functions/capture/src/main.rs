use std::process::ExitCode;

use adapters::lambda::queue::{self, no_schedule, nudged};
use adapters::lambda::start;
use adapters::stripe::{Stripe, StripeConfig};

fn main() -> ExitCode {
    start(
        "capture",
        &["MAKEGOOD_STRIPE_URL"],
        StripeConfig::read,
        async |store, client, stripe| {
            let stripe = Stripe::new(stripe, client);
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
