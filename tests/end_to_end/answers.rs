//! The four answers to a failure, and what each person sees of them.

use std::time::Duration;

use crate::town::Town;

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const BECAUSE: &str =
    "The team could not be set up because the other system refused it, so the full £480.00 is returned.";

#[tokio::test(flavor = "multi_thread")]
async fn undo_takes_back_gives_back_and_everybody_reads_the_same_sentence() {
    let town = Town::open().await;
    town.set("idp-teams");
    let order = town.buy("team-year").await;

    assert_eq!(town.access(&order), NOTHING);
    assert_eq!(town.money(&order), (48_000, 48_000));
    {
        let directory = town.stack.world.directory();
        assert_eq!(directory.users.len(), 1, "the account had been made");
        assert!(directory.users[0].deleted_at.is_some(), "and was taken back");
    }
    let (refund, payment) = {
        let stripe = town.stack.world.stripe();
        assert_eq!(stripe.refunds.len(), 1);
        (stripe.refunds[0].metadata.clone(), stripe.intents[0].metadata.clone())
    };
    assert_eq!(refund["because"], BECAUSE);
    assert_eq!(payment["because"], BECAUSE);
    let (state, words) = town.reads(&order).await;
    assert_eq!(state, "refunded");
    let alerts = town.alerts().join("\n");
    for (whom, text) in [
        ("the customer's page", words),
        ("the customer's mail", town.mail_text("jo@example.com")),
        ("Finance's mail", town.mail_text("finance@shop.example")),
        ("the alert", alerts),
        ("the console", town.console(&format!("/orders/{}", order.id)).await),
    ] {
        assert!(text.contains(BECAUSE), "{whom}:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_waits_for_the_partner_and_nobody_is_refunded() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "paid_setting_up");
    town.minutes(5).await;
    town.hours(5).await;
    assert_eq!(town.state(&order).await, "paid_slow");
    assert!(town.alerts().is_empty(), "{:?}", town.alerts());
    let notes: Vec<String> = town
        .stack
        .world
        .notes()
        .iter()
        .map(|note| note.subject.clone())
        .collect();
    assert_eq!(
        notes,
        ["New, and intended: Setting up the account: nobody knows whether it happened"]
    );

    town.set("idp-well");
    town.hours(1).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
    assert_eq!(town.mails_to("jo@example.com"), ["Your team is ready"]);
    assert!(town.mails_to("finance@shop.example").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn coordinate_hands_it_to_a_person_who_undoes_it() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    assert_eq!(town.state(&order).await, "person_looking");
    let inbox = town.console("").await;
    assert!(inbox.contains("Paid, and not set up"), "{inbox}");
    for told in ["jo@example.com", "finance@shop.example", "service@shop.example"] {
        assert_eq!(town.mails_to(told).len(), 1, "{told}");
    }
    assert_eq!(town.alerts().len(), 1);
    assert_eq!(town.money(&order), (48_000, 0));

    let reason = "Their provider closes for good; agreed with the customer by phone.";
    town.decide(&order, "undo", reason).await;
    // What was asked of the provider may still appear there: the undo ends when it has been looked for.
    town.set("idp-well");
    town.hours(2).await;
    assert_eq!(town.money(&order), (48_000, 48_000));
    assert_eq!(town.access(&order), NOTHING);
    let refund = town.stack.world.stripe().refunds[0].metadata["because"].clone();
    assert!(refund.ends_with(reason), "{refund}");
    assert!(town.mail_text("jo@example.com").contains(reason));
    assert!(
        town.console("").await.contains("Nothing waits for you"),
        "the inbox is empty again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn coordinate_hands_it_to_a_person_who_retries_it() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    assert_eq!(town.state(&order).await, "person_looking");
    town.set("idp-well");
    town.decide(&order, "retry", "The provider is back since noon.").await;
    town.minutes(2).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_leave_it_and_says_why() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    town.decide(&order, "ignore", "Set up by hand in the other tenant.")
        .await;
    assert_eq!(town.state(&order).await, "settled");
    assert_eq!(town.money(&order), (48_000, 0));
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(shown.contains("Set up by hand in the other tenant."), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_stripe_refuses_is_a_case_and_retry_returns_the_money() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.set("refunds-no");
    let order = town.buy("team-year").await;
    assert_eq!(town.money(&order), (48_000, 0));
    assert_eq!(town.access(&order), NOTHING);
    assert_eq!(town.state(&order).await, "refund_delayed");
    assert_eq!(town.mails_to("jo@example.com"), ["Your refund is not complete yet"]);
    let inbox = town.console("").await;
    assert!(inbox.contains("Money owed back, and not returned"), "{inbox}");

    town.set("stripe-well");
    town.decide(&order, "retry", "Stripe has lifted the restriction.").await;
    town.minutes(2).await;
    assert_eq!(town.money(&order), (48_000, 48_000));
    assert_eq!(town.state(&order).await, "refunded");
}

#[tokio::test(flavor = "multi_thread")]
async fn ignore_delivers_though_no_mail_can_be_sent() {
    let town = Town::open().await;
    town.set("mails-no");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
    assert!(town.mails_to("jo@example.com").is_empty());
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert!(shown.contains("could not be sent"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_made_by_hand_takes_the_access_back_and_tells() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    let payment = town.stack.world.stripe().intents[0].id.clone();
    let by_hand = format!("{}/stripe/hand", town.stack.places.world);
    town.post(&by_hand, crate::town::FORM, format!("refund={payment}").as_bytes())
        .await;
    town.settle().await;
    town.minutes(2).await;
    assert_eq!(town.access(&order), NOTHING);
    assert_eq!(town.money(&order), (48_000, 48_000));
    let text = town.mail_text("finance@shop.example");
    assert!(text.contains("returned by hand in Stripe"), "{text}");
    assert!(town.console("").await.contains("Money returned after delivery"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_than_was_due_is_never_delivered() {
    let town = Town::open().await;
    let page = town.order("team-year").await;
    let order = town.pay(&page, "pay=yes&amount=100").await;
    town.settle().await;
    assert_eq!(town.access(&order), NOTHING);
    assert!(town.stack.world.directory().users.is_empty());
    assert_eq!(town.money(&order), (100, 100));
    let (_, words) = town.reads(&order).await;
    assert!(words.contains("£1.00 was paid where £480.00 was due"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_of_minutes_goes_through_the_delay_queue() {
    let town = Town::open().await;
    // It calls the provider too.
    town.stack.world.pause("audit_access");
    town.set("idp-down");
    let order = town.buy("solo-year").await;
    town.set("idp-well");
    let calls = || town.stack.world.directory().calls;
    let before = calls();
    town.later(Duration::from_secs(15), 1).await;
    assert_eq!(calls(), before + 2, "it is looked for, by its mark and by its name");
    assert_eq!(town.state(&order).await, "paid_setting_up");
    // Nobody knows how far a 503 came: nothing is made again before what was asked for can no longer appear.
    town.minutes(16).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_leads_to_the_page_that_says_what_to_do() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.set("refunds-no");
    let order = town.buy("team-year").await;
    let alerts = town.alerts();
    let link = alerts
        .iter()
        .find_map(|text| text.split("What to do: ").nth(1)?.lines().next());
    let link = link.expect("an alert with a link").to_owned();
    let page = town.get(&link, &[("cookie", town.cookie().await)]).await;
    assert!(
        page.status == 200 && page.text().contains("Which button"),
        "{link}: {}",
        page.text()
    );
    assert!(
        town.console(&format!("/orders/{}", order.id))
            .await
            .contains("href=\"/console/runbooks/return_stuck\"")
    );
    for class in domain::case::Class::ALL {
        let page = town.console(&format!("/runbooks/{}", class.name())).await;
        assert!(
            page.contains(domain::wording::class_name(class)) && page.contains("Never"),
            "{page}"
        );
    }
}
