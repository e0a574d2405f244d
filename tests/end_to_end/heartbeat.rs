//! Whether alerts are heard: sent each day, answered in the console, and a case when nobody does.

use crate::town::{FORM, Town, between, fields};

impl Town {
    /// Presses the button of the last test alert, with the token that the page has, or another.
    async fn got_it(&self, csrf: Option<&str>) -> u16 {
        let page = self.console("/alerts").await;
        let form = between(&page, "action=\"/console/alerts/acknowledge\"", "</form>");
        let shown = between(&form, "name=\"csrf\" value=\"", "\"");
        let sent_at = between(&form, "name=\"sent_at\" value=\"", "\"");
        self.answers(csrf.unwrap_or(&shown), &sent_at).await
    }

    async fn answers(&self, csrf: &str, sent_at: &str) -> u16 {
        let body = fields(&[("csrf", csrf), ("sent_at", sent_at)]);
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let url = self.shop("/console/alerts/acknowledge");
        let answer = self.http.post(&url, &headers, body.into_bytes()).await;
        answer.expect("an answer").status
    }

    fn test_alerts(&self) -> usize {
        self.stack.world.test_alerts().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_alert_that_nobody_answers_is_one_case_and_an_answer_closes_it() {
    let town = Town::with_heartbeat().await;
    assert!(town.console("/alerts").await.contains("No test alert was sent yet"));
    town.hours(2).await;
    assert_eq!(town.test_alerts(), 1, "one a day");
    let text = town.stack.world.test_alerts()[0].text.clone();
    assert!(text.contains("/console/alerts"), "{text}");
    assert!(town.alerts().is_empty(), "it is no alert about an order");

    // Looking is no answer, and neither is a form from elsewhere.
    assert!(
        town.console("/alerts")
            .await
            .contains("Nobody has said yet that it came")
    );
    let looked = town
        .get(
            &town.shop("/console/alerts/acknowledge"),
            &[("cookie", town.cookie().await)],
        )
        .await;
    assert_eq!((looked.status, town.got_it(Some("elsewhere")).await), (404, 403));
    town.hours(24).await;
    assert_eq!(town.test_alerts(), 2);
    let inbox = town.console("").await;
    assert!(
        inbox.contains("One case waits for a person") && inbox.contains("Nobody answers alerts"),
        "{inbox}"
    );
    let page = town.console("/alerts").await;
    assert!(page.contains("a real alert may wake nobody either"), "{page}");
    assert!(town.log("notification").contains("\"AlertsUnheard\":1"));

    let form = between(&page, "action=\"/console/alerts/acknowledge\"", "</form>");
    let csrf = between(&form, "name=\"csrf\" value=\"", "\"");
    assert_eq!(town.answers(&csrf, "5").await, 409, "another test alert");
    assert_eq!(town.got_it(None).await, 303);
    let page = town.console("/alerts").await;
    assert!(page.contains("Olu got it") && !page.contains("I got it"), "{page}");
    assert!(town.console("").await.contains("Nothing waits for you"));
    town.hours(1).await;
    let log = town.log("notification");
    let last = log.lines().rfind(|line| line.contains("HeartbeatRan")).expect("a run");
    assert!(!last.contains("AlertsUnheard"), "{last}");
}
