//! What holds many orders back at once: seen in the console, switched there, said once.

use std::time::Duration;

use crate::town::{FORM, Order, Town, between, fields};

const QUARTER: Duration = Duration::from_secs(900);

impl Town {
    /// Presses the button of a brake, as the page has it now.
    async fn brake(&self, name: &str, reason: &str) -> (u16, String) {
        let page = self.console("/brakes").await;
        let form = between(&page, &format!("action=\"/console/brakes/{name}\""), "</form>");
        let csrf = between(&form, "name=\"csrf\" value=\"", "\"");
        let on = between(&form, "name=\"on\" value=\"", "\"");
        let body = fields(&[("csrf", &csrf), ("on", &on), ("reason", reason)]);
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let url = self.shop(&format!("/console/brakes/{name}"));
        let answer = self
            .http
            .post(&url, &headers, body.into_bytes())
            .await
            .expect("an answer");
        (answer.status, answer.text())
    }

    async fn buyers(&self, count: usize) -> Vec<Order> {
        let mut orders = Vec::new();
        for number in 0..count {
            let form = self
                .form_of("team-year", &format!("jo{number}@example.com"), "Blue")
                .await;
            let page = self.submit(&form).await;
            orders.push(self.pay(&page, "pay=yes").await);
        }
        self.settle().await;
        orders
    }

    /// What operations was woken by.
    fn woken(&self) -> Vec<String> {
        self.stack
            .world
            .alerts()
            .iter()
            .map(|alert| alert.subject.clone())
            .collect()
    }

    fn returned(&self, orders: &[Order]) -> usize {
        orders.iter().filter(|order| self.money(order).1 > 0).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_switched_off_in_the_console_waits_until_it_is_on_again() {
    let town = Town::open().await;
    assert!(
        town.console("/brakes")
            .await
            .contains("Nobody waits: 0 of at most 20 orders in 10 minutes")
    );
    let (status, said) = town.brake("undo", "short").await;
    assert!(
        status == 409 && said.contains("10 to 300 characters"),
        "{status} {said}"
    );
    let reason = "The refunds of last night are looked into.";
    assert_eq!(town.brake("undo", reason).await.0, 303);
    town.set("idp-teams");
    let order = town.buy("team-year").await;
    town.later(QUARTER, 2).await;
    assert_eq!(town.money(&order), (48_000, 0), "nothing is undone");
    let page = town.console("/brakes").await;
    assert!(page.contains("Switched off by Olu") && page.contains(reason), "{page}");
    let woken = town.woken();
    assert!(
        woken.len() == 1 && woken[0].starts_with("Many orders want to be undone at once"),
        "{woken:?}"
    );
    assert_eq!(town.brake("undo", "They were right: it is on again.").await.0, 303);
    town.later(QUARTER, 3).await;
    assert_eq!(town.money(&order), (48_000, 48_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_undos_in_a_minute_are_one_case_and_a_person_releases_them() {
    const ORDERS: usize = 50;
    let town = Town::open().await;
    town.set("idp-teams");
    let orders = town.buyers(ORDERS).await;
    assert_eq!(town.returned(&orders), 20, "as many as the limit allows");
    let inbox = town.console("").await;
    assert!(inbox.contains("One case waits for a person"), "{inbox}");
    let page = town.console("/brakes").await;
    assert!(
        page.contains("all of them wait for a person") && page.contains("Look at the case"),
        "{page}"
    );
    let asks = between(&page, "class=\"button\" href=\"/console/orders/", "\"");
    let asking = orders
        .iter()
        .find(|order| order.id == asks)
        .expect("the order that asks");
    town.decide(asking, "retry", "The provider was set up wrongly; undo them.")
        .await;
    town.later(QUARTER, 4).await;
    assert_eq!(town.returned(&orders), ORDERS);
    assert!(town.console("").await.contains("Nothing waits for you"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_one_alert_and_a_person_can_let_all_try() {
    let town = Town::open().await;
    town.set("idp-down");
    let orders = town.buyers(8).await;
    town.later(Duration::from_secs(60), 5).await;
    let page = town.console("/brakes").await;
    assert!(page.contains("one order at a time tries"), "{page}");
    assert_eq!(town.woken(), ["Setting up the account fails for many orders"]);
    town.set("idp-well");
    assert_eq!(town.brake("account", "").await.0, 303);
    assert!(!town.console("/brakes").await.contains("one order at a time tries"));
    town.later(QUARTER, 4).await;
    for order in &orders {
        assert_eq!(town.state(order).await, "ready_to_use");
    }
    // Held by hand, it ends with the first order that finds the provider well.
    assert_eq!(town.brake("account", "").await.0, 303);
    let held = town.buy("team-year").await;
    assert_eq!(
        town.state(&held).await,
        "ready_to_use",
        "who comes first is not asked to wait"
    );
}
