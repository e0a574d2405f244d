//! Alerts on their way: raised for a whole class, answered in the console, taken to the next level, over.

use desk::access::Role;

use crate::planted::pays_for_nobody;
use crate::town::{FORM, Town, between, fields};

impl Town {
    /// Presses *I have it* on the alert that stands.
    async fn has_it(&self, role: Role) -> u16 {
        let cookie = self.cookie_of(role).await;
        let url = self.shop("/console/alerts");
        let page = self.get(&url, &[("cookie", cookie.clone())]).await.text();
        let class = between(&page, "action=\"/console/alerts/", "/take\"");
        let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
        let headers = [("content-type", FORM.to_owned()), ("cookie", cookie)];
        let url = self.shop(&format!("/console/alerts/{class}/take"));
        let got = self.get(&url, &headers[1..]).await;
        assert_eq!(got.status, 404, "looking is no answer");
        let answer = self.http.post(&url, &headers, fields(&[("csrf", &csrf)]).into_bytes());
        answer.await.expect("an answer").status
    }

    fn woken_by(&self) -> Vec<String> {
        let alerts = self.stack.world.alerts();
        alerts.iter().map(|alert| alert.subject.clone()).collect()
    }

    fn escalated(&self) -> Vec<String> {
        let alerts = self.stack.world.escalations();
        alerts.iter().map(|alert| alert.subject.clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_of_no_order_wakes_the_first_level_then_the_next_and_is_over() {
    let town = Town::open().await;
    let now = town.stack.world.clock.now_ms();
    pays_for_nobody(&mut town.stack.world.stripe(), "48000", now);
    town.minutes(1).await;
    town.later(std::time::Duration::from_secs(600), 2).await;
    assert_eq!(town.woken_by(), ["Money that no order claims: one case"]);
    let alert = town.stack.world.alerts()[0].clone();
    assert!(
        alert.text.contains("£480.00 came in") && alert.text.contains("that you have it"),
        "{}",
        alert.text
    );
    let chat: serde_json::Value = serde_json::from_str(&alert.for_chat).expect("Amazon Q's schema");
    assert_eq!(
        (
            chat["version"].as_str(),
            chat["source"].as_str(),
            chat["metadata"]["threadId"].as_str()
        ),
        (Some("1.0"), Some("custom"), Some("money_without_order"))
    );
    assert!(town.escalated().is_empty());
    town.hours(1).await;
    assert_eq!(
        town.escalated(),
        ["Nobody has answered. Money that no order claims: one case"]
    );

    assert_eq!(town.has_it(Role::Finance).await, 409, "for an operator");
    assert_eq!(town.has_it(Role::Operator).await, 303);
    assert!(town.console("/alerts").await.contains("Olu has it since"));
    town.hours(3).await;
    assert_eq!((town.woken_by().len(), town.escalated().len()), (1, 1), "said once");

    let inbox = town.console("").await;
    let case = between(&inbox, "href=\"/console/cases/", "\"");
    let shown = town.console(&format!("/cases/{case}")).await;
    let csrf = between(&shown, "name=\"csrf\" value=\"", "\"");
    let headers = [("content-type", FORM.to_owned()), ("cookie", town.cookie().await)];
    let body = fields(&[("csrf", &csrf), ("reason", "Refunded in Stripe: a friend's test.")]);
    let url = town.shop(&format!("/console/cases/{case}/close"));
    let closed = town
        .http
        .post(&url, &headers, body.into_bytes())
        .await
        .expect("an answer");
    assert_eq!(closed.status, 303);
    town.hours(1).await;
    let over = town.woken_by().last().cloned();
    assert_eq!(over.as_deref(), Some("Over: money that no order claims"));
    assert!(
        town.console("/alerts")
            .await
            .contains("Nothing: nobody has to be woken.")
    );
}
