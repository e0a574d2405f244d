//! Functions that are killed in the middle of a batch: what was done is done once, and the rest comes again. The template
//! hands over one message at a time; whoever raises that must be able to.

use std::time::Duration;

use local::kills::{Act, Moment};

use crate::town::{Order, Town};

const MANY: u32 = 4;
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const QUARTER: Duration = Duration::from_secs(900);

impl Town {
    pub(crate) async fn buy_as(&self, product: &str, email: &str, team: &str) -> Order {
        let form = self.form_of(product, email, team).await;
        let page = self.submit(&form).await;
        let order = self.pay(&page, "pay=yes").await;
        self.settle().await;
        order
    }

    /// So many messages wait in the queue and are handed over at once; the function dies at this act, counted over all of them.
    async fn dies_in_a_batch(&self, queue: &str, function: &str, (act, nth): (Act, u32)) {
        let now = self.stack.world.clock.now_ms();
        let (waiting, ..) = self.stack.sqs.queues().counts(queue, now);
        assert_eq!(waiting, MANY as usize, "{queue}");
        self.stack.world.kills.plan(function, act, Moment::After, nth);
        let deaths = || {
            let life = self.stack.emulator.life(function).expect("the function");
            life.borrow().deaths
        };
        let before = deaths();
        self.stack.sqs.release(queue);
        self.settle().await;
        assert_eq!(deaths(), before + 1, "{function} died in its batch");
        let (_, hidden, _) = self.stack.sqs.queues().counts(queue, now);
        assert!(hidden >= MANY as usize, "none of the batch is deleted");
    }

    async fn crowd(&self, product: &str, name: &str) -> Vec<Order> {
        let mut orders = Vec::new();
        for number in 0..MANY {
            let (email, team) = (format!("{name}{number}@example.com"), format!("{name} {number}"));
            orders.push(self.buy_as(product, &email, &team).await);
        }
        orders
    }

    /// Each has what was paid for, and was told so once.
    fn all_delivered(&self, orders: &[Order], name: &str) {
        for order in orders {
            assert_eq!(self.access(order), DELIVERED, "{}", order.id);
            assert_eq!(self.money(order), (48_000, 0), "{}", order.id);
        }
        for number in 0..MANY {
            let address = format!("{name}{number}@example.com");
            assert_eq!(self.mails_to(&address), ["Your team is ready"], "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_capture_and_notification_killed_in_a_batch() {
    let town = Town::open().await;
    town.stack.set_batches(10);
    for (queue, function, act, product) in [
        // The second order's team.
        ("ProvisioningQueue", "provisioning", (Act::Identity, 5), "team-year"),
        ("CaptureQueue", "capture", (Act::Stripe, 2), "team-on-delivery"),
        ("NotificationQueue", "notification", (Act::Mail, 2), "team-year"),
    ] {
        town.stack.sqs.hold(queue);
        let orders = town.crowd(product, function).await;
        town.dies_in_a_batch(queue, function, act).await;
        town.heals().await;
        town.all_delivered(&orders, function);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refund_killed_in_a_batch() {
    let town = Town::open().await;
    town.stack.set_batches(10);
    town.set("idp-teams");
    town.stack.sqs.hold("RefundQueue");
    let orders = town.crowd("team-year", "refund").await;
    town.dies_in_a_batch("RefundQueue", "refund", (Act::Stripe, 4)).await;
    town.heals().await;
    for order in &orders {
        assert_eq!(town.access(order), (0, 0, 0), "{}", order.id);
        assert_eq!(town.money(order), (48_000, 48_000), "{}", order.id);
    }
    assert_eq!(town.stack.world.stripe().refunds.len(), orders.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn reconciliation_and_coordination_killed_in_a_batch() {
    let town = Town::open().await;
    town.stack.set_batches(10);
    town.set("webhooks-drop");
    town.stack.world.pause("catch_up");
    town.stack.sqs.hold("ReconciliationDelayQueue");
    let orders = town.crowd("team-year", "reconciliation").await;
    town.later(QUARTER, 1).await;
    town.dies_in_a_batch("ReconciliationDelayQueue", "reconciliation", (Act::Record, 3))
        .await;
    town.heals().await;
    town.all_delivered(&orders, "reconciliation");

    town.stack.sqs.hold("ProvisioningDeadQueue");
    for number in 0..MANY {
        town.stack
            .sqs
            .send("ProvisioningDeadQueue", &format!("none of ours, number {number}"));
    }
    town.dies_in_a_batch("ProvisioningDeadQueue", "coordination", (Act::Record, 2))
        .await;
    town.heals().await;
    let inbox = town.console("").await;
    assert!(inbox.contains(&format!("{MANY} cases wait")), "{inbox}");
}
