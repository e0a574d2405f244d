//! Events of real shape, one file each, and what they mean; also where Stripe uses a word that we do not know.

use std::fmt::Write as _;

use super::*;

/// Every golden event, in the order of its name.
fn golden() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/stripe");
    let files = std::fs::read_dir(folder).unwrap();
    let mut events: Vec<(String, Value)> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        })
        .collect();
    events.sort_by(|(first, _), (second, _)| first.cmp(second));
    events
}

fn read(event: &Value) -> Webhook {
    parse(event.to_string().as_bytes()).unwrap()
}

fn in_words(meaning: Option<&Meaning>) -> String {
    match meaning {
        None => "nothing".to_owned(),
        Some(Meaning::Hint(payment)) => format!("ask about {payment}"),
        Some(Meaning::Fact(event)) => format!("{event:?}"),
    }
}

/// The object's own words, each replaced by one that Stripe has not invented yet.
fn with_new_words(event: &Value) -> Value {
    let mut event = event.clone();
    for word in ["status", "payment_status", "cancellation_reason"] {
        if let Some(known) = event.pointer_mut(&format!("/data/object/{word}")) {
            *known = Value::from("brand_new");
        }
    }
    event
}

#[test]
fn every_event_that_we_subscribe_to() {
    let mut table = String::new();
    for (name, event) in golden() {
        let webhook = read(&event);
        let named = webhook
            .order
            .map_or("nobody named".to_owned(), |order| order.to_string());
        let thin = if webhook.thin { ", thin" } else { "" };
        let _ = writeln!(
            table,
            "{name} ({named}{thin})\n    {}",
            in_words(webhook.meaning.as_ref())
        );
        let new = read(&with_new_words(&event)).meaning;
        if new != webhook.meaning {
            let _ = writeln!(table, "    with new words: {}", in_words(new.as_ref()));
        }
    }
    expect_test::expect_file!["../../../golden/stripe/meanings.txt"].assert_eq(&table);
}

/// A word that we do not know never becomes money, a refund or a decided dispute.
#[test]
fn no_new_word_is_guessed() {
    for (name, event) in golden() {
        let known = read(&event).meaning;
        let new = read(&with_new_words(&event)).meaning;
        // The type alone says it, and no word of the object is asked.
        let by_type = matches!(
            name.split('.').next(),
            Some("payment_intent" | "charge") if !name.contains("dispute") && !name.contains("charge.refund.")
        ) || name == "checkout.session.expired";
        match new {
            Some(Meaning::Fact(_)) => assert!(by_type && new == known, "{name}: {new:?}"),
            Some(Meaning::Hint(_)) | None => {}
        }
    }
}

#[test]
fn what_is_no_event_is_refused_and_what_is_unknown_means_nothing() {
    assert!(parse(b"[]").is_err() && parse(b"{\"id\":1}").is_err());
    let of = |kind: &str| serde_json::json!({ "id": "evt_1", "type": kind, "data": { "object": {} } });
    let (foreign, new) = (read(&of("customer.created")), read(&of("refund.updated")));
    assert_eq!((foreign.meaning.as_ref(), foreign.unread()), (None, false));
    assert_eq!((new.meaning.as_ref(), new.unread()), (None, true));
}

#[test]
fn a_voucher_that_is_not_paid_yet_is_no_refusal() {
    let standing = |status: &str| standing(&serde_json::json!({ "status": status }));
    assert_eq!(standing("requires_action"), Some(Standing::Processing));
    assert_eq!(standing("requires_payment_method"), Some(Standing::NotPaid));
    assert_eq!(standing("something_new"), None);
}
