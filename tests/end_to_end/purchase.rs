//! Money comes, and everything comes true, whatever is lost, doubled or killed on the way.

use std::time::Duration;

use local::dynamodb::REFUSED;

use crate::town::{FORM, Order, Town};

const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const QUARTER: Duration = Duration::from_secs(900);

#[tokio::test(flavor = "multi_thread")]
async fn a_team_comes_true() {
    let town = Town::open().await;
    // What is written for no order is not counted.
    town.stack.world.pause("catch_up");
    town.stack.world.pause("audit_");
    let (writes_before, calls_before) = (town.stack.dynamodb.calls(), town.stack.world.stripe().calls);
    let order = town.buy("team-year").await;

    let (state, words) = town.reads(&order).await;
    assert_eq!(state, "ready_to_use");
    assert!(words.starts_with("Your team is ready"), "{words}");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
    assert_eq!(town.mails_to("jo@example.com"), ["Your team is ready"]);
    assert!(town.alerts().is_empty());

    let calls = town.stack.dynamodb.calls();
    let made = |operation: &str| {
        calls.get(operation).copied().unwrap_or(0) - writes_before.get(operation).copied().unwrap_or(0)
    };
    // The first order of a table marks it besides.
    let writes = made("PutItem") + made("UpdateItem") - 1;
    let sends = town.stack.sqs.queues().sends;
    let asked = town.stack.world.stripe().calls - calls_before;
    println!(
        "one happy order, three steps: {writes} conditional writes, {} reads, {sends} sends, {asked} Stripe calls, {} transactions, {} scans",
        made("GetItem"),
        made("TransactWriteItems"),
        made("Scan")
    );
    assert!(writes <= 10, "{calls:?}");
    assert!(sends <= 3);
    assert_eq!(made("TransactWriteItems") + made("Scan"), 0, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_held_is_taken_when_everything_is_there() {
    let town = Town::open().await;
    town.stack.world.pause("catch_up");
    town.stack.world.pause("audit_");
    let writes_before = town.stack.dynamodb.calls();
    let order = town.buy("team-on-delivery").await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    let money = town.stack.world.stripe().money(&order.id);
    assert_eq!((money.captured, money.held), (48_000, 0));

    let calls = town.stack.dynamodb.calls();
    let made = |operation: &str| {
        calls.get(operation).copied().unwrap_or(0) - writes_before.get(operation).copied().unwrap_or(0)
    };
    // Where Stripe's event of the capture races with its answer, one of them is refused and records nothing.
    // The first order of a table marks it besides.
    let recorded = made("PutItem") + made("UpdateItem") - made(REFUSED) - 1;
    let sends = town.stack.sqs.queues().sends;
    assert!(recorded <= 12 && sends <= 4, "{recorded} writes, {sends} sends");
    assert_eq!(made("TransactWriteItems") + made("Scan"), 0, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_held_is_released_when_the_team_is_refused() {
    let town = Town::open().await;
    town.set("idp-teams");
    let order = town.buy("team-on-delivery").await;
    assert_eq!(town.state(&order).await, "hold_released");
    let (_, words) = town.reads(&order).await;
    assert!(words.starts_with("You have not been charged"), "{words}");
    assert_eq!(town.access(&order), (0, 0, 0));
    let stripe = town.stack.world.stripe();
    let money = stripe.money(&order.id);
    assert_eq!((money.captured, money.held, stripe.refunds.len()), (0, 0, 0));
    let because = stripe.intents[0].metadata.get("because").cloned().unwrap_or_default();
    assert!(words.contains(&because) && !because.is_empty(), "{because}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_lost_is_delivered_all_the_same() {
    let town = Town::open().await;
    town.set("webhooks-drop");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "awaiting_payment");
    town.later(QUARTER, 2).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_after_payment_asks_stripe_and_waits_for_no_webhook() {
    let town = Town::open().await;
    town.set("webhooks-drop");
    let order = town.buy("team-year").await;
    let page = town.get(&order.back, &[]).await.text();
    assert!(page.contains("Payment received"), "{page}");
    town.settle().await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_doubled_is_one_of_everything() {
    let town = Town::open().await;
    town.set("webhooks-double");
    let order = town.buy("team-year").await;
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_effect_and_record_there_is_one_account_and_one_team() {
    let town = Town::open().await;
    town.set("kill");
    let order = town.buy("team-year").await;
    town.minutes(4).await;
    town.later(QUARTER, 2).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.mails_to("jo@example.com").len(), 1);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_makes_nothing_twice() {
    let town = Town::open().await;
    town.set("idp-lose");
    let order = town.buy("team-year").await;
    town.minutes(3).await;
    town.later(QUARTER, 2).await;
    assert_eq!(town.state(&order).await, "ready_to_use");
    assert_eq!(town.access(&order), DELIVERED);
    assert_eq!(town.money(&order), (48_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_twice_is_one_order_and_one_payment_page() {
    let town = Town::open().await;
    let form = town.form("team-year").await;
    let checkout = town.shop("/checkout");
    let (first, second) = tokio::join!(
        town.post(&checkout, FORM, form.as_bytes()),
        town.post(&checkout, FORM, form.as_bytes())
    );
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(town.stack.world.stripe().sessions.len(), 1);

    let other = form.replace("team=Blue", "team=Red");
    let other = town.post(&town.shop("/checkout"), FORM, other.as_bytes()).await;
    assert_eq!(other.status, 409);
    assert_eq!(town.stack.world.stripe().sessions.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pays_and_the_order_closes() {
    let town = Town::open().await;
    let page = town.order("solo-year").await;
    town.hours(3).await;
    let session = page.rsplit('/').next().expect("an id").to_owned();
    let sessions = town.stack.world.stripe().sessions.clone();
    let session = sessions.iter().find(|known| known.id == session).expect("the session");
    let order = Order {
        id: session.reference.clone(),
        page: session.success_url.clone(),
        back: session.success_url.clone(),
    };
    assert_eq!(town.state(&order).await, "not_charged");
    assert_eq!(town.access(&order), (0, 0, 0));
    let again = town.post(&page, FORM, b"pay=yes").await;
    assert_eq!(again.status, 409);
}

/// Not one event arrives for a day, whatever happens at Stripe meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_one_webhook_ends_every_order_all_the_same() {
    let town = Town::open().await;
    town.set("webhooks-drop");
    let bought = town.buy("team-year").await;
    let held = town.buy_as("team-on-delivery", "al@example.com", "Red").await;
    let back = town.buy_as("team-year", "bo@example.com", "Green").await;
    town.minutes(11).await;
    assert_eq!(town.access(&back), (1, 1, 1));
    let payment = {
        let stripe = town.stack.world.stripe();
        let paid = stripe
            .intents
            .iter()
            .find(|paid| paid.metadata.get("order") == Some(&back.id));
        paid.expect("a payment").id.clone()
    };
    let by_hand = format!("{}/stripe/hand", town.stack.places.world);
    town.post(&by_hand, FORM, format!("refund={payment}").as_bytes()).await;
    town.hours(24).await;
    assert_eq!((town.access(&bought), town.money(&bought)), ((1, 1, 1), (48_000, 0)));
    assert_eq!((town.access(&held), town.money(&held)), ((1, 1, 1), (48_000, 0)));
    assert_eq!((town.access(&back), town.money(&back)), ((0, 0, 0), (48_000, 48_000)));
    assert_eq!(
        town.log("stripe-webhook").matches("webhook_recorded").count(),
        0,
        "no event arrived"
    );
}
