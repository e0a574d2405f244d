//! Who may open the console, and who may decide what: held by the server, whatever the page shows.

use desk::access::Role;
use local::client::Answer;

use crate::town::{FORM, Order, Town, between, fields};

const REASON: &str = "Ann asked for it on the phone.";

impl Town {
    async fn as_role(&self, role: Role, path: &str) -> Answer {
        let cookie = self.cookie_of(role).await;
        self.get(&self.shop(path), &[("cookie", cookie)]).await
    }

    async fn sends(&self, cookie: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let headers = [("content-type", FORM.to_owned()), ("cookie", cookie.to_owned())];
        let url = self.shop(path);
        let sent = self.http.post(&url, &headers, fields(pairs).into_bytes());
        sent.await.expect("an answer")
    }

    /// Presses the button of the case, whether or not the page lets it.
    async fn tries(&self, role: Role, order: &Order, case: &str, choice: &str) -> Answer {
        let cookie = self.cookie_of(role).await;
        let page = self.shop(&format!("/console/orders/{}", order.id));
        let page = self.get(&page, &[("cookie", cookie.clone())]).await.text();
        let [csrf, seen] = ["csrf", "seen"].map(|name| between(&page, &format!("name=\"{name}\" value=\""), "\""));
        let fields = [
            ("csrf", csrf.as_str()),
            ("order", &order.id),
            ("seen", &seen),
            ("choice", choice),
            ("reason", REASON),
            ("decision", "dec_role"),
            ("code", "customer_request"),
            ("amount", "480.00 gbp"),
        ];
        self.sends(&cookie, &format!("/console/cases/{case}/decide"), &fields)
            .await
    }

