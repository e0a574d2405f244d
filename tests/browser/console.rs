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

/// Lists with lines in them, an alert that stands, several found, what to expect, what to do, and all of a kind at once.
#[tokio::test(flavor = "multi_thread")]
async fn every_other_page_has_something_on_it() {
    tokio::join!(
        reads_on(Surfer::open(PHONE, "phone").await),
        reads_on(Surfer::open(DESK, "desk").await)
    );
}

/// One buyer whose money is back, and twice is not.
async fn owes(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.press("Account yes, team no").await;
    surfer.buys().await;
    surfer.is_headed("We have refunded £480.00").await;
    surfer.at_start().await;
    surfer.press("Refuses refunds").await;
    for _ in 0..2 {
        surfer.at_start().await;
        surfer.buys().await;
        surfer.is_headed("Your refund is not complete yet").await;
    }
    surfer.at_start().await;
    surfer.press("A minute on").await;
}

async fn reads_on(surfer: Surfer) {
    owes(&surfer).await;
    surfer.follow("Console").await;
    surfer.press("Open the console").await;
    surfer.is_headed("2 cases wait for a person").await;
    surfer.follow("What to do").await;
    surfer.reads("Which button").await;
    surfer.looks_plain("runbook").await;
    surfer.goes("/console").await;
    surfer.fill("find", "al@example.com").await;
    surfer.press("Find").await;
    surfer.is_headed("3 orders of this buyer").await;
    surfer.looks_plain("found-several").await;
    surfer.follow("Refunds").await;
    surfer.reads("the other system refused it").await;
    surfer.looks_plain("refunds-made").await;
    surfer.follow("Waiting").await;
    surfer.is_headed("2 charges wait").await;
    surfer.looks_plain("charges-wait").await;
    surfer.follow("Alerts").await;
    surfer.reads("Its cases").await;
    surfer.looks("alert-stands").await;
    for (reader, name) in [
        ("What Finance has to expect", "expect-finance"),
        ("What Customer Service has to expect", "expect-service"),
        ("What a customer sees and reads", "expect-customer"),
    ] {
        surfer.follow("What to expect").await;
        surfer.follow(reader).await;
        surfer.is_headed(reader).await;
        surfer.looks_plain(name).await;
    }
    surfer.follow("What to expect").await;
    surfer.follow("What operations has to expect").await;
    surfer.is_headed("What operations has to expect").await;
    surfer.looks("expect-operations").await;
    surfer.goes("/console/nothing").await;
    surfer.is_headed("There is no such page").await;
    surfer.looks_plain("no-such-page").await;
    tries_one(&surfer).await;
    nobody_answers(&surfer).await;
    surfer.close().await;
}

/// One case of two is decided, and then the other one by the class.
async fn tries_one(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.press("Mend everything").await;
    surfer.follow("Console").await;
    surfer.press("Open the console").await;
    surfer.follow("Open the order").await;
    surfer.press("Retry...").await;
    surfer.fill("reason", REASON).await;
    surfer.press("Do it: retry").await;
    surfer.reads(REASON).await;
    surfer.follow("Console").await;
    surfer.is_headed("One case waits for a person").await;
    surfer.follow("All of this kind at once").await;
    surfer.reads("chose retry for").await;
    surfer.looks_plain("class-tried").await;
    surfer.press("retry, for all of them...").await;
    surfer.is_headed("Before you choose retry for 1 case").await;
    surfer.looks_plain("before-all").await;
    surfer.fill("reason", REASON).await;
    surfer.press("Do it: retry for 1").await;
    surfer.reads("chose retry for 1").await;
    surfer.looks_plain("all-begun").await;
}

/// The daily test alert is not answered: a case that no order has.
async fn nobody_answers(surfer: &Surfer) {
    surfer.at_start().await;
    for step in ["A day on", "A day on", "An hour on"] {
        surfer.press(step).await;
    }
    surfer.follow("Console").await;
    surfer.press("Open the console").await;
    surfer.follow("Look at it").await;
    surfer.reads("No order belongs to it").await;
    surfer.looks("case-of-no-order").await;
}
