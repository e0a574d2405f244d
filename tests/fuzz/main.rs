//! A million broken inputs for each thing that strangers can send or people can write: none makes anything panic, no forgery
//! is accepted, and each refusal says what is wrong. The same seed gives the same inputs; it is printed.

mod mutate;

use std::io::Write as _;

use adapters::lambda::http::Request;
use adapters::sqs::Nudge;
use adapters::stripe::signature::{Secrets, verify};
use adapters::stripe::wire;
use checkout::Shop;
use domain::Timestamp;
use domain::policy::Refusal;
use futures_util::FutureExt as _;
use mutate::Mutator;
use testkit::world::FakeWorld;

const INPUTS: u32 = 1_000_000;
const SEED: u64 = 20_261_126;
const SECRET: &str = "whsec_of_the_fuzz";
const NOW: Timestamp = Timestamp(1_795_460_700_000);

/// Feeds the mutants of these samples to the reader; tells how many were taken all the same.
fn feed(what: &str, samples: &[&[u8]], words: &[&str], mut read: impl FnMut(&[u8]) -> bool) {
    let mut mutator = Mutator::of(SEED, words);
    let mut taken = 0;
    for _ in 0..INPUTS {
        let input = mutator.mutant(samples);
        taken += u32::from(read(&input));
    }
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{what}: {INPUTS} inputs from seed {SEED}, {taken} of them taken");
    assert!(taken < INPUTS, "{what} takes everything");
}

/// Only what was signed, as it was signed: the bytes and the time in the header are those of the one true delivery.
#[test]
fn no_forged_signature_is_believed() {
    let secrets = Secrets::of(&[SECRET]);
    let body = br#"{"id":"evt_1","type":"payment_intent.succeeded"}"#;
    let header = testkit::stripe::sign(body, SECRET, NOW.seconds());
    let (at, signature) = header.split_once(",v1=").expect("two parts");
    let words = ["t=", "v1=", "v0=", ",", "=", at, "0000", "99999999999999999999", "-1"];
    feed("signature header", &[header.as_bytes()], &words, |input| {
        let Ok(mutant) = std::str::from_utf8(input) else {
            return false;
        };
        let believed = verify(Some(mutant), body, &secrets, NOW).is_ok();
        let same = || mutant.to_ascii_lowercase().contains(signature) && mutant.contains(at);
        assert!(!believed || same(), "believed: {mutant}");
        believed
    });
    feed("signed body", &[body], &["\"", "{", "evt_2", " "], |input| {
        let believed = verify(Some(&header), input, &secrets, NOW).is_ok();
        assert!(
            !believed || input == body,
            "believed: {}",
            String::from_utf8_lossy(input)
        );
        believed
    });
}

#[test]
fn every_webhook_body_is_read_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/adapters/golden/stripe");
    let files = std::fs::read_dir(folder).expect("the golden events");
    let mut samples: Vec<Vec<u8>> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| std::fs::read(path).expect("an event"))
        .collect();
    samples.sort();
    // Without the air, so that a mutation hits something.
    let samples: Vec<Vec<u8>> = samples
        .iter()
        .map(|sample| {
            let event: serde_json::Value = serde_json::from_slice(sample).expect("JSON");
            event.to_string().into_bytes()
        })
        .collect();
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    let words = [
        "null",
        "-1",
        "1e999",
        "9223372036854775808",
        "\"\"",
        "{}",
        "[]",
        "true",
        "succeeded",
    ];
    feed("webhook body", &samples, &words, |input| match wire::parse(input) {
        Ok(webhook) => {
            let ours = webhook
                .word
                .order
                .as_ref()
                .is_none_or(|order| order.as_str().len() == 28);
            assert!(ours, "an order of another shape: {:?}", webhook.word.order);
            true
        }
        Err(says) => {
            assert!(!says.is_empty());
            false
        }
    });
}

#[test]
fn a_nudge_is_an_orders_id_and_nothing_else() {
    let samples: [&[u8]; 1] = [br#"{"order":"ord_0123456789abcdef01234567"}"#];
    let words = ["ord_", "\"refund\":\"all\",", ",", "#", "/", "null", "\u{0}"];
    feed("nudge", &samples, &words, |input| {
        let Ok(text) = std::str::from_utf8(input) else {
            return false;
        };
        let Ok(nudge) = Nudge::parse(text) else { return false };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        assert!(nudge.order.as_str().bytes().all(plain), "taken: {text}");
        true
    });
}

/// Through the real handler: what is taken is a whole order with a payment page, everything else names a field.
#[test]
fn every_form_is_an_order_or_names_a_field() {
    /// A world forgets its orders, so that it stays small.
    const ORDERS_MAX: u32 = 200;
    let shop = Shop::read().expect("the shop");
    let form = b"form=0123456789abcdef0123456789abcdef&product=team-year&name=Jo+Doe&email=jo%40example.com&team=Blue";
    let words = [
        "&",
        "=",
        "%00",
        "%E2%80%AE",
        "%ff",
        "+",
        "quantity=1",
        "@",
        "form=",
        "name=",
    ];
    let (mut world, mut orders) = (FakeWorld::new(SEED, NOW), 0);
    let mut stripe = world.stripe_client();
    feed("form", &[form], &words, |input| {
        let kind = (
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        );
        let request = Request {
            method: "POST".to_owned(),
            path: "/checkout".to_owned(),
            headers: [kind, ("accept".to_owned(), "application/json".to_owned())].into(),
            body: input.to_vec(),
            ..Request::default()
        };
        let answer = checkout::handle(&world, &stripe, &shop, &request)
            .now_or_never()
            .expect("an answer");
        let refused = matches!(answer.status, 409 | 422);
        assert!(
            answer.status == 303 || refused,
            "{}: {}",
            answer.status,
            String::from_utf8_lossy(input)
        );
        if answer.status == 303 {
            orders += 1;
            if orders % ORDERS_MAX == 0 {
                world = FakeWorld::new(SEED, NOW);
                stripe = world.stripe_client();
            }
        }
        answer.status == 303
    });
}

fn feed_file(what: &str, good: &str, words: &[&str], parse: impl Fn(&str) -> Result<(), Refusal>) {
    feed(what, &[good.as_bytes()], words, |input| {
        let Ok(text) = std::str::from_utf8(input) else {
            return false;
        };
        let lines = text.matches('\n').count() + 1;
        match parse(text) {
            Ok(()) => true,
            Err(refusal) => {
                assert!(
                    (1..=lines).contains(&refusal.line) && !refusal.say.is_empty(),
                    "{refusal:?}"
                );
                false
            }
        }
    });
}

#[test]
fn every_policy_is_taken_or_refused_with_its_line() {
    let policy = include_str!("../../infra/policy.toml");
    let words = [
        "retry",
        "24h",
        "then",
        "undo",
        "coordinate",
        "\"",
        "[",
        "]",
        "=",
        "-1",
        "99999999999999999999d",
        "\n",
    ];
    feed_file("policy", policy, &words, |text| domain::policy::parse(text).map(|_| ()));
}

#[test]
fn every_catalogue_is_taken_or_refused_with_its_line() {
    let catalogue = include_str!("../../infra/catalogue.toml");
    let words = [
        "price",
        "gbp",
        "steps",
        "[[",
        "]]",
        "=",
        "-1",
        "0.5",
        "\"",
        "9223372036854775808",
        "\n",
    ];
    feed_file("catalogue", catalogue, &words, |text| {
        domain::catalogue::parse(text).map(|_| ())
    });
}
