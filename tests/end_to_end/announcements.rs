//! What other systems hear, from the real notification function.

use local::kills::Act;
use serde_json::Value;

use crate::town::{FORM, Order, Town, between, fields};

impl Town {
    /// Kind and body of everything that was announced.
    fn announced(&self) -> Vec<(String, Value)> {
        let announcements = self.stack.world.announcements();
        let read = |body: &str| serde_json::from_str(body).expect("a body of JSON");
        let one = |heard: &local::world::announcements::Announcement| (heard.kind.clone(), read(&heard.body));
        announcements.iter().map(one).collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.announced().into_iter().map(|(kind, _)| kind).collect()
    }

    /// An operator presses the button on the order's page.
    async fn announce_again(&self, order: &Order, reason: &str) -> u16 {
        let shown = self.console(&format!("/orders/{}", order.id)).await;
        let form = between(
            &shown,
            &format!("action=\"/console/orders/{}/announce\"", order.id),
            "</form>",
        );
        let hidden = |name: &str| between(&form, &format!("name=\"{name}\" value=\""), "\"");
        let fields = fields(&[
            ("csrf", &hidden("csrf")),
            ("notice", &hidden("notice")),
            ("seen", &hidden("seen")),
            ("reason", reason),
        ]);
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let url = self.shop(&format!("/console/orders/{}/announce", order.id));
        let seen = self.get(&url, &[("cookie", self.cookie().await)]).await;
        assert_eq!(seen.status, 404, "nothing is done by looking");
        let answer = self.http.post(&url, &headers, fields.into_bytes()).await;
        self.settle().await;
        answer.expect("an answer").status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_systems_hear_what_became_of_each_order() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    town.set("idp-teams");
    town.buy("team-year").await;
    assert_eq!(town.kinds(), ["OrderDelivered", "OrderUndone"]);
    let (_, body) = &town.announced()[0];
    assert_eq!(body["schema"], "makegood.order.1");
    assert_eq!(
        (&body["type"], &body["order"]),
        (&"OrderDelivered".into(), &order.id.as_str().into())
    );
    let page = format!("{}/announcements", town.stack.places.world);
    let page = town.get(&page, &[]).await.text();
    assert!(
        page.contains("OrderUndone") && !page.contains("jo@example.com"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_refuses_holds_nobody_up_and_a_person_announces_again() {
    let town = Town::open().await;
    town.set("topic-no");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.mails_to("jo@example.com"), ["Your team is ready"]);
    assert!(town.announced().is_empty());
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(shown.contains("could not be sent, given up"), "{shown}");
    assert!(town.console("").await.contains("Nothing waits for you"));
    assert_eq!(town.counted("notification", "announcement_given_up"), 1);

    town.set("topic-well");
    assert_eq!(town.announce_again(&order, "short").await, 409, "a reason is wanted");
    assert!(town.announced().is_empty());
    let reason = "The topic's policy is mended.";
    assert_eq!(town.announce_again(&order, reason).await, 303);
    assert_eq!(town.kinds(), ["OrderDelivered"]);
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(
        shown.contains(reason) && !shown.contains("could not be sent, given up"),
        "{shown}"
    );
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_down_hears_of_it_later_under_the_same_id() {
    let town = Town::open().await;
    town.set("topic-down");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    town.minutes(5).await;
    assert!(town.announced().is_empty());
    town.set("topic-well");
    // Nobody knows whether it was published when its function dies over it.
    town.dies_after("notification", Act::Announcement);
    town.hours(3).await;
    let announced = town.announced();
    assert_eq!(town.kinds(), ["OrderDelivered"; 2]);
    assert_eq!(announced[0].1, announced[1].1);
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
}
