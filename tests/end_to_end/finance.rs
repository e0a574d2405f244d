//! Finance's morning mail, and its pages: the sums are those of Stripe.

use std::time::Duration;

use crate::town::{Town, between};

const FINANCE: &str = "finance@shop.example";

impl Town {
    /// The morning's mails, in the order in which they came.
    fn mornings(&self) -> Vec<(String, String)> {
        let mails = self.stack.world.mails();
        let digests = mails
            .iter()
            .filter(|mail| mail.to == FINANCE && mail.text.contains("every morning"));
        digests.map(|mail| (mail.subject.clone(), mail.text.clone())).collect()
    }

    /// A file of the console, with its name and the headers that matter.
    async fn file(&self, path: &str) -> (u16, String, [String; 3]) {
        let cookie = [("cookie", self.cookie().await)];
        let answer = self.get(&self.shop(&format!("/console{path}")), &cookie).await;
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let headers = ["content-type", "content-disposition", "cache-control"].map(header);
        (answer.status, answer.text(), headers)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_morning_mail_comes_once_a_day_and_also_when_nothing_happened() {
    let town = Town::with_digest().await;
    town.hours(25).await;
    let first = town.mornings();
    assert!((1..=2).contains(&first.len()), "{first:?}");
    assert!(
        first
            .iter()
            .all(|(subject, _)| subject.ends_with("no refund, no charge waiting")),
        "{first:?}"
    );
    town.hours(24).await;
    assert_eq!(town.mornings().len(), first.len() + 1, "one a day");
    assert!(town.log("notification").contains("\"DigestSent\":1"));

    // The mail server is away for a morning: that day is in the next mail that goes out.
    town.set("mails-down");
    town.hours(24).await;
    assert_eq!(town.mornings().len(), first.len() + 1);
    assert!(town.log("notification").contains("\"DigestFailed\":1"));
    town.set("mails-yes");
    town.set("idp-teams");
    town.buy("team-year").await;
    town.set("idp-down");
    town.buys_now("team-on-delivery").await;
    town.settle().await;
    // Before midnight the refund may be of the next day, whose mail comes a morning later.
    town.hours(48).await;
    let mornings = town.mornings();
    assert!(mornings.len() > first.len() + 1, "{mornings:?}");
    let all: String = mornings.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(all.matches("1 refund, £480.00 in all").count(), 1, "on one day: {all}");
    let (_, last) = mornings.last().expect("a mail");
    assert!(last.contains("Held, and the same: 1 hold, £480.00 in all"), "{last}");
    assert!(
        last.contains("/console/refunds?month=") && last.contains("/console/waiting"),
        "{last}"
    );
    for personal in ["Jo Doe", "jo@example.com", "Blue"] {
        assert!(!all.contains(personal), "{personal} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_and_the_waiting_list_are_what_stripe_has() {
    let town = Town::open().await;
    assert!(town.console("/waiting").await.contains("No charge waits"));
    let empty = town.console("/refunds").await;
    assert!(empty.contains("No refund was made in this month"), "{empty}");
    town.set("idp-teams");
    for _ in 0..2 {
        town.buy("team-year").await;
    }
    town.set("idp-down");
    let waits = town.buys_now("team-year").await;
    let held = town.buys_now("team-on-delivery").await;
    town.settle().await;
    town.later(Duration::from_secs(60), 1).await;

    let refunds: Vec<(String, i64)> = {
        let stripe = town.stack.world.stripe();
        stripe
            .refunds
            .iter()
            .map(|refund| (refund.id.clone(), refund.amount))
            .collect()
    };
    assert_eq!(refunds.len(), 2);
    let page = town.console("/refunds").await;
    let sum: i64 = refunds.iter().map(|(_, minor)| minor).sum();
    assert!(page.contains(&format!("£{}.00 (2)", sum / 100)), "{page}");
    assert!(refunds.iter().all(|(id, _)| page.contains(id.as_str())), "{page}");
    assert!(
        page.contains("https://dashboard.stripe.com/test/payments/pi_"),
        "{page}"
    );
    let month = between(&page, "/console/refunds.csv?month=", "\"");
    let (status, text, [kind, name, stored]) = town.file(&format!("/refunds.csv?month={month}")).await;
    assert_eq!((status, stored.as_str()), (200, "no-store"));
    assert!(kind.starts_with("text/csv; charset=utf-8"), "{kind}");
    assert!(
        name.starts_with(&format!("attachment; filename=\"refunds_test_{month}-01_")),
        "{name}"
    );
    assert_eq!(text.matches("\r\n").count(), 3, "{text}");
    assert!(
        refunds
            .iter()
            .all(|(id, minor)| text.contains(id.as_str()) && text.contains(&format!("gbp,{minor},")))
    );
    assert_eq!(town.file("/refunds.csv?month=1999-01").await.0, 404);

    let page = town.console("/waiting").await;
    assert!(
        page.contains("2 charges wait") && page.contains("held, not taken"),
        "{page}"
    );
    for order in [&waits, &held] {
        assert!(page.contains(&format!("/console/orders/{}", order.id)), "{page}");
    }
    assert!(
        page.contains("The account is being set up. So far the other system"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn finances_pages_are_for_those_who_have_the_console() {
    let town = Town::open().await;
    for path in ["/refunds", "/refunds.csv", "/waiting"] {
        let answer = town.get(&town.shop(&format!("/console{path}")), &[]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}
