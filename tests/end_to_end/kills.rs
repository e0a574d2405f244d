//! Each function is really killed: after its effect outside and before its record, and at its start. Nothing is lost by
//! it, and nothing is done twice.

use std::time::Duration;

use local::kills::{Act, Moment};
use testkit::stripe::Stripe;

use crate::town::{FORM, Order, Town};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const QUARTER: Duration = Duration::from_secs(900);

impl Town {
    /// The function dies when its next such act is done, and hears of it no more.
    pub(crate) fn dies_after(&self, function: &str, act: Act) {
        self.stack.world.kills.plan(function, act, Moment::After, 1);
    }

    /// The function dies when it is about to do this.
    pub(crate) fn dies_before(&self, function: &str, act: Act) {
        self.stack.world.kills.plan(function, act, Moment::Before, 1);
    }

    /// Time for everything that a crash may have left behind: messages come again, leases end, what is uncertain is
    /// looked for.
    pub(crate) async fn heals(&self) {
        self.minutes(7).await;
        self.later(QUARTER, 4).await;
        let planned = self.stack.world.kills.planned().clone();
        assert!(planned.is_empty(), "nobody died at {planned:?}");
    }

    async fn delivered_once(&self, order: &Order) {
        assert_eq!(self.state(order).await, "ready_to_use");
        assert_eq!(self.access(order), DELIVERED);
        assert_eq!(self.money(order), (48_000, 0));
        assert_eq!(self.mails_to("jo@example.com"), ["Your team is ready"]);
    }

