//! Tending cases in the console: what one person writes the others see, and it is written once.

use desk::access::Role;
use local::client::Answer;

use crate::planted::pays_for_nobody;
use crate::town::{FORM, Town, between, fields};

impl Town {
    /// Presses one of the case's buttons on this page.
    async fn tends(&self, role: Role, page: &str, case: &str, what: &[(&str, &str)]) -> Answer {
        let cookie = self.cookie_of(role).await;
        let shown = self.get(&self.shop(page), &[("cookie", cookie.clone())]).await.text();
        let form = between(&shown, &format!("action=\"/console/cases/{case}/tend\">"), "</form>");
        let hidden =
            ["csrf", "order", "decision"].map(|name| between(&form, &format!("name=\"{name}\" value=\""), "\""));
        let [csrf, order, decision] = &hidden;
        let mut pairs = vec![("csrf", csrf.as_str()), ("order", order), ("decision", decision)];
        pairs.extend(what);
        let headers = [("content-type", FORM.to_owned()), ("cookie", cookie)];
        let url = self.shop(&format!("/console/cases/{case}/tend"));
        let mut answers = Vec::new();
        for _ in 0..2 {
            let sent = self.http.post(&url, &headers, fields(&pairs).into_bytes());
            answers.push(sent.await.expect("an answer"));
        }
        assert_eq!(answers[0].status, answers[1].status, "sent twice");
        answers.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_taken_noted_and_held_and_everybody_sees_it() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    let page = format!("/console/orders/{}", order.id);
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    let case = between(&shown, "action=\"/console/cases/", "/preview\"");
    assert!(shown.contains("the customer was promised a word by then"), "{shown}");

    let note = [("do", "note"), ("text", "She rang & asked for <b>Friday</b>.")];
    assert_eq!(town.tends(Role::Viewer, &page, &case, &note).await.status, 303);
    let refused = town.tends(Role::Viewer, &page, &case, &[("do", "take")]).await;
    assert!(refused.status == 409 && refused.text().contains("this is for finance"));
    assert_eq!(
        town.tends(Role::Operator, &page, &case, &[("do", "take")]).await.status,
        303
    );
    let hold = |at: &'static str| [("do", "hold"), ("at", at), ("text", "The provider is back on Monday.")];
    for (at, say) in [
        ("2099-01-01T10:00", "31 days at most"),
        ("2020-01-01T10:00", "that moment has passed"),
        ("soon", "2026-11-27T15:00"),
    ] {
        let refused = town.tends(Role::Operator, &page, &case, &hold(at)).await;
        assert!(
            refused.status == 409 && refused.text().contains(say),
            "{at}: {}",
            refused.text()
        );
    }
    let shown = town.console(&format!("/orders/{}", order.id)).await;
    for words in [
        "<strong>Olu has it.</strong>",
        "She rang & asked for &#60;b&#62;Friday",
        "Olu has the case.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(
        shown.matches("asked for &#60;b&#62;Friday").count(),
        3,
        "in the case, in what happened, and in its picture"
    );
    let inbox = town.console("").await;
    assert!(
        inbox.contains("Olu has it.") && inbox.contains("Decide before"),
        "{inbox}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_of_no_order_is_tended_on_its_own_page() {
    let town = Town::open().await;
    let now = town.stack.world.clock.now_ms();
    pays_for_nobody(&mut town.stack.world.stripe(), "48000", now);
    town.minutes(1).await;
    town.later(std::time::Duration::from_secs(600), 2).await;
    let case = between(&town.console("").await, "href=\"/console/cases/", "\"");
    let page = format!("/console/cases/{case}");
    let due = domain::Timestamp(town.stack.world.clock.now_ms() + 7_200_000).iso();
    for (role, what) in [
        (Role::Finance, vec![("do", "assign"), ("to", "Bo of Finance")]),
        (Role::Viewer, vec![("do", "note"), ("text", "He wrote to us.")]),
        (Role::Operator, vec![("do", "due"), ("at", due.as_str())]),
    ] {
        assert_eq!(town.tends(role, &page, &case, &what).await.status, 303, "{what:?}");
    }
    let shown = town.console(&format!("/cases/{case}")).await;
    for words in [
        "Bo of Finance has it.",
        "He wrote to us.",
        "It must be done by",
        "says Olu",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(shown.matches("He wrote to us.").count(), 1);
    let inbox = town.console("").await;
    assert!(
        inbox.contains("Bo of Finance has it.") && inbox.contains("It must be done by"),
        "{inbox}"
    );
}
