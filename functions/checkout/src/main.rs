use std::process::ExitCode;

use adapters::lambda::{http, start};
use adapters::stripe::{Stripe, StripeConfig};
use checkout::{Shop, handle};

fn main() -> ExitCode {
    start(
        "checkout",
        &["MAKEGOOD_STRIPE_URL"],
        |env| (StripeConfig::of_shop(env), Shop::of(env)),
        async |store, client, (stripe, shop)| {
            let (stripe, shop) = (Stripe::new(stripe, client), shop?);
            http::serve("checkout", async |request| {
                store.refresh();
                handle(&store, &stripe, &shop, &request).await
            })
            .await
        },
    )
}
