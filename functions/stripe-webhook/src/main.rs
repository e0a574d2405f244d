use std::process::ExitCode;

use adapters::env::Env;
use adapters::lambda::{self, http};
use adapters::secret::Held;
use adapters::stripe::signature::Secrets;
use adapters::stripe::{Stripe, StripeConfig};
use stripe_webhook::handler::{Trust, handle};

fn main() -> ExitCode {
    let read = |env: &Env| {
        let trust = Trust {
            secrets: Held::read(env, Secrets::read),
            livemode: env.flag("MAKEGOOD_LIVEMODE"),
            account: env.optional("MAKEGOOD_STRIPE_ACCOUNT"),
        };
        (StripeConfig::read(env), trust)
    };
    lambda::start("stripe-webhook", &[], read, async |store, client, (stripe, trust)| {
        let stripe = Stripe::new(stripe, client);
        http::serve("stripe-webhook", async |request| {
            store.refresh();
            handle(&store, &trust, &stripe, &request).await
        })
        .await
    })
}
