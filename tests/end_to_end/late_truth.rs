//! What comes to light days later: a refund that fails when everybody thought it was done, and a table from a backup that
//! knows nothing of what happened since.

use serde_json::{Value, json};

use crate::town::{Order, Town};

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
/// The local table wants a signature and checks none.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=backup/20261126/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

impl Town {
    async fn table(&self, operation: &str, mut ask: Value) -> Value {
        let launched = &self.stack.launches.first().expect("a function").environment;
        ask["TableName"] = json!(launched["MAKEGOOD_TABLE"]);
        let headers = [
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("x-amz-target", format!("DynamoDB_20120810.{operation}")),
            ("authorization", SIGNED.to_owned()),
            ("x-amz-date", "20261126T000000Z".to_owned()),
        ];
        let url = &launched["AWS_ENDPOINT_URL_DYNAMODB"];
        let answer = self.http.post(url, &headers, ask.to_string().into_bytes()).await;
        let answer = answer.expect("the table answers");
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str(&answer.text()).expect("JSON")
    }

    async fn backup(&self) -> Vec<Value> {
        let all = self.table("Scan", json!({"ConsistentRead": true})).await;
        assert!(all.get("LastEvaluatedKey").is_none(), "a page is not the whole table");
        all["Items"].as_array().expect("items").clone()
    }

    async fn restore(&self, backup: &[Value]) {
        for item in self.backup().await {
            self.table("DeleteItem", json!({"Key": {"pk": item["pk"]}})).await;
        }
        for item in backup {
            self.table("PutItem", json!({"Item": item})).await;
        }
    }

    async fn orders_as(&self, email: &str, team: &str) -> String {
        let form = self.form_of("team-year", email, team).await;
        self.submit(&form).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_on_day_20_is_a_case_and_customer_and_finance_are_told() {
    let town = Town::open().await;
    town.set("idp-teams");
    let order = town.buy("team-year").await;
    assert_eq!(town.state(&order).await, "refunded");
    town.later(DAY, 20).await;
    let told = |who: &str| town.mails_to(who).len();
    let before = (
        told("jo@example.com"),
        told("finance@shop.example"),
        town.alerts().len(),
    );
    {
        let now = town.stack.world.clock.now_ms();
        let mut stripe = town.stack.world.stripe();
        let refund = stripe.refunds[0].id.clone();
        assert!(stripe.fail_refund(&refund, now));
    }
    town.minutes(1).await;
    assert_eq!(town.money(&order), (48_000, 0), "the money is with us again");
    let inbox = town.console("").await;
    assert!(inbox.contains("One case waits for a person"), "{inbox}");
    let after = (
        told("jo@example.com"),
        told("finance@shop.example"),
        town.alerts().len(),
    );
    assert_eq!((after.0, after.1), (before.0 + 1, before.1 + 1), "customer and Finance");
    assert_eq!(after.2, before.2 + 1, "{:?}", town.alerts());
    for text in [town.mail_text("finance@shop.example"), town.alerts().join("\n"), inbox] {
        assert!(text.contains("£480.00"), "{text}");
    }
    let (state, words) = town.reads(&order).await;
    assert_eq!(state, "refund_delayed", "{words}");
    assert!(words.contains("We owe you £480.00"), "{words}");
    town.decide(&order, "retry", "The bank takes refunds again; send it once more.")
        .await;
    town.hours(1).await;
    assert_eq!(
        (town.state(&order).await, town.money(&order)),
        ("refunded".to_owned(), (48_000, 48_000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_old_table_knows_again_what_is_true_before_it_undoes_anything() {
    let town = Town::open().await;
    let returned = town.buy_as("team-year", "ann@example.com", "Ann").await;
    let page = town.orders_as("ben@example.com", "Ben").await;
    town.set("idp-down");
    let waiting = town.buy_as("team-year", "cat@example.com", "Cat").await;
    town.minutes(11).await;
    let backup = town.backup().await;

    // All that the backup does not know.
    town.set("idp-well");
    town.hours(1).await;
    let paid = town.pay(&page, "pay=yes").await;
    let unknown = town.buy_as("team-year", "dan@example.com", "Dan").await;
    town.refunds_by_hand(&returned);
    town.hours(2).await;
    let has = |order: &Order| (town.money(order), town.access(order));
    let delivered = ((48_000, 0), (1, 1, 1));
    assert_eq!([has(&waiting), has(&paid), has(&unknown)], [delivered; 3]);
    assert_eq!(has(&returned), ((48_000, 48_000), (0, 0, 0)));

    town.restore(&backup).await;
    town.set("idp-teams");
    let refused = town.buy_as("team-year", "eve@example.com", "Eve").await;
    assert_eq!(town.money(&refused), (48_000, 0), "undone on an old record");
    town.set("idp-well");
    town.minutes(11).await;
    town.hours(2).await;

    assert_eq!(
        [has(&waiting), has(&paid), has(&unknown)],
        [delivered; 3],
        "nothing twice, nothing lost"
    );
    assert_eq!(has(&returned), ((48_000, 48_000), (0, 0, 0)), "given back once");
    assert_eq!(
        town.money(&refused),
        (48_000, 48_000),
        "its undo began once all was known"
    );
    for (order, state) in [
        (&waiting, "ready_to_use"),
        (&paid, "ready_to_use"),
        (&returned, "refunded"),
    ] {
        assert_eq!(town.state(order).await, state);
    }
    let inbox = town.console("").await;
    let its_money = {
        let stripe = town.stack.world.stripe();
        let mut intents = stripe.intents.iter();
        let its = intents.find(|intent| intent.metadata.get("order") == Some(&unknown.id));
        its.expect("its payment").id.clone()
    };
    assert!(
        inbox.contains("£480.00 came in") && inbox.contains(&its_money),
        "money of an order that is not in the table is a person's: {inbox}"
    );
}
