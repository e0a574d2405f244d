//! The status page in the states that are seldom seen, at the width of a phone.

use super::surfer::{PHONE, Surfer};

const TEAM: &str = "Team plan";

#[tokio::test(flavor = "multi_thread")]
async fn a_status_page_can_be_read_in_its_seldom_seen_states() {
    let surfer = Surfer::open(PHONE, "status").await;
    nobody_pays(&surfer).await;
    the_bank_takes_days(&surfer).await;
    the_team_is_refused(&surfer).await;
    the_bank_contests(&surfer).await;
    the_provider_is_down(&surfer).await;
    surfer.close().await;
}

impl Surfer {
    async fn says(&self, headline: &str, name: &str) {
        self.is_headed(headline).await;
        self.looks_plain(name).await;
    }

    /// Something is done to the newest payment by hand, and the customer looks again.
    async fn by_hand(&self, hand: &str, page: &str) {
        self.at_start().await;
        self.follow("Stripe's side").await;
        self.press(hand).await;
        self.goes(page).await;
    }

    /// Time goes by, and the customer looks again.
    async fn later(&self, steps: &[&str], page: &str) {
        self.at_start().await;
        for step in steps {
            self.press(step).await;
        }
        self.goes(page).await;
    }
}

async fn nobody_pays(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.orders(TEAM).await;
    surfer.follow("Back without paying").await;
    surfer.is_headed("You have not been charged").await;
    let page = surfer.address().await;
    surfer.goes(&format!("{page}x")).await;
    surfer.says("We cannot find that order", "unknown-link").await;
    surfer.later(&["An hour on"; 3], &page).await;
    surfer.reads("closed without a payment").await;
    surfer.says("You have not been charged", "not-charged").await;
}

async fn the_bank_takes_days(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.orders(TEAM).await;
    surfer.press("Pay by bank debit, which takes days").await;
    surfer.says("Your bank has not confirmed yet", "processing").await;
    let page = surfer.address().await;
    surfer.by_hand("The bank says no", &page).await;
    surfer.says("The payment did not go through", "failed").await;
}

/// Ends with an order whose refund Stripe refuses.
async fn the_team_is_refused(surfer: &Surfer) {
    for (switch, plan, headline, name) in [
        (
            "Account yes, team no",
            "Team plan, paid on delivery",
            "You have not been charged",
            "hold-released",
        ),
        (
            "Refunds take days",
            TEAM,
            "We could not set up your team, so we are refunding you £480.00",
            "refund-started",
        ),
        (
            "Refunds wait for the customer",
            TEAM,
            "Your refund of £480.00 needs a word from you",
            "refund-asks-you",
        ),
        (
            "Refuses refunds",
            TEAM,
            "Your refund is not complete yet",
            "refund-delayed",
        ),
    ] {
        surfer.at_start().await;
        surfer.press(switch).await;
        surfer.orders(plan).await;
        surfer.press("Pay £480.00").await;
        surfer.says(headline, name).await;
    }
}

async fn the_bank_contests(surfer: &Surfer) {
    let page = surfer.address().await;
    surfer.by_hand("The customer's bank contests it", &page).await;
    surfer
        .says("Your bank is deciding about £480.00", "refund-contested")
        .await;
    surfer.by_hand("The customer wins", &page).await;
    surfer
        .says("Your bank has returned £480.00 to you", "returned-by-bank")
        .await;
}

async fn the_provider_is_down(surfer: &Surfer) {
    surfer.at_start().await;
    surfer.press("Mend everything").await;
    surfer.press("Is down").await;
    surfer.buys().await;
    surfer.is_headed("Payment received: we are setting up your team").await;
    let page = surfer.address().await;
    surfer.later(&["An hour on", "An hour on"], &page).await;
    surfer
        .says("Payment received: set-up is taking longer", "paid-slow")
        .await;
    surfer.later(&["A day on", "An hour on"], &page).await;
    surfer
        .says(
            "Payment received: one of our people is looking at this",
            "person-looking",
        )
        .await;
}
