//! Each button of the start page, pressed there, and what its line says that one sees then. A button or a group without
//! a check here fails.

mod functions;
mod stripe;

use std::time::Duration;

use crate::panel::BECAUSE;
use crate::town::{FORM, Order, Town, between};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const KEPT: (i64, i64) = (48_000, 0);
const BACK: (i64, i64) = (48_000, 48_000);
const QUARTER: Duration = Duration::from_secs(900);

/// The groups of the page, each with a test of its own.
const GROUPS: [&str; 9] = [
    "Identity provider",
    "Licence service",
    "Stripe",
    "Stripe's messages",
    "Stripe's next answer",
    "Mail server",
    "Other systems",
    "Queues and table",
    "Functions",
];

impl Town {
    /// The buttons that stand under this heading.
    async fn buttons(&self, group: &str) -> Vec<String> {
        let page = self.get(&self.start_page("/"), &[]).await.text();
        let shown = between(&page, &format!("<summary>{group}</summary>"), "</details>");
        let names = shown.split("name=\"what\" value=\"").skip(1);
        let names: Vec<String> = names
            .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
            .collect();
        assert!(!names.is_empty(), "{group} has no button");
        names
    }

    async fn press(&self, button: &str) {
        self.click("/break", &format!("what={button}")).await;
    }

    /// Somebody buys while the button is pressed, known by its name.
    async fn buys_under(&self, product: &str, button: &str) -> Order {
        self.buy_as(product, &address(button), button).await
    }

    fn has(&self, order: &Order, access: (usize, usize, usize), money: (i64, i64), what: &str) {
        assert_eq!((self.access(order), self.money(order)), (access, money), "{what}");
    }

    /// One of everything, one mail among it.
    async fn delivered(&self, order: &Order, button: &str) {
        self.has(order, DELIVERED, KEPT, button);
        self.promised(order, "ready_to_use").await;
        assert_eq!(self.mails_to(&address(button)), ["Your team is ready"], "{button}");
    }

    async fn order_page(&self, order: &Order) -> String {
        self.console(&format!("/orders/{}", order.id)).await
    }
}

