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
        Some(Meaning::Hint { payment, .. }) => format!("ask about {payment}"),
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
            .word
            .order
            .as_ref()
            .map_or("nobody named".to_owned(), ToString::to_string);
        let thin = if webhook.thin { ", thin" } else { "" };
        let _ = writeln!(
            table,
            "{name} ({named}{thin})\n    {}",
            in_words(webhook.word.meaning.as_ref())
        );
        let new = read(&with_new_words(&event)).word.meaning;
        if new != webhook.word.meaning {
            let _ = writeln!(table, "    with new words: {}", in_words(new.as_ref()));
        }
    }
    expect_test::expect_file!["../../../golden/stripe/meanings.txt"].assert_eq(&table);
}

/// A word that we do not know never becomes money, a refund or a decided dispute.
#[test]
fn no_new_word_is_guessed() {
    for (name, event) in golden() {
        let known = read(&event).word.meaning;
        let new = read(&with_new_words(&event)).word.meaning;
        // The type alone says it, and no word of the object is asked.
        let by_type = matches!(
            name.split('.').next(),
            Some("payment_intent" | "charge") if !name.contains("dispute") && !name.contains("charge.refund.")
        ) || name == "checkout.session.expired";
        match new {
            Some(Meaning::Fact(_)) => assert!(by_type && new == known, "{name}: {new:?}"),
            Some(Meaning::Hint { .. }) | None => {}
        }
    }
}

#[test]
fn what_is_no_event_is_refused_and_what_is_unknown_means_nothing() {
    assert!(parse(b"[]").is_err() && parse(b"{\"id\":1}").is_err());
    let of = |kind: &str| serde_json::json!({ "id": "evt_1", "type": kind, "data": { "object": {} } });
    let (foreign, new) = (read(&of("customer.created")), read(&of("refund.updated")));
    assert_eq!((foreign.word.meaning.as_ref(), foreign.unread()), (None, false));
    assert_eq!((new.word.meaning.as_ref(), new.unread()), (None, true));
}

#[test]
fn a_voucher_that_is_not_paid_yet_is_no_refusal() {
    let standing = |status: &str| standing(&serde_json::json!({ "status": status }));
    assert_eq!(standing("requires_action"), Some(Standing::Processing));
    assert_eq!(standing("requires_payment_method"), Some(Standing::NotPaid));
    assert_eq!(standing("something_new"), None);
}

/// Stripe's list shows the types that we ask for and no others, and takes twenty of them.
#[test]
fn every_type_that_means_something_is_asked_for() {
    assert!(KINDS.len() <= 20);
    for (name, event) in golden() {
        let webhook = read(&event);
        let asked = KINDS.contains(&webhook.kind.as_str());
        // What a charge says of its refunds, they say themselves.
        let said_twice = webhook.kind == "charge.refunded";
        assert!(
            asked || said_twice || webhook.word.meaning.is_none(),
            "{name} is not asked for"
        );
    }
}

/// An object in a list says what its event said.
#[test]
fn what_is_listed_means_what_its_event_means() {
    let mut compared = 0;
    for (name, event) in golden() {
        let object = &event["data"]["object"];
        let list = match object["object"].as_str() {
            Some("payment_intent") => List::Payments,
            Some("checkout.session") => List::Sessions,
            Some("refund") => List::Refunds,
            Some("dispute") => List::Disputes,
            _ => continue,
        };
        let (told, (listed, unread)) = (read(&event).word, listed(list, object));
        let fact = |word: &Word| matches!(word.meaning, Some(Meaning::Fact(_)));
        if fact(&told) {
            assert_eq!((&listed, unread), (&told, false), "{name}");
            compared += 1;
        }
        let (as_event, _) = super::listed(List::Events, &event);
        if let Some("pending" | "requires_action") = object["status"].as_str().filter(|_| list == List::Refunds) {
            assert_eq!(
                as_event.meaning, None,
                "{name}: an old event does not say how it stands now"
            );
        } else {
            assert_eq!(as_event, told, "{name}");
        }
    }
    assert!(compared > 8, "{compared}");
}

/// A buyer who is at it, or was refused and tries another card, has not finished the page.
#[test]
fn a_payment_on_an_open_page_says_nothing() {
    for status in ["requires_action", "requires_payment_method", "requires_confirmation"] {
        let intent = serde_json::json!({ "id": "pi_1", "status": status, "amount": 5, "currency": "gbp" });
        let (word, unread) = listed(List::Payments, &intent);
        assert_eq!((word.meaning, unread), (None, false), "{status}");
    }
}

/// A refund made by hand and a dispute name nobody; the payment that comes with them in a list does.
#[test]
fn a_refund_made_by_hand_is_its_payments() {
    let refund = serde_json::json!({
        "id": "re_1", "status": "succeeded", "amount": 5, "currency": "gbp",
        "payment_intent": { "id": "pi_1", "metadata": { "order": "ord_0123456789abcdef01234567" } },
    });
    let (word, _) = listed(List::Refunds, &refund);
    assert_eq!(
        word.order.as_ref().map(OrderId::as_str),
        Some("ord_0123456789abcdef01234567")
    );
    assert!(
        matches!(word.meaning, Some(Meaning::Fact(Event::RefundSeen { payment, .. })) if payment.as_str() == "pi_1")
    );
}

#[test]
fn what_a_list_says_in_new_words_is_counted_and_means_nothing() {
    let unread = |list, object: Value| {
        let (word, unread) = listed(list, &object);
        assert_eq!(word.meaning, None);
        unread
    };
    let new = serde_json::json!({ "id": "x_1", "payment_intent": "pi_1", "status": "brand_new", "amount": 5, "currency": "gbp" });
    for list in [
        List::Payments,
        List::Sessions,
        List::Refunds,
        List::Disputes,
        List::Events,
    ] {
        assert!(unread(list, new.clone()), "{list:?}");
    }
    let open = serde_json::json!({ "id": "cs_1", "status": "open", "payment_status": "unpaid" });
    assert!(!unread(List::Sessions, open), "nobody has paid so far");
}

/// Whoever tries cards learns at Stripe's page what Stripe says there, and nothing of it from us.
#[test]
fn a_declined_card_means_nothing_to_an_order() {
    let event = serde_json::json!({
        "id": "evt_1", "object": "event", "type": "payment_intent.payment_failed", "livemode": false,
        "data": { "object": {
            "id": "pi_1", "object": "payment_intent", "status": "requires_payment_method", "amount": 48_000, "currency": "gbp",
            "metadata": { "order": "ord_1" },
            "last_payment_error": { "code": "card_declined", "decline_code": "lost_card" },
        } },
    });
    let webhook = parse(event.to_string().as_bytes()).unwrap();
    assert!(webhook.word.meaning.is_none() && !webhook.unread());
    assert!(!format!("{webhook:?}").contains("lost_card"));
}
