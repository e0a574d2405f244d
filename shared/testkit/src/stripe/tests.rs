//! The model keeps Stripe's promises, the awkward ones too.

use super::*;

fn stripe() -> (Stripe, String) {
    let mut stripe = Stripe::default();
    let fields = [
        ("mode", "payment"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][unit_amount]", "48000"),
        ("line_items[0][price_data][currency]", "gbp"),
        ("payment_intent_data[metadata][order]", "ord_1"),
    ];
    let call = Call {
        method: "POST",
        path: "/v1/checkout/sessions",
        form: Form::of(&fields),
        key: Some("k"),
        now: 0,
    };
    let session = stripe.handle(&call).body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        stripe.handle(&call).body["id"],
        session,
        "the same key gives the same Session"
    );
    assert_eq!(stripe.sessions.len(), 1);
    (stripe, session)
}

fn refund(stripe: &mut Stripe, key: &str, now: Millis) -> Reply {
    let intent = stripe.intents[0].id.clone();
    let form = Form::of(&[("payment_intent", intent.as_str()), ("amount", "48000")]);
    stripe.handle(&Call {
        method: "POST",
        path: "/v1/refunds",
        form,
        key: Some(key),
        now,
    })
}

#[test]
fn a_payment_can_be_refunded_once() {
    let (mut stripe, session) = stripe();
    stripe.pay(&session, None, 0).unwrap();
    assert!(stripe.pay(&session, None, 0).is_err());
    assert_eq!(refund(&mut stripe, "a", 0).status, 200);
    assert!(refund(&mut stripe, "a", 1).replayed);
    assert_eq!(
        refund(&mut stripe, "b", 1).body["error"]["code"],
        "charge_already_refunded"
    );
    assert_eq!(stripe.truth("ord_1"), (48_000, 48_000));
    let kinds: Vec<&str> = stripe.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "payment_intent.succeeded",
            "checkout.session.completed",
            "refund.created",
            "charge.refunded"
        ]
    );
}

#[test]
fn a_saved_error_is_replayed_until_its_key_is_a_day_old() {
    let (mut stripe, session) = stripe();
    stripe.pay(&session, None, 0).unwrap();
    stripe.faults.fail_next_refund = Some(Done::No);
    assert_eq!(refund(&mut stripe, "a", 0).status, 500);
    assert_eq!(refund(&mut stripe, "a", KEY_LIFE_MS - 1).status, 500);
    assert_eq!(refund(&mut stripe, "a", KEY_LIFE_MS).status, 200);
}

#[test]
fn a_lost_reply_is_done_all_the_same() {
    let (mut stripe, session) = stripe();
    stripe.pay(&session, None, 0).unwrap();
    stripe.faults.lose_next_refund = true;
    assert_eq!(refund(&mut stripe, "a", 0).fate, Fate::Lost);
    assert_eq!(stripe.truth("ord_1"), (48_000, 48_000));
}

#[test]
fn what_nobody_pays_expires() {
    let (mut stripe, session) = stripe();
    stripe.expire_overdue(86_400_000);
    assert!(stripe.pay(&session, None, 86_400_000).is_err());
    assert_eq!(stripe.events[0].kind, "checkout.session.expired");
}
