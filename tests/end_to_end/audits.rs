//! The audits on their schedules, by the real functions: what Stripe has and what the identity provider has, held against
//! the orders.

use domain::id::OrderId;
use domain::order::State;
use flow::ports::{Archive as _, Basis, Ledger as _};

use crate::planted::{self, Planted};
use crate::town::{Order, Town};

impl Town {
    pub(crate) fn refunds_by_hand(&self, order: &Order) {
        let now = self.stack.world.clock.now_ms();
        let mut stripe = self.stack.world.stripe();
        let of = |metadata: &std::collections::BTreeMap<String, String>| metadata.get("order") == Some(&order.id);
        let intent = stripe.intents.iter().find(|intent| of(&intent.metadata));
        let id = intent.expect("its payment").id.clone();
        stripe.refund_by_hand(&id, now);
    }

    fn removes_last_team(&self) {
        let now = self.stack.world.clock.now_ms();
        let mut directory = self.stack.world.directory();
        directory.groups.last_mut().expect("a team").deleted_at = Some(now);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_add_up_is_a_case_and_a_person_mends_it() {
    let town = Town::open().await;
    let refunded = town.buy_as("team-year", "jo@example.com", "Blue").await;
    let robbed = town.buy_as("team-year", "kim@example.com", "Red").await;
    town.hours(2).await;
    assert!(town.alerts().is_empty(), "a sound world has no cases");

    // Stripe's messages and its lists are deaf for a while, and somebody removes a team.
    town.set("webhooks-drop");
    town.stack.world.pause("catch_up");
    town.refunds_by_hand(&refunded);
    town.removes_last_team();
    for _ in 0..27 {
        town.hours(1).await;
    }
    let inbox = town.console("").await;
    for words in [
        "Money that does not add up",
        "£480.00 more was refunded for",
        "Paid, delivered, and not there",
        "What to do",
    ] {
        assert!(inbox.contains(words), "{words}: {inbox}");
    }
    assert!(town.log("reconciliation").contains("\"counted\":\"money_audited\""));

    town.decide(&robbed, "retry", "Removed by mistake; set it up again.")
        .await;
    town.decide(&refunded, "retry", "Stripe is right: learn of it.").await;
    town.hours(1).await;
    town.hours(1).await;
    assert_eq!(town.state(&robbed).await, "ready_to_use");
    assert_eq!(town.state(&refunded).await, "refunded");
    assert_eq!(town.access(&robbed), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_planted_differences_are_exactly_twelve_cases() {
    let town = Town::open().await;
    let store = town.store();
    let mut bought = Vec::new();
    for number in 0..planted::DELIVERED + planted::UNDONE {
        if number == planted::DELIVERED {
            town.set("idp-teams");
        }
        let email = format!("jo{number}@example.com");
        bought.push(town.buy_as("team-year", &email, &format!("Team {number}")).await);
    }
    town.set("idp-well");
    town.order("team-year").await;
    town.hours(24).await;
    assert!(town.console("").await.contains("Nothing waits for you"));

    let mut read = Vec::new();
    for order in &bought {
        let order = store.load(&OrderId::new(order.id.as_str())).await.expect("an answer");
        read.push(order.expect("an order"));
    }
    let listed = store
        .orders(&read[0].created_at.month(), 50)
        .await
        .expect("the orders")
        .orders;
    let unpaid = listed.iter().find(|order| matches!(order.state, State::Closed { .. }));
    let undone = read.split_off(planted::DELIVERED);
    let planted = Planted {
        delivered: read,
        undone,
        unpaid: unpaid.expect("nobody paid for it").id.clone(),
    };
    town.set("webhooks-drop");
    town.stack.world.pause("catch_up");
    for order in planted.record() {
        let written = store.commit(Basis::Version(order.version - 1), &order, &[]).await;
        written.expect("written");
    }
    let now = town.stack.world.clock.now_ms();
    planted.money(&mut town.stack.world.stripe(), now);
    planted.access(&mut town.stack.world.directory(), now);

    town.hours(27).await;
    let cases = store.open_cases(100).await.expect("the cases").cases;
    planted.are_exactly(cases.iter());
    // Two of them have our customer's money, no end and nobody at it.
    assert!(town.log("reconciliation").contains("\"MoneyWithoutOutcome\":"));
    let inbox = town.console("").await;
    for case in &cases {
        assert!(inbox.contains(&case.consequence), "{}: {inbox}", case.consequence);
    }
}
