//! The start page: the story in one click, and what is done by hand at Stripe. Its switches have their own room.

use crate::town::{FORM, Order, Town, between};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
pub(crate) const BECAUSE: &str =
    "The team could not be set up because the other system refused it, so the full £480.00 is returned.";

impl Town {
    pub(crate) fn start_page(&self, path: &str) -> String {
        format!("{}{path}", self.stack.places.world)
    }

    /// A click on the start page or on Stripe's side.
    pub(crate) async fn click(&self, path: &str, form: &str) {
        let answer = self.post(&self.start_page(path), FORM, form.as_bytes()).await;
        assert_eq!(answer.status, 303, "{path}, {form}: {}", answer.text());
        self.settle().await;
    }

    /// Something is done to the newest payment by hand.
    async fn by_hand(&self, what: &str) {
        let payment = self.stack.world.stripe().intents.last().map(|intent| intent.id.clone());
        let payment = payment.expect("a payment");
        let shown = self.get(&self.start_page("/stripe"), &[]).await.text();
        assert!(
            shown.contains(&format!("name=\"{what}\" value=\"{payment}\"")),
            "no button: {shown}"
        );
        self.click("/stripe/hand", &format!("{what}={payment}")).await;
    }

    pub(crate) async fn promised(&self, order: &Order, state: &str) {
        assert_eq!(self.state(order).await, state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_runs_in_one_click_and_leads_to_what_each_person_sees() {
    let town = Town::open().await;
    // Whatever was broken before.
    town.set("idp-down");
    for round in 1..=2 {
        let run = town.post(&town.start_page("/story"), FORM, b"").await;
        assert_eq!(run.status, 303, "{}", run.text());
        let story = town
            .get(&town.start_page(run.header("location").expect("the story")), &[])
            .await;
        let story = story.text();
        assert!(story.contains(BECAUSE), "{story}");
        town.settle().await;
        let customer = between(&story, "<h2>See it</h2>", "The customer's page");
        let customer = between(&customer, "href=\"", "\"");
        for page in [
            customer,
            town.start_page("/stripe"),
            town.start_page("/mails"),
            town.start_page("/alerts"),
        ] {
            let shown = town.get(&page, &[]).await.text();
            assert!(shown.contains(BECAUSE), "{page}: {shown}");
        }
        let provider = town.get(&town.start_page("/identity"), &[]).await.text();
        assert_eq!(provider.matches("<del>Ada Young</del>").count(), round, "{provider}");
    }
    let start = town.get(&town.start_page("/"), &[]).await.text();
    assert!(start.contains("Everything works."), "{start}");
    assert!(town.console("").await.contains("Nothing waits for you"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_by_hand_at_stripe_is_learned_from_stripe() {
    let town = Town::open().await;
    let page = town
        .submit(&town.form_of("team-year", "debit@example.com", "Blue").await)
        .await;
    let order = town.pay(&page, "pay=debit").await;
    town.settle().await;
    assert_eq!(town.access(&order), NOTHING);
    town.by_hand("arrives").await;
    town.promised(&order, "ready_to_use").await;
    town.by_hand("refund_half").await;
    assert_eq!(town.money(&order), (48_000, 24_000));

    let page = town
        .submit(&town.form_of("solo-year", "bounced@example.com", "").await)
        .await;
    let order = town.pay(&page, "pay=debit").await;
    town.settle().await;
    town.by_hand("bounces").await;
    assert_eq!((town.access(&order), town.money(&order)), (NOTHING, (0, 0)));

    let order = town.buy_as("team-year", "contested@example.com", "Red").await;
    town.by_hand("inquire").await;
    town.by_hand("dispute").await;
    let dispute = town
        .stack
        .world
        .stripe()
        .disputes
        .last()
        .map(|dispute| dispute.id.clone());
    let dispute = dispute.expect("a dispute");
    town.click("/stripe/hand", &format!("dispute_lost={dispute}")).await;
    town.minutes(2).await;
    assert_eq!(town.access(&order), NOTHING, "what the bank took ends the order");

    town.set("idp-down");
    let order = town.buy_as("team-on-delivery", "held@example.com", "Green").await;
    town.by_hand("cancel").await;
    town.set("idp-well");
    town.hours(2).await;
    assert_eq!((town.access(&order), town.money(&order)), (NOTHING, (0, 0)));
    let order = town.buy_as("team-on-delivery", "taken@example.com", "Yellow").await;
    town.promised(&order, "ready_to_use").await;
}
