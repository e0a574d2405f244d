use std::process::ExitCode;

use adapters::http::Http;
use adapters::lambda::{http, start};
use adapters::store::{Store, StoreConfig};
use adapters::stripe::{Stripe, StripeConfig};
use checkout::{Shop, handle};

fn main() -> ExitCode {
    start(
        "checkout",
        |env| (StoreConfig::read(env), StripeConfig::of_shop(env), Shop::of(env)),
        async |(store, stripe, shop)| {
            let (shop, client) = (shop?, Http::new(None)?);
            let (store, stripe) = (Store::new(store, &client), Stripe::new(stripe, client));
            store.warm(stripe.warm()).await;
            http::serve("checkout", async |request| {
                store.refresh();
                handle(&store, &stripe, &shop, &request).await
            })
            .await
        },
    )
}