    /// Kills a function when it has just been started, a few times in a row.
    async fn killed_at_start(&self, function: &str) {
        let mut life = self.stack.emulator.life(function).expect("the function");
        for _ in 0..3 {
            let before = *life.borrow_and_update();
            self.stack.emulator.kill(function);
            let again = life.wait_for(|life| life.starts > before.starts);
            let again = tokio::time::timeout(Duration::from_secs(20), again).await;
            again.expect("it is started again").expect("the supervisor lives");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_start_each_is_started_again_and_works() {
    let town = Town::open().await;
    let functions: Vec<String> = town.stack.launches.iter().map(|launch| launch.name.clone()).collect();
    assert_eq!(functions.len(), 9, "{functions:?}");
    for function in &functions {
        town.killed_at_start(function).await;
    }
    // Reconciliation and coordination, by what only they do.
    town.set("webhooks-drop");
    let silent = town.buy("team-year").await;
    town.stack.sqs.send("ProvisioningDeadQueue", "none of ours");
    town.later(QUARTER, 1).await;
    assert_eq!(town.access(&silent), DELIVERED);
    assert!(town.console("").await.contains("One case waits"));
    // Webhook, provisioning, capture, refund, notification.
    town.set("stripe-well");
    town.set("idp-teams");
    let undone = town.buy("team-year").await;
    assert_eq!(town.money(&undone), (48_000, 48_000));
    town.set("idp-well");
    let taken = town.buy("team-on-delivery").await;
    assert_eq!(town.money(&taken), (48_000, 0));
    assert_eq!(town.mails_to("finance@shop.example").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn checkout_killed_opens_one_payment_page() {
    let town = Town::open().await;
    let form = town.form("team-year").await;
    let checkout = town.shop("/checkout");
    town.dies_after("checkout", Act::Record);
    town.dies_after("checkout", Act::Stripe);
    town.dies_before("checkout", Act::Record);
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(town.post(&checkout, FORM, form.as_bytes()).await.status);
    }
    // The page says to press again; the third death is before the session's record, its page is known all the same.
    assert_eq!(answers.last(), Some(&303), "{answers:?}");
    assert_eq!(town.stack.world.stripe().sessions.len(), 1);
    let sent = town.post(&checkout, FORM, form.as_bytes()).await;
    let page = sent.header("location").expect("a payment page").to_owned();
    let order = town.pay(&page, "pay=yes").await;
    town.settle().await;
    town.heals().await;
    town.delivered_once(&order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_webhook_killed_hears_it_again() {
    let town = Town::open().await;
    town.dies_before("stripe-webhook", Act::Record);
    town.dies_after("stripe-webhook", Act::Record);
    let order = town.buy("team-year").await;
    town.heals().await;
    town.delivered_once(&order).await;

    town.dies_before("stripe-webhook", Act::Nudge);
    let order = town.buy_as("team-on-delivery", "al@example.com", "Red").await;
    town.heals().await;
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_killed_after_each_of_its_effects_makes_each_once() {
    let town = Town::open().await;
    for _step in ["account", "team", "membership"] {
        town.dies_after("provisioning", Act::Identity);
    }
    let order = town.buy("team-year").await;
    town.heals().await;
    town.later(QUARTER, 4).await;
    town.delivered_once(&order).await;
    let directory = town.stack.world.directory();
    assert_eq!(
        (directory.users.len(), directory.groups.len()),
        (1, 1),
        "none was ever made twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refund_killed_after_each_of_its_effects_gives_back_once() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.dies_after("refund", Act::Identity);
    town.dies_after("refund", Act::Stripe);
    town.dies_after("refund", Act::Stripe);
    let order = town.buy("team-year").await;
    town.heals().await;
    assert_eq!(town.state(&order).await, "refunded");
    assert_eq!(town.access(&order), NOTHING);
    assert_eq!(town.money(&order), (48_000, 48_000));
    assert_eq!(town.stack.world.stripe().refunds.len(), 1);
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refund_killed_after_a_hold_is_released_charges_nothing() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.dies_after("refund", Act::Stripe);
    town.dies_after("refund", Act::Stripe);
    let order = town.buy("team-on-delivery").await;
    town.heals().await;
    assert_eq!(town.state(&order).await, "hold_released");
    let money = town.stack.world.stripe().money(&order.id);
    assert_eq!((money.captured, money.held), (0, 0));
    assert_eq!(town.access(&order), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn capture_killed_after_its_effect_takes_the_money_once() {
    let town = Town::open().await;
    town.dies_after("capture", Act::Stripe);
    let order = town.buy("team-on-delivery").await;
    town.heals().await;
    town.delivered_once(&order).await;
    let captures = |stripe: &Stripe| {
        let events = stripe.events.iter();
        events.filter(|event| event.kind == "charge.captured").count()
    };
    assert_eq!(captures(&town.stack.world.stripe()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn notification_killed_after_its_effect_tells_nobody_twice() {
    let town = Town::open().await;
    // What it says of all orders would die in place of this one's alert.
    town.stack.world.pause("watch");
    town.set("idp-teams");
    town.dies_after("notification", Act::Mail);
    town.dies_after("notification", Act::Alert);
    let order = town.buy("team-year").await;
    town.heals().await;
    assert_eq!(town.state(&order).await, "refunded");
    for address in ["jo@example.com", "finance@shop.example"] {
        assert_eq!(town.mails_to(address).len(), 1, "{address}");
    }
    assert_eq!(town.alerts().len(), 1);
    // What nobody can know is recorded as that.
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    assert_eq!(shown.matches("perhaps sent").count(), 2, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliation_killed_between_claim_nudge_and_record_asks_again() {
    let town = Town::open().await;
    // They would find the payment before the order is overdue.
    town.stack.world.pause("catch_up");
    town.stack.world.pause("audit_money");
    town.set("webhooks-drop");
    town.dies_after("reconciliation", Act::Claim);
    town.dies_before("reconciliation", Act::Nudge);
    town.dies_before("reconciliation", Act::Record);
    let order = town.buy("team-year").await;
    town.later(QUARTER, 3).await;
    town.heals().await;
    town.delivered_once(&order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coordination_killed_around_its_record_loses_no_letter() {
    let town = Town::open().await;
    town.dies_before("coordination", Act::Record);
    town.dies_after("coordination", Act::Record);
    town.stack.sqs.send("ProvisioningDeadQueue", "none of ours");
    town.minutes(5).await;
    let inbox = town.console("").await;
    assert!(inbox.contains("One case waits"), "{inbox}");

    // A letter that names an order, whose own nudge was lost: armed again.
    town.set("queues-lose");
    let order = town.buy("team-year").await;
    town.set("queues-well");
    assert_eq!(town.access(&order), NOTHING);
    town.dies_before("coordination", Act::Nudge);
    let letter = format!("{{\"order\":\"{}\"}}", order.id);
    town.stack.sqs.send("ProvisioningDeadQueue", &letter);
    town.heals().await;
    town.delivered_once(&order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn console_killed_after_the_record_decides_once() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    let case = crate::town::between(&shown, "action=\"/console/cases/", "/preview\"");
    let reason = "Agreed with the customer by phone.";
    let preview = town.send_choice(&case, "preview", &shown, "undo", reason).await.text();
    town.dies_before("console", Act::Record);
    let lost = town.send_choice(&case, "decide", &preview, "undo", reason).await;
    town.dies_after("console", Act::Record);
    let unheard = town.send_choice(&case, "decide", &preview, "undo", reason).await;
    let again = town.send_choice(&case, "decide", &preview, "undo", reason).await;
    let other = town.send_choice(&case, "decide", &shown, "retry", reason).await;
    assert_eq!(
        (lost.status, unheard.status, again.status, other.status),
        (500, 500, 303, 409),
        "{}",
        other.text()
    );
    town.set("idp-well");
    town.settle().await;
    town.heals().await;
    town.later(QUARTER, 4).await;
    assert_eq!(town.money(&order), (48_000, 48_000));
    assert_eq!(town.access(&order), NOTHING);
    assert_eq!(town.stack.world.stripe().refunds.len(), 1);
}
