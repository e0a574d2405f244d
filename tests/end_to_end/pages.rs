//! What the customer's pages say and how long they go on looking, at the edge: for people without a script, for people
//! with one, and for programs.

use serde_json::{Value, json};

use crate::town::Town;

impl Town {
    /// The status page of the last order, whether or not anybody has paid.
    fn page_of_last(&self) -> String {
        let stripe = self.stack.world.stripe();
        let session = stripe.sessions.last().expect("a session");
        session.success_url.split('?').next().expect("an address").to_owned()
    }

    async fn json(&self, page: &str) -> Value {
        let answer = self.get(page, &[("accept", "application/json".to_owned())]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str(&answer.text()).expect("JSON")
    }

    async fn html(&self, page: &str) -> String {
        self.get(page, &[]).await.text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_when_to_look_again_and_when_no_more() {
    let town = Town::open().await;
    let payment_page = town.order("team-year").await;
    let page = town.page_of_last();
    let said = town.json(&page).await;
    assert_eq!(said["state"], "awaiting_payment");
    assert_eq!(
        said["next"],
        json!({ "say": "Continue to payment", "href": payment_page })
    );
    let at = said["updated_at"].as_str().expect("a time");
    assert!(at.len() == 20 && at.ends_with('Z'), "{at}");
    for (look, wait) in [
        ("0", json!(1_000)),
        ("4", json!(15_000)),
        ("11", Value::Null),
        ("x", Value::Null),
    ] {
        let said = town.json(&format!("{page}?look={look}")).await;
        assert_eq!(
            (&said["next_poll_ms"], &said["final"]),
            (&wait, &json!(false)),
            "{look}"
        );
    }
    town.pay(&payment_page, "pay=yes").await;
    town.settle().await;
    let said = town.json(&page).await;
    assert_eq!(
        (&said["state"], &said["mood"]),
        (&json!("ready_to_use"), &json!("good"))
    );
    assert_eq!((&said["next_poll_ms"], &said["final"]), (&Value::Null, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_a_script_comes_anew_ever_less_often_and_then_no_more() {
    const STOPPED: &str = "<div id=\"again\"><p class=\"soft\">This page has stopped looking for news by itself.";
    let town = Town::open().await;
    let payment_page = town.order("team-year").await;
    let page = town.page_of_last();
    for (look, refresh) in [
        ("0", Some("content=\"5;url=?look=1\"")),
        ("3", Some("content=\"8;url=?look=4\"")),
        ("10", Some("content=\"15;url=?look=11\"")),
        ("11", None),
    ] {
        let html = town.html(&format!("{page}?look={look}")).await;
        match refresh {
            Some(refresh) => assert!(html.contains(refresh) && !html.contains(STOPPED), "{look}: {html}"),
            None => assert!(!html.contains("http-equiv") && html.contains(STOPPED), "{look}: {html}"),
        }
    }
    town.pay(&payment_page, "pay=yes").await;
    town.settle().await;
    let html = town.html(&page).await;
    assert!(!html.contains("http-equiv") && !html.contains("Check again"), "{html}");
}

/// "You have not been charged" is said only where Stripe has just said so.
#[tokio::test(flavor = "multi_thread")]
async fn who_left_the_payment_page_reads_that_nothing_was_charged_as_long_as_it_is_true() {
    let town = Town::open().await;
    let payment_page = town.order("team-year").await;
    let left = format!("{}?cancelled", town.page_of_last());
    let html = town.html(&left).await;
    for words in ["<title>You have not been charged", "Try again", &payment_page] {
        assert!(html.contains(words), "{words}: {html}");
    }
    // Stripe cannot say.
    let known = std::mem::take(&mut town.stack.world.stripe().sessions);
    assert_eq!(town.json(&left).await["state"], "awaiting_payment");
    town.stack.world.stripe().sessions = known;
    assert_eq!(town.json(&left).await["state"], "cancelled");
    // Paid after all, and no webhook has said so.
    town.set("webhooks-drop");
    town.pay(&payment_page, "pay=yes").await;
    assert_ne!(town.json(&left).await["state"], "cancelled");
    town.settle().await;
    assert_eq!(town.json(&left).await["state"], "ready_to_use");
}
