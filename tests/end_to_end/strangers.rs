//! Whoever does not hold an order's address learns nothing at its page, not even whether the order exists.

use std::collections::BTreeMap;

use local::client::Answer;

use crate::town::Town;

const NOBODY: &str = "ord_00000000000000000000beef";

/// What whoever asks can tell answers apart by: status, headers, body.
type Seen = (u16, Vec<(String, String)>, String);

impl Town {
    /// Without the date, which is the local server's own.
    async fn sees(&self, path: &str, accept: &str) -> Seen {
        let Answer { status, headers, body } = self.get(&self.shop(path), &[("accept", accept.to_owned())]).await;
        let mut headers = headers;
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        (status, headers, String::from_utf8(body).expect("text"))
    }

    /// Calls of the table and of Stripe by kind, without the sweeper's, which has its own minute.
    fn work(&self) -> BTreeMap<String, u64> {
        let mut work = self.stack.dynamodb.calls();
        work.remove("Query");
        work.insert("Stripe".to_owned(), self.stack.world.stripe().calls);
        work
    }
}

/// Addresses with the shape of ours: of no order, or with the token of another one, or with none.
fn with_our_shape(id: &str, waiting: &str, token: &str, foreign: &str) -> Vec<String> {
    let last = if token.ends_with('0') { '1' } else { '0' };
    let (off_by_one, zeros) = (format!("{}{last}", &token[..31]), "0".repeat(32));
    vec![
        format!("{NOBODY}.{token}"),
        format!("{NOBODY}.{zeros}"),
        format!("{id}.{foreign}"),
        format!("{id}.{zeros}"),
        format!("{id}.{off_by_one}"),
        format!("{waiting}.{token}"),
        format!("{waiting}.{token}?session_id=cs_1"),
        format!("{NOBODY}.{token}?session_id=cs_1"),
    ]
}

/// Addresses that are none of ours whatever our orders are.
fn mangled(id: &str, token: &str) -> Vec<String> {
    let upper = token.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A");
    vec![
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{}", &token[..31]),
        format!("{id}.{token}0"),
        format!("{id}.{token}."),
        format!("{id}..{token}"),
        format!("{id}.{upper}"),
        format!("{id}.{}", "g".repeat(32)),
        format!("{id}%2E{token}x"),
        format!(".{token}"),
        format!("evt_{}.{token}", &id[4..]),
        format!("{}.{token}", id.to_uppercase()),
        format!("ord_{}.{token}", "1".repeat(4_000)),
        "%00.%00".to_owned(),
        "%27%20OR%201=1".to_owned(),
        "case_1".to_owned(),
        "cs_test.1?session_id=cs_1".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stranger_gets_the_same_answer_for_the_same_work() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    let other = town.buy_as("team-year", "al@example.com", "Red").await;
    town.order("solo-year").await;
    let waiting = town
        .stack
        .world
        .stripe()
        .sessions
        .last()
        .map(|session| session.reference.clone());
    let waiting = waiting.expect("a session");
    let token = |page: &str| page.rsplit('.').next().expect("a token").to_owned();
    let (token, foreign) = (token(&order.page), token(&other.page));
    assert_eq!(town.get(&order.page, &[]).await.status, 200, "its own buyer sees it");

    for accept in ["text/html", "application/json"] {
        let first = town.sees(&format!("/orders/{NOBODY}.{token}"), accept).await;
        assert_eq!(first.0, 404, "{}", first.2);
        assert!(first.2.contains("We cannot find that order"), "{}", first.2);
        for personal in ["Jo Doe", "example.com", "Blue", "Team plan", "ord_", &token] {
            assert!(!first.2.contains(personal), "{personal}: {}", first.2);
        }
        // One question to the table, and none to Stripe; or none at all.
        for (slugs, reads) in [
            (with_our_shape(&order.id, &waiting, &token, &foreign), 1),
            (mangled(&order.id, &token), 0),
        ] {
            for slug in slugs {
                let mut expected = town.work();
                *expected.entry("GetItem".to_owned()).or_default() += reads;
                assert_eq!(town.sees(&format!("/orders/{slug}"), accept).await, first, "{slug}");
                assert_eq!(town.work(), expected, "{slug}");
            }
        }
    }
    let log = town.log("checkout");
    assert!(
        !log.contains(&token) && !log.contains(&foreign),
        "a log holds a token: {log}"
    );
}
