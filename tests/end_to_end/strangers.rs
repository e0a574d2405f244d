//! Whoever does not hold an order's address learns nothing at its page, not even whether the order exists.

use local::client::Answer;

use crate::town::Town;

impl Town {
    /// What whoever asks can tell answers apart by. The date is the local server's own.
    async fn sees(&self, path: &str, accept: &str) -> (u16, Vec<(String, String)>, String) {
        let Answer { status, headers, body } = self.get(&self.shop(path), &[("accept", accept.to_owned())]).await;
        let mut headers = headers;
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        (status, headers, String::from_utf8(body).expect("text"))
    }

    /// Calls of the table by kind, and of Stripe.
    fn work(&self) -> (Vec<(String, u64)>, u64) {
        let calls = self.stack.dynamodb.calls().into_iter();
        // The sweeper has its own minute.
        let calls = calls.filter(|(operation, _)| operation != "Query");
        (calls.collect(), self.stack.world.stripe().calls)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stranger_gets_the_same_answer_for_the_same_work() {
    let town = Town::open().await;
    let order = town.buy("team-year").await;
    let other = town.buy_as("team-year", "al@example.com", "Red").await;
    let waiting = town.order("solo-year").await;
    let waiting = waiting.rsplit('/').next().expect("a session").to_owned();
    let sessions = town.stack.world.stripe().sessions.clone();
    let waiting = sessions.into_iter().find(|session| session.id == waiting);
    let waiting = waiting.expect("the session").reference;
    let slug = order.page.rsplit('/').next().expect("a slug").to_owned();
    let token = slug.split('.').nth(1).expect("a token").to_owned();
    let foreign = other.page.rsplit('.').next().expect("a token").to_owned();
    let (id, nobody) = (&order.id, "ord_00000000000000000000beef");
    let last = if token.ends_with('0') { '1' } else { '0' };
    let off_by_one = format!("{}{last}", &token[..31]);
    assert_eq!(town.get(&order.page, &[]).await.status, 200, "its own buyer sees it");

    // With the shape of ours: one question to the table, and none to Stripe.
    let looked_up = [
        format!("{nobody}.{token}"),
        format!("{nobody}.{}", "0".repeat(32)),
        format!("{id}.{foreign}"),
        format!("{id}.{}", "0".repeat(32)),
        format!("{id}.{off_by_one}"),
        format!("{waiting}.{token}"),
        format!("{waiting}.{token}?session_id=cs_1"),
        format!("{nobody}.{token}?session_id=cs_1"),
    ];
    // Without it: none at all.
    let mangled = [
        id.clone(),
        format!("{id}."),
        format!("{id}.{}", &token[..31]),
        format!("{id}.{token}0"),
        format!("{id}.{token}."),
        format!("{id}..{token}"),
        format!(
            "{id}.{}",
            token.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A")
        ),
        format!("{id}%2E{foreign}"),
        format!("{id}.{}", "g".repeat(32)),
        format!(".{token}"),
        format!("evt_{}.{token}", &id[4..]),
        format!("{}.{token}", id.to_uppercase()),
        format!("ord_{}.{token}", "1".repeat(4_000)),
        "%00.%00".to_owned(),
        "%27%20OR%201=1".to_owned(),
        "case_1".to_owned(),
        "cs_test.1?session_id=cs_1".to_owned(),
    ];
    for accept in ["text/html", "application/json"] {
        let first = town.sees(&format!("/orders/{nobody}.{token}"), accept).await;
        assert_eq!(first.0, 404, "{}", first.2);
        assert!(first.2.contains("We cannot find that order"), "{}", first.2);
        for personal in ["Jo Doe", "example.com", "Blue", "Team plan", "ord_", &token] {
            assert!(!first.2.contains(personal), "{personal}: {}", first.2);
        }
        let reads = |work: &(Vec<(String, u64)>, u64)| {
            let read = work.0.iter().find(|(operation, _)| operation == "GetItem");
            read.map_or(0, |(_, count)| *count)
        };
        for (slugs, each) in [(&looked_up[..], 1), (&mangled[..], 0)] {
            for slug in slugs {
                let before = town.work();
                let seen = town.sees(&format!("/orders/{slug}"), accept).await;
                let after = town.work();
                assert_eq!(seen, first, "{slug}");
                assert_eq!(reads(&after), reads(&before) + each, "{slug}");
                let rest = |work: &(Vec<(String, u64)>, u64)| {
                    let rest = work.0.iter().filter(|(operation, _)| operation != "GetItem");
                    (rest.cloned().collect::<Vec<_>>(), work.1)
                };
                assert_eq!(rest(&after), rest(&before), "{slug}");
            }
        }
    }
    let log = town.log("checkout");
    assert!(
        !log.contains(&token) && !log.contains(&foreign),
        "a log holds a token: {log}"
    );
}
