//! Stripe's three groups.

use std::time::Duration;

use super::{BACK, DELIVERED, KEPT, NOTHING, QUARTER, address};
use crate::town::{FORM, Order, Town};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(flavor = "multi_thread")]
async fn stripes_switches_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Stripe").await {
        let button = button.as_str();
        town.set("all-well");
        town.set("idp-teams");
        town.press(button).await;
        let order = town.buys_under("team-year", button).await;
        let newest = || town.stack.world.stripe().refunds.last().map(|refund| refund.id.clone());
        match button {
            "stripe-well" => town.promised(&order, "refunded").await,
            "refunds-no" => {
                town.has(&order, NOTHING, KEPT, button);
                town.promised(&order, "refund_delayed").await;
                assert!(town.console("").await.contains("Money owed back, and not returned"));
                town.press("stripe-well").await;
                town.decide(&order, "retry", "Stripe has lifted the restriction.").await;
                town.minutes(2).await;
            }
            "refunds-pend" | "refunds-poor" => {
                town.promised(&order, "refund_started").await;
                let refund = newest().expect("a refund");
                town.click("/stripe/hand", &format!("refund_succeeds={refund}")).await;
                town.promised(&order, "refunded").await;
                let order = town.buys_under("team-year", &format!("{button}-fails")).await;
                let refund = newest().expect("a refund");
                town.click("/stripe/hand", &format!("refund_fails={refund}")).await;
                town.has(&order, NOTHING, KEPT, button);
                assert!(a_person_may_decide(&town, &order).await, "{button}");
                let order = town.buys_under("team-year", &format!("{button}-waits")).await;
                town.later(DAY, 6).await;
                let shown = town.order_page(&order).await;
                assert!(shown.contains("Refund sent, and not finished"), "{shown}");
            }
            "refunds-ask" => assert!(a_person_may_decide(&town, &order).await, "a person knows at once"),
            other => panic!("nobody checks {other}"),
        }
        if button != "refunds-ask" {
            town.has(&order, NOTHING, BACK, button);
        }
    }
}

async fn a_person_may_decide(town: &Town, order: &Order) -> bool {
    town.order_page(order).await.contains("action=\"/console/cases/")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switches_of_stripes_messages_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Stripe's messages").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        let told = || town.stack.world.stripe().events.len();
        let before = told();
        let order = town.buys_under("team-year", button).await;
        match button {
            "webhooks-well" | "webhooks-double" | "webhooks-reverse" => {}
            "webhooks-twin" => {
                let events = town.stack.world.stripe().events.clone();
                for pair in events[before..].chunks(2) {
                    assert_eq!(pair[0].kind, pair[1].kind);
                    assert_ne!(pair[0].id, pair[1].id);
                }
                assert!(events.len() > before);
            }
            "webhooks-drop" | "webhooks-mute" | "webhooks-late" => {
                town.promised(&order, "awaiting_payment").await;
                assert_eq!(told() == before, button == "webhooks-mute", "{button}");
                town.get(&order.back, &[]).await;
                town.settle().await;
                town.delivered(&order, button).await;
                let all = town.partners();
                town.minutes(11).await;
                assert_eq!(town.partners(), all, "what comes late changes nothing");
                // Whoever does not come back is asked about.
                let closed = town.buys_under("team-year", &format!("{button}-closed")).await;
                town.has(&closed, NOTHING, KEPT, button);
                town.later(QUARTER, 1).await;
                town.has(&closed, DELIVERED, KEPT, button);
            }
            other => panic!("nobody checks {other}"),
        }
        town.delivered(&order, button).await;
        // The same end for what goes back.
        town.set("idp-teams");
        let undone = town.buys_under("team-year", &format!("{button}-undone")).await;
        town.later(QUARTER, 2).await;
        town.has(&undone, NOTHING, BACK, button);
        assert_eq!(
            town.mails_to(&address(&format!("{button}-undone"))).len(),
            1,
            "{button}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_next_answers_do_what_the_switches_say() {
    let town = Town::open().await;
    for button in town.buttons("Stripe's next answer").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        assert_eq!(town.stack.world.stripe().faults.next.len(), 1, "{button}");
        match button.rsplit_once('-').expect("a call") {
            ("next-500-done" | "next-500" | "next-lost" | "next-400", "open") => opens(&town, button, 503).await,
            // What will pass at once is tried again while the buyer waits.
            ("next-409" | "next-429", "open") => opens(&town, button, 303).await,
            ("next-400", "capture") => {
                let order = town.buys_under("team-on-delivery", button).await;
                town.later(QUARTER, 2).await;
                town.has(&order, NOTHING, (0, 0), button);
                assert_eq!(town.stack.world.stripe().money(&order.id).held, 0);
                assert!(a_person_may_decide(&town, &order).await, "a case asks why");
            }
            ("next-500-done" | "next-500" | "next-lost" | "next-409" | "next-429", "capture") => {
                let captured = || {
                    let stripe = town.stack.world.stripe();
                    stripe
                        .events
                        .iter()
                        .filter(|event| event.kind == "charge.captured")
                        .count()
                };
                let before = captured();
                let order = town.buys_under("team-on-delivery", button).await;
                town.later(QUARTER, 4).await;
                town.delivered(&order, button).await;
                assert_eq!(captured(), before + 1, "{button}");
            }
            ("next-400", "refund") => {
                town.set("idp-teams");
                let order = town.buys_under("team-year", button).await;
                town.promised(&order, "refund_delayed").await;
                town.has(&order, NOTHING, KEPT, button);
                assert!(
                    town.order_page(&order)
                        .await
                        .contains("Money owed back, and not returned")
                );
            }
            ("next-500-done" | "next-500" | "next-lost" | "next-409" | "next-429", "refund") => {
                town.set("idp-teams");
                let before = town.stack.world.stripe().refunds.len();
                let order = town.buys_under("team-year", button).await;
                town.later(QUARTER, 4).await;
                town.has(&order, NOTHING, BACK, button);
                assert_eq!(town.stack.world.stripe().refunds.len(), before + 1, "{button}");
            }
            _ => panic!("nobody checks {button}"),
        }
        assert!(
            town.stack.world.stripe().faults.next.is_empty(),
            "{button} had no effect"
        );
    }
}

/// The shop's answer to the first click; the second leads to the payment page.
async fn opens(town: &Town, button: &str, status: u16) {
    let form = town.form_of("team-year", &address(button), button).await;
    let first = town.post(&town.shop("/checkout"), FORM, form.as_bytes()).await;
    assert_eq!(first.status, status, "{button}: {}", first.text());
    let again = status == 303 || first.text().contains("press the button again");
    assert!(again, "{button}: {}", first.text());
    let page = town.submit(&form).await;
    let order = town.pay(&page, "pay=yes").await;
    town.settle().await;
    town.delivered(&order, button).await;
}
