//! Whoever works in the console, with and without scripts: from the list of cases to the end of one.

use super::surfer::{DESK, PHONE, Surfer};

const REASON: &str = "The provider is back since noon.";

#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_from_the_inbox_to_its_end() {
    tokio::join!(
        decides(Surfer::open(PHONE, "phone").await),
        decides(Surfer::open(DESK, "desk").await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_works_without_a_script() {
    decides(Surfer::without_script("no-script").await).await;
}

/// An order that nobody could set up for a day, and the provider is back.
async fn is_stuck(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.press("Is down").await;
    surfer.buys().await;
    surfer.reads("Payment received").await;
    surfer.looks_plain("paid").await;
    surfer.at_start().await;
    surfer.press("A day on").await;
    surfer.press("An hour on").await;
    surfer.press("Works").await;
}

async fn decides(surfer: Surfer) {
    is_stuck(&surfer).await;
    surfer.follow("Console").await;
    surfer.press("Open the console").await;
    surfer.reads("One case waits for a person").await;
    surfer.looks_plain("one-case").await;
    surfer.follow("All of this kind at once").await;
    surfer.reads("Try one, then the rest").await;
    surfer.looks_plain("class").await;
    surfer.follow("Open the order").await;
    surfer.reads("nothing is given back").await;
    surfer.looks_plain("stuck").await;
    surfer.press("Retry...").await;
    surfer.reads("This will happen, in this order").await;
    surfer.looks_plain("before").await;
    surfer.fill("reason", REASON).await;
    surfer.press("Do it: retry").await;
    surfer.reads(REASON).await;
    surfer.looks_plain("decided").await;
    surfer.follow("Console").await;
    surfer.reads("Nothing waits for you").await;
    surfer.looks_plain("no-case").await;
    for (link, says) in [
        ("Decisions", REASON),
        ("Refunds", "Refunds"),
        ("Waiting", "No charge waits"),
        ("What to expect", "What to expect"),
    ] {
        surfer.follow(link).await;
        surfer.reads(says).await;
        surfer.looks_plain(&link.to_lowercase().replace(' ', "-")).await;
    }
    // These are for operations alone.
    for link in ["Health", "Brakes", "Alerts"] {
        surfer.follow(link).await;
        surfer.looks(&link.to_lowercase()).await;
    }
    surfer.close().await;
}
