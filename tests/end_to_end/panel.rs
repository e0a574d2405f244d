//! The start page: the story in one click, and that what a switch promises is what one sees.

use std::time::Duration;

use crate::town::{FORM, Order, Town, between};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const QUARTER: Duration = Duration::from_secs(900);
const DAY: Duration = Duration::from_secs(86_400);
const BECAUSE: &str =
    "The team could not be set up because the other system refused it, so the full £480.00 is returned.";

impl Town {
    fn start_page(&self, path: &str) -> String {
        format!("{}{path}", self.stack.places.world)
    }

    /// A click on the start page or on Stripe's side.
    async fn click(&self, path: &str, form: &str) {
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

    async fn promised(&self, order: &Order, state: &str) {
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
async fn queues_table_and_mail_do_what_the_switches_say() {
    let town = Town::open().await;
    for (number, switch) in ["queues-lose", "queues-late", "queues-refuse", "queues-double"]
        .iter()
        .enumerate()
    {
        town.click("/break", &format!("what={switch}")).await;
        let order = town
            .buy_as("team-year", &format!("q{number}@example.com"), switch)
            .await;
        let at_once = *switch == "queues-double";
        assert_eq!(town.access(&order) == DELIVERED, at_once, "{switch}");
        if *switch != "queues-late" {
            town.click("/break", "what=aws-well").await;
        }
        town.click("/time", "seconds=900").await;
        town.minutes(2).await;
        assert_eq!(town.access(&order), DELIVERED, "{switch}");
        town.set("aws-well");
        // A nudge to the next performer may have come late too.
        town.later(QUARTER, 1).await;
    }
    town.set("mails-down");
    let order = town.buy_as("solo-year", "post@example.com", "").await;
    town.promised(&order, "ready_to_use").await;
    assert!(town.mails_to("post@example.com").is_empty());
    town.set("mails-yes");
    town.hours(1).await;
    assert_eq!(town.mails_to("post@example.com").len(), 1);

    let form = town.form("team-year").await;
    town.set("table-down");
    let refused = town.post(&town.shop("/checkout"), FORM, form.as_bytes()).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    town.set("aws-well");
    let page = town.submit(&form).await;
    town.set("table-down");
    let order = town.pay(&page, "pay=yes").await;
    town.settle().await;
    town.set("aws-well");
    town.minutes(1).await;
    town.promised(&order, "ready_to_use").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_next_answers_do_what_the_switches_say() {
    let town = Town::open().await;
    for (number, how) in ["500-done", "500", "409", "429", "400"].iter().enumerate() {
        town.click("/break", &format!("what=next-{how}-open")).await;
        let form = town.form_of("team-year", &format!("o{number}@example.com"), how).await;
        let first = town.post(&town.shop("/checkout"), FORM, form.as_bytes()).await;
        // What will pass at once is tried again while the buyer waits.
        let unseen = matches!(*how, "409" | "429");
        assert_eq!(first.status, if unseen { 303 } else { 503 }, "{how}: {}", first.text());
        assert!(
            unseen || first.text().contains("press the button again"),
            "{how}: {}",
            first.text()
        );
        let page = town.submit(&form).await;
        let order = town.pay(&page, "pay=yes").await;
        town.settle().await;
        assert_eq!(
            (town.money(&order), town.access(&order)),
            ((48_000, 0), DELIVERED),
            "{how}"
        );
    }
    for (number, how) in ["500-done", "500", "409", "429"].iter().enumerate() {
        town.click("/break", &format!("what=next-{how}-capture")).await;
        let order = town
            .buy_as("team-on-delivery", &format!("c{number}@example.com"), how)
            .await;
        town.later(QUARTER, 4).await;
        assert_eq!(town.money(&order), (48_000, 0), "{how}");
        town.promised(&order, "ready_to_use").await;
    }
    town.set("idp-teams");
    for (number, how) in ["500-done", "500", "409", "429"].iter().enumerate() {
        town.click("/break", &format!("what=next-{how}-refund")).await;
        let order = town.buy_as("team-year", &format!("r{number}@example.com"), how).await;
        town.later(QUARTER, 4).await;
        assert_eq!(town.money(&order), (48_000, 48_000), "{how}");
    }
    town.click("/break", "what=next-400-refund").await;
    let order = town.buy_as("team-year", "refused@example.com", "Green").await;
    town.promised(&order, "refund_delayed").await;
    assert!(town.console("").await.contains("Money owed back, and not returned"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_that_take_days_do_what_the_switches_say() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.click("/break", "what=refunds-pend").await;
    let order = town.buy_as("team-year", "days@example.com", "Blue").await;
    town.promised(&order, "refund_started").await;
    let refund = town.stack.world.stripe().refunds[0].id.clone();
    town.click("/stripe/hand", &format!("refund_succeeds={refund}")).await;
    town.promised(&order, "refunded").await;

    town.click("/break", "what=refunds-poor").await;
    let order = town.buy_as("team-year", "poor@example.com", "Red").await;
    town.later(DAY, 6).await;
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(shown.contains("Refund sent, and not finished"), "{shown}");

    town.click("/break", "what=refunds-ask").await;
    let order = town.buy_as("team-year", "ask@example.com", "Green").await;
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(
        shown.contains("action=\"/console/cases/"),
        "a person knows at once: {shown}"
    );
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
