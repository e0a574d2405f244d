use std::process::ExitCode;

use adapters::env::Env;
use adapters::http::Http;
use adapters::lambda::{self, http};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::signature::Secrets;
use adapters::stripe::{Stripe, StripeConfig};
use stripe_webhook::handler::{Trust, handle};

fn main() -> ExitCode {
    let read = |env: &Env| {
        let trust = Trust {
            secrets: Secrets::read(env),
            livemode: env.flag("MAKEGOOD_LIVEMODE"),
            account: env.optional("MAKEGOOD_STRIPE_ACCOUNT"),
        };
        (StoreConfig::read(env), StripeConfig::read(env), trust)
    };
    lambda::start("stripe-webhook", read, async |(store, stripe, trust)| {
        let client = Http::new(None)?;
        let (store, stripe) = (Store::new(store, &client), Stripe::new(stripe, client));
        store.warm(std::future::ready(())).await;
        http::serve("stripe-webhook", async |request| {
            store.refresh();
            handle(&store, &trust, &stripe, &request).await
        })
        .await
    })
}