    /// An order whose team does not come: its case waits for a person.
    async fn stuck(&self) -> (Order, String) {
        self.set("idp-down");
        let order = self.buy("team-year").await;
        self.hours(26).await;
        let shown = self.console(&format!("/orders/{}", order.id)).await;
        let case = between(&shown, "action=\"/console/cases/", "/preview\"");
        self.set("idp-well");
        (order, case)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_opens_the_console_once_and_its_session_ends() {
    let town = Town::open().await;
    let now = town.stack.world.clock.now_ms();
    let pass = town.stack.places.pass(Role::Viewer, now).expect("a pass");
    for _ in 0..2 {
        let shown = town.get(&pass, &[]).await;
        assert_eq!(
            (shown.status, shown.header("set-cookie")),
            (200, None),
            "looking spends nothing"
        );
        assert!(shown.text().contains("Vera</strong>, viewer"), "{}", shown.text());
    }
    let opened = town.opens(&pass).await;
    assert_eq!(opened.status, 303);
    let cookie = opened.header("set-cookie").expect("a session").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().expect("a session").to_owned();
    for again in [town.get(&pass, &[]).await, town.opens(&pass).await] {
        assert_eq!(
            (again.status, again.header("set-cookie")),
            (403, None),
            "an address from a history"
        );
        assert!(again.text().contains("opens nothing any more"));
    }

    let inbox = async |cookie: &str| {
        let headers = [("cookie", cookie.to_owned())];
        town.get(&town.shop("/console"), &headers).await.status
    };
    assert_eq!(inbox(&cookie).await, 200);
    // A pass is no session, another role is not signed, and a name with a dot in it is one name.
    let text = pass.split("pass=").nth(1).expect("a pass");
    assert_eq!(inbox(&format!("makegood_console={text}")).await, 403);
    assert_eq!(inbox(&cookie.replace(".viewer.", ".operator.")).await, 403);
    town.hours(13).await;
    assert_eq!(inbox(&cookie).await, 403, "the day is over");
    let late = town.stack.places.pass(Role::Operator, now).expect("a pass");
    assert_eq!(town.opens(&late).await.status, 403, "made thirteen hours ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_is_its_own() {
    let town = Town::open().await;
    let (order, case) = town.stuck().await;
    let path = format!("/console/orders/{}", order.id);
    let page = town.as_role(Role::Viewer, &path).await.text();
    assert!(
        page.contains("disabled") && page.contains("You are here as viewer"),
        "{page}"
    );
    for (role, choice) in [
        (Role::Viewer, "undo"),
        (Role::Viewer, "retry"),
        (Role::Finance, "retry"),
        (Role::Finance, "ignore"),
    ] {
        let answer = town.tries(role, &order, &case, choice).await;
        assert_eq!(answer.status, 422, "{role:?} {choice}");
        let needed = if choice == "undo" { "finance" } else { "operator" };
        assert!(
            answer.text().contains(&format!("this is for {needed}")),
            "{}",
            answer.text()
        );
    }
    town.settle().await;
    assert_eq!(town.state(&order).await, "person_looking", "nothing was done");
    for (path, role) in [
        ("/console/brakes/account", Role::Finance),
        ("/console/brakes/account", Role::Viewer),
    ] {
        let cookie = town.cookie_of(role).await;
        let page = town
            .get(&town.shop("/console/brakes"), &[("cookie", cookie.clone())])
            .await
            .text();
        let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
        let answer = town.sends(&cookie, path, &[("csrf", &csrf), ("on", "true")]).await;
        assert!(
            answer.status == 409 && answer.text().contains("this is for operator"),
            "{}",
            answer.status
        );
    }
    assert_eq!(town.tries(Role::Finance, &order, &case, "undo").await.status, 303);
    town.settle().await;
    assert_eq!(town.money(&order), (48_000, 48_000));
    let (code, because) = {
        let stripe = town.stack.world.stripe();
        let said = &stripe.refunds[0].metadata;
        (said["because_code"].clone(), said["because"].clone())
    };
    assert_eq!(code, "customer_request");
    assert!(because.contains(REASON), "{because}");
    assert!(
        town.console(&format!("/orders/{}", order.id))
            .await
            .contains("Fay chose undo")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_back_when_the_amount_was_written_and_once_however_often_it_is_sent() {
    let town = Town::open().await;
    let (order, case) = town.stuck().await;
    let cookie = town.cookie_of(Role::Operator).await;
    let headers = [("cookie", cookie.clone())];
    let shown = town
        .get(&town.shop(&format!("/console/orders/{}", order.id)), &headers)
        .await
        .text();
    let hidden = |page: &str, name: &str| between(page, &format!("name=\"{name}\" value=\""), "\"");
    let (csrf, seen) = (hidden(&shown, "csrf"), hidden(&shown, "seen"));
    let base = [
        ("csrf", csrf.as_str()),
        ("order", &order.id),
        ("seen", &seen),
        ("choice", "undo"),
    ];
    let page = town
        .sends(&cookie, &format!("/console/cases/{case}/preview"), &base)
        .await
        .text();
    let decision = hidden(&page, "decision");
    assert!(decision.len() > 30, "{decision}");
    let decide = format!("/console/cases/{case}/decide");
    let with = |code: &'static str, amount: &'static str| {
        let mut fields = base.to_vec();
        fields.extend([
            ("reason", REASON),
            ("decision", &decision),
            ("code", code),
            ("amount", amount),
        ]);
        fields
    };
    for (code, amount, say) in [
        (
            "customer_request",
            "",
            "Write the amount that goes back, exactly so: 480.00 GBP",
        ),
        ("customer_request", "480 GBP", "exactly so: 480.00 GBP"),
        ("customer_request", "480.00 EUR", "exactly so: 480.00 GBP"),
        ("", "480.00 GBP", "Choose what the money is returned for"),
        ("dispute_lost", "480.00 GBP", "Choose what the money is returned for"),
    ] {
        let answer = town.sends(&cookie, &decide, &with(code, amount)).await;
        let text = answer.text();
        assert!(answer.status == 422 && text.contains(say), "{code} {amount}: {text}");
        assert_eq!(hidden(&text, "decision"), decision, "the same page, the same decision");
    }
    for _ in 0..2 {
        let answer = town
            .sends(&cookie, &decide, &with("customer_request", " 480.00  gbp "))
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    town.settle().await;
    let once = town
        .sends(&cookie, &decide, &with("customer_request", "480.00 GBP"))
        .await;
    assert_eq!(
        once.status, 303,
        "sent again later: it is done, and nothing is done again"
    );
    assert_eq!(town.stack.world.stripe().refunds.len(), 1);
    assert_eq!(town.money(&order), (48_000, 48_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn why_somebody_returned_money_by_hand_is_finances_to_say() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    town.refunds_by_hand(&order);
    town.settle().await;
    let path = format!("/console/orders/{}", order.id);
    let page = town.as_role(Role::Viewer, &path).await.text();
    assert!(
        page.contains("What was it returned for?") && page.contains("this is for finance"),
        "{page}"
    );
    let case = between(&page, "action=\"/console/cases/", "/");
    let metadata = |name: &str| {
        let stripe = town.stack.world.stripe();
        let refund = stripe.refunds.last().expect("a refund");
        let paid = stripe.intents.iter().find(|paid| paid.id == refund.intent);
        let both = [&refund.metadata, &paid.expect("a payment").metadata];
        both.map(|said| said.get(name).cloned().unwrap_or_default())
    };

    let answer = town.tries(Role::Viewer, &order, &case, "ignore").await;
    assert_eq!(
        (answer.status, metadata("because")),
        (422, [String::new(), String::new()])
    );
    let answer = town.tries(Role::Finance, &order, &case, "ignore").await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    town.settle().await;
    let said = format!("£480.00 was returned by hand in Stripe: {REASON}");
    assert_eq!(metadata("because"), [said.clone(), said.clone()]);
    assert_eq!(metadata("because_code"), ["customer_request", "customer_request"]);
    assert_eq!(metadata("explained_by"), ["finance", "finance"]);
    assert!(town.reads(&order).await.1.contains(&said), "the customer's page");
    assert!(
        town.mail_text("finance@shop.example")
            .contains("the reason for it is not recorded")
    );
    for path in [
        path,
        format!("/console/orders/{}/why", order.id),
        "/console/refunds".to_owned(),
    ] {
        let page = town.as_role(Role::Finance, &path).await.text();
        assert!(page.contains(&said), "{path}: {page}");
    }
}
