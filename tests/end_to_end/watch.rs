//! The pages of whoever looks after the whole.

use local::client::Answer;

use crate::town::{FORM, Town, between, fields};

const REASON: &str = "The provider is back since noon.";

impl Town {
    /// Presses a button of the page as it stands.
    async fn presses(&self, page: &str, what: &str, pairs: &[(&str, &str)]) -> Answer {
        let shown = self.console(page).await;
        self.presses_on(&shown, page, what, pairs).await
    }

    /// The same, on a page that was shown, with what it carries.
    async fn presses_on(&self, shown: &str, page: &str, what: &str, pairs: &[(&str, &str)]) -> Answer {
        let carried = |name: &str| between(shown, &format!("name=\"{name}\" value=\""), "\"");
        let mut all = vec![("csrf", carried("csrf"))];
        if what == "begin" {
            all.extend(["choice", "decision", "shown"].map(|name| (name, carried(name))));
        }
        let mut all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.extend(pairs);
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let url = self.shop(&format!("/console{page}/{what}"));
        let sent = self.http.post(&url, &headers, fields(&all).into_bytes());
        sent.await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_listed_and_a_message_that_died_for_good_is_not_well() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    town.set("idp-well");
    let page = town.console(&format!("/orders/{}", order.id)).await;
    for shown in [
        "Setting up the account",
        "not before a person decides",
        "for 23 h",
        "<svg",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("Hello Jo Doe,"), "a letter to copy");
    town.decide(&order, "retry", REASON).await;
    town.minutes(2).await;
    let audit = town.console("/audit").await;
    for shown in [REASON, "Olu", "retry", &order.id, "£480.00", "<code>dec_"] {
        assert!(audit.contains(shown), "{shown}: {audit}");
    }

    // The provider was down for a day, so what is there could not be held against the orders.
    let health = town.console("/health").await;
    let passed_over = "not all of it, since a system did not answer";
    assert!(health.contains(passed_over), "{health}");
    town.hours(26).await;
    let health = town.console("/health").await;
    assert!(health.contains("Our own house is in order"), "{health}");
    town.stack.sqs.send("CoordinationDeadQueue", "{}");
    let health = town.console("/health").await;
    assert!(health.contains("Something in our own house is not well"), "{health}");
    assert!(health.contains("<strong>1</strong>"), "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_case_is_tried_and_then_the_rest_by_one_word() {
    let town = Town::open().await;
    town.set("idp-down");
    let mut orders = Vec::new();
    for team in ["Red", "Green", "Blue"] {
        orders.push(town.buy_as("team-year", &format!("{team}@example.com"), team).await);
    }
    town.hours(26).await;
    town.set("idp-well");
    let class = "/classes/delivery_stuck";
    let page = town.console(class).await;
    assert!(page.contains("3 cases wait") && page.contains("£1440.00"), "{page}");
    let refused = town.presses(class, "preview", &[("choice", "retry")]).await;
    let refused = town
        .presses_on(&refused.text(), class, "begin", &[("reason", REASON)])
        .await;
    assert!(refused.text().contains("Try one case first"), "{}", refused.text());

    town.decide(&orders[0], "retry", REASON).await;
    town.minutes(2).await;
    let page = town.console(class).await;
    assert!(page.contains("It is now: delivered"), "{page}");
    let shown = town.presses(class, "preview", &[("choice", "retry")]).await.text();
    assert!(shown.contains("Before you choose retry for 2 cases"), "{shown}");
    let begun = town.presses_on(&shown, class, "begin", &[("reason", REASON)]).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    town.minutes(3).await;
    let page = town.console(class).await;
    assert!(
        page.contains("2 were decided") && page.contains("No case of this kind is open"),
        "{page}"
    );
    for order in &orders {
        assert_eq!(town.state(order).await, "ready_to_use");
        assert_eq!(town.access(order), (1, 1, 1));
    }
}
