//! The story's customer, found by whatever anybody has in hand, and the six questions answered.

use desk::access::Role;
use local::client::Answer;

use crate::town::{FORM, Order, Town, between, fields};

const BECAUSE: &str =
    "The team could not be set up because the other system refused it, so the full £480.00 is returned.";

impl Town {
    async fn finds(&self, text: &str) -> Answer {
        let csrf = between(&self.console("").await, "name=\"csrf\" value=\"", "\"");
        let headers = [("content-type", FORM.to_owned()), ("cookie", self.cookie().await)];
        let body = fields(&[("csrf", &csrf), ("q", text)]).into_bytes();
        let sent = self.http.post(&self.shop("/console/find"), &headers, body).await;
        sent.expect("an answer")
    }

    /// The page that the text leads to.
    async fn leads_to(&self, text: &str) -> Option<String> {
        self.finds(text).await.header("location").map(str::to_owned)
    }
}

/// The ids that Stripe shows of the order: session, payment, refund, charge.
fn at_stripe(town: &Town, order: &Order) -> [String; 4] {
    let stripe = town.stack.world.stripe();
    let session = stripe.sessions.iter().find(|session| session.reference == order.id);
    let payment = stripe
        .intents
        .iter()
        .find(|paid| paid.metadata.get("order") == Some(&order.id))
        .expect("a payment");
    let refund = stripe.refunds.iter().find(|refund| refund.intent == payment.id);
    [
        session.expect("a session").id.clone(),
        payment.id.clone(),
        refund.expect("a refund").id.clone(),
        payment.charge.clone(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_finance_has_in_hand_leads_to_the_order_and_the_same_sentence() {
    let town = Town::open().await;
    town.set("idp-teams");
    let order = town.buy("team-year").await;
    town.set("idp-well");
    let other = town.buy_as("team-year", "bo@example.com", "Red").await;
    let page = format!("/console/orders/{}", order.id);
    let why = town.console(&format!("/orders/{}/why", order.id)).await;

    // By every id that anybody has, however it was copied.
    let title = between(&town.console(&format!("/orders/{}", order.id)).await, "<title>", ":");
    let reference = title.as_str();
    let [session, payment, refund, charge] = at_stripe(&town, &order);
    for text in [
        "jo@example.com",
        " JO@Example.com ",
        &order.id,
        &order.page,
        reference,
        &reference.to_lowercase(),
        &session,
        &payment,
        &refund,
        &charge,
    ] {
        assert_eq!(town.leads_to(text).await.as_deref(), Some(page.as_str()), "{text}");
    }
    let his = format!("/console/orders/{}", other.id);
    assert_eq!(town.leads_to("bo@example.com").await, Some(his));

    // One sentence, wherever it stands.
    let metadata = |text: &str| {
        let stripe = town.stack.world.stripe();
        let refund = stripe.refunds.iter().find(|refund| refund.id == text);
        let paid = stripe.intents.iter().find(|paid| paid.id == text);
        let of = refund
            .map(|refund| &refund.metadata)
            .or(paid.map(|paid| &paid.metadata));
        of.and_then(|said| said.get("because")).cloned().unwrap_or_default()
    };
    for (where_it_stands, text) in [
        ("Stripe's refund", metadata(&refund)),
        ("Stripe's payment", metadata(&payment)),
        ("the customer's mail", town.mail_text("jo@example.com")),
        ("Finance's mail", town.mail_text("finance@shop.example")),
        ("the customer's page", town.reads(&order).await.1),
        ("the alert", town.alerts().join("\n")),
        ("the order's page", town.console(&format!("/orders/{}", order.id)).await),
        ("why", why.clone()),
    ] {
        assert!(text.contains(BECAUSE), "{where_it_stands}:\n{text}");
    }
    // The six answers, with what proves them.
    for said in [
        "What is this?",
        "decided by automation",
        "Intended, and no glitch",
        "The account was set up, and taken back",
        "The team is not set up: the other system refused it.",
        "No: the customer was last told on",
        "Why did it happen?",
        &session,
        &payment,
        &refund,
    ] {
        assert!(why.contains(said), "{said}:\n{why}");
    }
    assert!(!why.contains("jo@example.com"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_stripe_knows_leads_to_its_order_and_a_key_of_no_use_is_said_so() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    town.buy_as("team-year", "bo@example.com", "Red").await;
    let (charge, event) = {
        let stripe = town.stack.world.stripe();
        let mut paid = stripe.intents.iter();
        let paid = paid.find(|paid| paid.metadata.get("order") == Some(&order.id));
        let charge = paid.expect("a payment").charge.clone();
        let mut sent = stripe.events.iter();
        let sent = sent.find(|event| event.body["data"]["object"]["latest_charge"] == charge);
        (charge, sent.expect("an event").id.clone())
    };
    let page = format!("/console/orders/{}", order.id);
    for text in [&charge, &event] {
        assert_eq!(town.leads_to(text).await.as_deref(), Some(page.as_str()), "{text}");
    }

    let key = town.stack.world.secret("ConsoleSecret", "MAKEGOOD_STRIPE_KEY");
    town.stack.world.spend(&key.expect("the console's key"));
    let said = town.finds(&charge).await;
    assert_eq!(said.status, 200);
    assert!(
        said.text()
            .contains("Stripe was asked whose it is, and refuses our key: tell operations"),
        "{}",
        said.text()
    );
    assert_eq!(
        town.leads_to("jo@example.com").await,
        Some(page),
        "all else is found as ever"
    );
    let log = town.log("console");
    assert!(log.contains("stripe_did_not_help"), "{log}");
    assert!(!log.contains("rk_test_local"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_shows_one_buyers_orders_and_leaves_no_address_in_any_log() {
    let town = Town::open().await;
    let first = town.buy("team-year").await;
    town.minutes(1).await;
    let second = town.buy_as("team-year", "jo@example.com", "Red").await;
    let other = town.buy_as("team-year", "bo@example.com", "Green").await;

    let page = town.finds("jo@example.com").await;
    let text = page.text();
    assert_eq!(page.status, 200);
    assert!(
        text.contains("2 orders of this buyer") && !text.contains(&other.id),
        "{text}"
    );
    let place = |order: &Order| text.find(&order.id).expect("the order");
    assert!(place(&second) < place(&first), "the newest first");
    assert_eq!(text.matches("Your team is ready. Paid £480.00.").count(), 2, "{text}");

    for (typed, status, said) in [
        (
            "di@example.com",
            200,
            "No order with this e-mail address was found. We looked through 3 orders, back to",
        ),
        (
            "re_nobody",
            200,
            "No order with this refund was found. We looked through 3 orders, back to",
        ),
        ("ch_1", 200, "Stripe was asked too, and knows no order of ours"),
        (
            "evt_nobody",
            200,
            "No order with this event was found. Stripe was asked too",
        ),
        ("ord_none", 200, "There is no order with this id."),
        ("Jo Doe", 422, "Write one of these, whole"),
    ] {
        let answer = town.finds(typed).await;
        assert_eq!(answer.status, status, "{typed}");
        assert!(answer.text().contains(said), "{typed}: {}", answer.text());
    }
    // Whoever looks may look everything up; a page of another site may not ask in their name.
    let cookie = town.cookie_of(Role::Viewer).await;
    let headers = [("content-type", FORM.to_owned()), ("cookie", cookie.clone())];
    let body = fields(&[("csrf", "guessed"), ("q", "jo@example.com")]).into_bytes();
    let forged = town.http.post(&town.shop("/console/find"), &headers, body).await;
    assert_eq!(forged.expect("an answer").status, 403);
    let inbox = town.get(&town.shop("/console"), &[("cookie", cookie)]).await.text();
    let csrf = between(&inbox, "name=\"csrf\" value=\"", "\"");
    let body = fields(&[("csrf", &csrf), ("q", &first.id)]).into_bytes();
    let found = town.http.post(&town.shop("/console/find"), &headers, body).await;
    assert_eq!(found.expect("an answer").status, 303);

    let log = town.log("console");
    assert!(log.contains("looked_up"), "{log}");
    for typed in ["jo@", "example.com", "di%40", "Jo Doe"] {
        assert!(!log.contains(typed), "{typed} in the log");
    }
}
