//! Functions that are killed by a button: each at what only it does.

use super::{BACK, DELIVERED, KEPT, NOTHING, address};
use crate::town::{FORM, Order, Town, between};

/// What a button's function was at when it was killed.
enum At {
    Delivery(Order),
    Undo(Order),
    /// Letters that are nobody's: each is a case.
    Letter,
    Decision(Order),
}

impl Town {
    /// Makes the function act, whatever becomes of it.
    async fn sets_to_work(&self, function: &str, button: &str) -> At {
        self.set("idp-well");
        self.set("webhooks-well");
        match function {
            "checkout" => {
                let form = self.form_of("team-year", &address(button), button).await;
                let checkout = self.shop("/checkout");
                let mut page = None;
                for _click in 0..3 {
                    let answer = self.post(&checkout, FORM, form.as_bytes()).await;
                    page = page.or_else(|| answer.header("location").map(str::to_owned));
                }
                let order = self.pay(&page.expect("a payment page"), "pay=yes").await;
                self.settle().await;
                At::Delivery(order)
            }
            "stripe-webhook" | "provisioning" | "notification" => {
                At::Delivery(self.buys_under("team-year", button).await)
            }
            "capture" => At::Delivery(self.buys_under("team-on-delivery", button).await),
            "refund" => {
                self.set("idp-teams");
                At::Undo(self.buys_under("team-year", button).await)
            }
            "reconciliation" => {
                self.set("webhooks-drop");
                let order = self.buys_under("team-year", button).await;
                self.minutes(12).await;
                At::Delivery(order)
            }
            "coordination" => {
                self.stack.sqs.send("ProvisioningDeadQueue", "none of ours");
                self.settle().await;
                At::Letter
            }
            "console" => {
                self.set("refunds-no");
                self.set("idp-teams");
                let order = self.buys_under("team-year", button).await;
                self.set("stripe-well");
                self.decides_by_clicks(&order).await;
                At::Decision(order)
            }
            other => panic!("nobody checks {button} of {other}"),
        }
    }

    /// Chooses Retry, and clicks again where nothing came back.
    async fn decides_by_clicks(&self, order: &Order) {
        let page = format!("{}/console/orders/{}", self.stack.places.shop, order.id);
        let headers = [("cookie", self.cookie().await)];
        let mut shown = self.get(&page, &headers).await;
        if shown.status != 200 {
            shown = self.get(&page, &headers).await;
        }
        let shown = shown.text();
        let case = between(&shown, "action=\"/console/cases/", "/preview\"");
        let mut told = Vec::new();
        for _click in 0..2 {
            let answer = self
                .send_choice(&case, "decide", &shown, "retry", "Stripe has lifted the restriction.")
                .await;
            told.push(answer.status);
        }
        assert!(
            told.contains(&409),
            "the second click is told that it was decided: {told:?}"
        );
        self.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_killed_as_the_switches_say() {
    let town = Town::open().await;
    let mut killed = Vec::new();
    for button in town.buttons("Functions").await {
        let (how, function) = button.split_once('-').expect("a function");
        assert!(["now", "effect", "record"].contains(&how), "nobody checks {button}");
        let life = town.stack.emulator.life(function).expect("the function");
        let deaths = || life.borrow().deaths;
        let before = deaths();
        town.press(&button).await;
        let at = town.sets_to_work(function, &button).await;
        assert!(deaths() > before, "{button} kills nobody");
        killed.push((button.clone(), at));
    }
    town.set("all-well");
    town.heals().await;
    let letters = killed.iter().filter(|(_, at)| matches!(at, At::Letter)).count();
    for (button, at) in &killed {
        match at {
            At::Delivery(order) => {
                town.has(order, DELIVERED, KEPT, button);
                // Killed between the word that it goes and the word that it went: nobody knows, so none is sent again.
                let sent = usize::from(button != "record-notification");
                assert_eq!(town.mails_to(&address(button)).len(), sent, "{button}");
                let perhaps = town.order_page(order).await.contains("perhaps sent");
                let unknown = ["effect-notification", "record-notification"].contains(&button.as_str());
                assert_eq!(perhaps, unknown, "{button}");
            }
            At::Undo(order) | At::Decision(order) => town.has(order, NOTHING, BACK, button),
            At::Letter => {}
        }
    }
    let undone = killed
        .iter()
        .filter(|(_, at)| matches!(at, At::Undo(_) | At::Decision(_)))
        .count();
    assert_eq!(town.stack.world.stripe().refunds.len(), undone, "each goes back once");
    let directory = town.stack.world.directory().users.len();
    let bought = killed.iter().filter(|(_, at)| !matches!(at, At::Letter)).count();
    assert_eq!(directory, bought, "each has one account");
    let inbox = town.console("").await;
    let said = if letters == 1 {
        "One case waits".to_owned()
    } else {
        format!("{letters} cases wait")
    };
    assert!(inbox.contains(&said), "{inbox}");
}