fn address(button: &str) -> String {
    format!("{button}@example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_group_of_switches_is_checked() {
    let town = Town::open().await;
    let page = town.get(&town.start_page("/"), &[]).await.text();
    let shown = page.split("<summary>").skip(1);
    let shown: Vec<&str> = shown.filter_map(|rest| rest.split("</summary>").next()).collect();
    assert_eq!(shown, GROUPS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_identity_providers_switches_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Identity provider").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        let order = town.buys_under("team-year", button).await;
        match button {
            "idp-well" => town.delivered(&order, button).await,
            "idp-down" | "idp-busy" => waits_for_the_provider(&town, &order, button).await,
            "idp-teams" => {
                town.has(&order, NOTHING, BACK, button);
                assert!(town.reads(&order).await.1.contains(BECAUSE));
                assert!(town.mail_text(&address(button)).contains(BECAUSE));
                let directory = town.stack.world.directory();
                let account = directory.users.last().expect("an account");
                assert!(account.deleted_at.is_some(), "made, then taken back");
            }
            "idp-refuse" => {
                town.has(&order, NOTHING, BACK, button);
                town.promised(&order, "refunded").await;
            }
            "idp-lose" | "kill" => {
                assert_ne!(town.access(&order), DELIVERED, "{button}");
                let made = town.stack.world.directory().users.len();
                town.later(QUARTER, 3).await;
                town.delivered(&order, button).await;
                assert_eq!(
                    town.stack.world.directory().users.len(),
                    made,
                    "found, and not made again"
                );
            }
            other => panic!("nobody checks {other}"),
        }
    }
}

async fn waits_for_the_provider(town: &Town, order: &Order, button: &str) {
    let said = if button == "idp-busy" {
        "asked us to slow down"
    } else {
        "was out of order"
    };
    let shown = town.order_page(order).await;
    assert!(shown.contains(said), "{button}: {shown}");
    town.minutes(5).await;
    town.hours(5).await;
    town.promised(order, "paid_slow").await;
    town.has(order, NOTHING, KEPT, button);
    town.set("idp-well");
    town.hours(1).await;
    town.delivered(order, button).await;
    // A day of it is a person's.
    town.press(button).await;
    let order = town.buys_under("team-year", &format!("{button}-long")).await;
    town.hours(26).await;
    town.promised(&order, "person_looking").await;
    town.has(&order, NOTHING, KEPT, button);
    town.set("idp-well");
    town.decide(&order, "retry", "The provider is back since noon.").await;
    town.minutes(2).await;
    town.has(&order, DELIVERED, KEPT, button);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_licence_services_switches_do_what_they_say() {
    const PAID: (i64, i64) = (60_000, 0);
    let town = Town::open().await;
    for button in town.buttons("Licence service").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        let order = town.buys_under("team-desktop", button).await;
        let licences = |town: &Town| town.stack.world.licences().of(&order.id).count();
        match button {
            "licences-well" => {}
            "licences-refuse" => {
                town.has(&order, NOTHING, (60_000, 60_000), button);
                continue;
            }
            "licences-down" | "licences-busy" | "licences-lose" => {
                town.has(&order, DELIVERED, PAID, button);
                town.promised(&order, "paid_setting_up").await;
                town.set("licences-well");
                town.later(QUARTER, 3).await;
            }
            other => panic!("nobody checks {other}"),
        }
        town.has(&order, DELIVERED, PAID, button);
        town.promised(&order, "ready_to_use").await;
        assert_eq!(licences(&town), 1, "{button}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_servers_switches_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Mail server").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        let order = town.buys_under("team-year", button).await;
        town.promised(&order, "ready_to_use").await;
        town.has(&order, DELIVERED, KEPT, button);
        let mails = |town: &Town| town.mails_to(&address(button)).len();
        match button {
            "mails-yes" => assert_eq!(mails(&town), 1),
            "mails-no" => {
                town.set("mails-yes");
                town.hours(1).await;
                assert_eq!(mails(&town), 0);
                let shown = town.order_page(&order).await;
                assert!(shown.contains("could not be sent"), "{shown}");
            }
            "mails-down" => {
                assert_eq!(mails(&town), 0);
                town.set("mails-yes");
                town.hours(1).await;
                assert_eq!(mails(&town), 1);
            }
            "mails-back" => the_last_mail_comes_back(&town, &order).await,
            other => panic!("nobody checks {other}"),
        }
    }
}

/// The button was pressed before the order: it is for what comes after.
async fn the_last_mail_comes_back(town: &Town, order: &Order) {
    town.press("mails-back").await;
    town.settle().await;
    let shown = town.order_page(order).await;
    assert!(shown.contains("sent, and came back on"), "{shown}");
    assert!(
        !shown.contains("People who should know, and do not"),
        "it is about no money"
    );
    town.set("idp-teams");
    let order = town.buys_under("team-year", "mails-back-money").await;
    town.press("mails-back").await;
    town.settle().await;
    let shown = town.order_page(&order).await;
    assert!(
        shown.contains("that the money goes back; our messages do not reach them"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_topics_switches_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Other systems").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        let order = town.buys_under("team-year", button).await;
        town.delivered(&order, button).await;
        let heard = |town: &Town| {
            let announcements = town.stack.world.announcements();
            announcements
                .iter()
                .filter(|heard| heard.body.contains(&order.id))
                .count()
        };
        match button {
            "topic-well" => assert_eq!(heard(&town), 1),
            "topic-no" => {
                town.set("topic-well");
                town.hours(1).await;
                assert_eq!(heard(&town), 0, "given up at once");
                let shown = town.order_page(&order).await;
                assert!(shown.contains("Announce again"), "{shown}");
            }
            "topic-down" => {
                assert_eq!(heard(&town), 0);
                town.set("topic-well");
                town.hours(1).await;
                assert_eq!(heard(&town), 1);
            }
            other => panic!("nobody checks {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switches_of_queues_and_table_do_what_they_say() {
    let town = Town::open().await;
    for button in town.buttons("Queues and table").await {
        let button = button.as_str();
        town.set("all-well");
        town.press(button).await;
        if button == "table-down" {
            the_table_is_down(&town, button).await;
            continue;
        }
        let order = town.buys_under("team-year", button).await;
        match button {
            "aws-well" | "queues-double" => {}
            "queues-lose" | "queues-refuse" => {
                town.promised(&order, "paid_setting_up").await;
                town.has(&order, NOTHING, KEPT, button);
                town.press("aws-well").await;
                town.minutes(2).await;
                // Whoever could not nudge the next performer either.
                town.later(QUARTER, 1).await;
            }
            "queues-late" => {
                town.promised(&order, "paid_setting_up").await;
                town.has(&order, NOTHING, KEPT, button);
                town.click("/time", "seconds=900").await;
                town.has(&order, DELIVERED, KEPT, button);
                town.later(QUARTER, 1).await;
            }
            other => panic!("nobody checks {other}"),
        }
        town.delivered(&order, button).await;
    }
}

async fn the_table_is_down(town: &Town, button: &str) {
    town.set("aws-well");
    let form = town.form_of("team-year", &address(button), button).await;
    town.press(button).await;
    let refused = town.post(&town.shop("/checkout"), FORM, form.as_bytes()).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("We could not take the order just now"));
    town.set("aws-well");
    let page = town.submit(&form).await;
    town.press(button).await;
    let order = town.pay(&page, "pay=yes").await;
    town.settle().await;
    town.set("aws-well");
    town.has(&order, NOTHING, KEPT, button);
    town.minutes(1).await;
    town.delivered(&order, button).await;
}
