//! Messages that should not be there: for nobody's order, with an order to refund in them, and the same twice at once.
//! What is asked is what Stripe and the identity provider have then.

use std::time::Duration;

use serde_json::{Value, json};

use crate::town::{Order, Town};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const LIMIT: Duration = Duration::from_secs(50);
const QUEUES: [&str; 5] = [
    "ProvisioningQueue",
    "RefundQueue",
    "NotificationQueue",
    "CaptureQueue",
    "ReconciliationQueue",
];
/// A message dies after so many receives, each of which hides it for five minutes.
const UNTIL_DEAD: (Duration, u32) = (Duration::from_secs(310), 6);

#[tokio::test(flavor = "multi_thread")]
async fn a_nudge_for_nobodys_order_moves_nothing_and_is_a_case() {
    let town = Town::open().await;
    // Its case wakes operations, as it should.
    town.stack.world.pause("watch");
    town.buy("team-year").await;
    let before = town.partners();
    for queue in QUEUES {
        town.stack
            .sqs
            .send(queue, r#"{"order":"ord_00000000000000000000beef"}"#);
    }
    town.later(UNTIL_DEAD.0, UNTIL_DEAD.1).await;
    assert_eq!(town.partners(), before);
    let inbox = town.console("").await;
    assert!(inbox.contains("5 cases wait"), "{inbox}");
    let named = "a message names the order ord_00000000000000000000beef, which does not exist";
    assert_eq!(inbox.matches(named).count(), 5, "{inbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_says_refund_refunds_nothing_and_is_a_case() {
    let town = Town::open().await;
    // Its cases wake operations, as they should.
    town.stack.world.pause("watch");
    let order = town.buy("team-year").await;
    let payment = town.stack.world.stripe().intents[0].id.clone();
    let before = town.partners();
    let forged = [
        json!({ "order": order.id, "refund": true }),
        json!({ "order": order.id, "do": "refund", "amount": 48_000, "because": "I say so" }),
        json!({ "order": order.id, "order_state": "undoing" }),
        json!({ "refund": payment }),
        json!({ "payment_intent": payment, "amount": 48_000 }),
        json!([{ "order": order.id }]),
        json!("refund this"),
    ];
    for body in &forged {
        town.stack.sqs.send("RefundQueue", &body.to_string());
    }
    town.later(UNTIL_DEAD.0, UNTIL_DEAD.1).await;
    assert_eq!(town.partners(), before);
    assert_eq!((town.access(&order), town.money(&order)), (DELIVERED, (48_000, 0)));
    let inbox = town.console("").await;
    assert!(inbox.contains(&format!("{} cases wait", forged.len())), "{inbox}");
    assert!(!inbox.contains("I say so"), "a case repeats what was sent: {inbox}");
}

impl Town {
    /// What the queue's function is invoked with for this order.
    fn nudge(queue: &str, order: &Order) -> Vec<u8> {
        let body = json!({ "order": order.id }).to_string();
        json!({ "Records": [{ "messageId": "one", "body": body, "eventSourceARN": local::sqs::arn(queue) }] })
            .to_string()
            .into_bytes()
    }

    /// The message comes to two processes. The first is in the middle of its effect, done and not answered, when the
    /// second has come and gone.
    async fn twice_at_once(&self, (queue, function): (&str, &str), order: &Order, done: impl Fn(&Self) -> bool) {
        let secret = format!("{}{}Secret", function[..1].to_uppercase(), &function[1..]);
        let read = self.stack.world.secret_reads(&secret);
        self.stack.emulator.one_more(function);
        // A process reads its secret when it starts.
        while self.stack.world.secret_reads(&secret) == read {
            tokio::task::yield_now().await;
        }
        let nudge = Self::nudge(queue, order);
        let first = self.stack.emulator.invoke(function, nudge.clone(), LIMIT);
        let second = async {
            while !done(self) {
                tokio::task::yield_now().await;
            }
            let calls = || (self.stack.world.stripe().calls, self.stack.world.directory().calls);
            let before = calls();
            let told = self.stack.emulator.invoke(function, nudge, LIMIT).await;
            assert_eq!(calls(), before, "the second process asks nobody for anything");
            told
        };
        tokio::pin!(first);
        let second = tokio::select! {
            told = &mut first => panic!("{function} waits for no answer: {told:?}"),
            told = second => told,
        };
        for told in [second, first.await] {
            let told: Value = serde_json::from_slice(&told.expect("an answer")).expect("JSON");
            assert_eq!(told, json!({ "batchItemFailures": [] }));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_nudge_twice_at_once_makes_one_account() {
    let town = Town::open().await;
    town.stack.sqs.hold("ProvisioningQueue");
    let order = town.buy("team-year").await;
    town.set("idp-lose");
    let made = |town: &Town| town.stack.world.directory().users.len() == 1;
    town.twice_at_once(("ProvisioningQueue", "provisioning"), &order, made)
        .await;
    // The message itself comes too.
    town.stack.sqs.release("ProvisioningQueue");
    town.heals().await;
    assert_eq!((town.access(&order), town.money(&order)), (DELIVERED, (48_000, 0)));
    let ever = |town: &Town| {
        let directory = town.stack.world.directory();
        (directory.users.len(), directory.groups.len())
    };
    assert_eq!(ever(&town), (1, 1), "none was ever made twice");
    assert_eq!(town.mails_to("jo@example.com").len(), 1);

    // Whoever is first, in whatever order their calls come.
    for number in 2..8 {
        town.stack.sqs.hold("ProvisioningQueue");
        let email = format!("jo{number}@example.com");
        let order = town.buy_as("team-year", &email, "Red").await;
        let nudge = || {
            let nudge = Town::nudge("ProvisioningQueue", &order);
            town.stack.emulator.invoke("provisioning", nudge, LIMIT)
        };
        let (one, other) = tokio::join!(nudge(), nudge());
        assert!(one.is_ok() && other.is_ok(), "{one:?}, {other:?}");
        town.stack.sqs.release("ProvisioningQueue");
        town.settle().await;
        assert_eq!((town.access(&order), town.money(&order)), (DELIVERED, (48_000, 0)));
        assert_eq!(ever(&town), (number, number), "none was ever made twice");
        assert_eq!(town.mails_to(&email).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_nudge_twice_at_once_gives_back_once() {
    let town = Town::open().await;
    town.set("idp-teams");
    town.stack.sqs.hold("RefundQueue");
    let order = town.buy("team-year").await;
    assert_eq!(town.money(&order), (48_000, 0));
    town.set("next-lost-refund");
    let returned = |town: &Town| town.stack.world.stripe().refunds.len() == 1;
    town.twice_at_once(("RefundQueue", "refund"), &order, returned).await;
    town.stack.sqs.release("RefundQueue");
    town.heals().await;
    assert_eq!((town.access(&order), town.money(&order)), (NOTHING, (48_000, 48_000)));
    assert_eq!(town.stack.world.stripe().refunds.len(), 1);
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
}
