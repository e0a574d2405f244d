//! The model keeps Stripe's promises, the awkward ones too.

mod delayed;
mod disputes;
mod holds;
mod keys;
mod lists;
mod refunds;

use serde_json::Value;

use super::*;

const ORDER: &str = "ord_1";
const PRICE: i64 = 48_000;
const DAY: Millis = 86_400_000;

/// One account, with the calls that we make of it.
#[derive(Default)]
struct Shop {
    stripe: Stripe,
    /// Events before this one have been looked at.
    seen: usize,
}

impl Shop {
    fn opens(&mut self, amount: i64, more: &[(&str, &str)]) -> String {
        let amount = amount.to_string();
        let mut fields = vec![
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][unit_amount]", amount.as_str()),
            ("line_items[0][price_data][currency]", "gbp"),
            ("payment_intent_data[metadata][order]", ORDER),
        ];
        fields.extend(more);
        let reply = self.posts("/v1/checkout/sessions", &fields, None, 0);
        reply.body["id"].as_str().unwrap().to_owned()
    }

    fn opens_hold(&mut self) -> String {
        self.opens(PRICE, &[("payment_intent_data[capture_method]", "manual")])
    }

    /// An order that is paid; gives its PaymentIntent.
    fn paid() -> (Self, String) {
        let mut shop = Self::default();
        let session = shop.opens(PRICE, &[]);
        shop.stripe.pay(&session, None, 0).unwrap();
        shop.begins()
    }

    /// An order whose money is held; gives its PaymentIntent.
    fn held() -> (Self, String) {
        let mut shop = Self::default();
        let session = shop.opens_hold();
        shop.stripe.pay(&session, None, 0).unwrap();
        shop.begins()
    }

    fn begins(mut self) -> (Self, String) {
        self.told();
        let intent = self.stripe.intents[0].id.clone();
        (self, intent)
    }

    fn posts(&mut self, path: &str, fields: &[(&str, &str)], key: Option<&str>, now: Millis) -> Reply {
        self.stripe.handle(&Call {
            method: "POST",
            path,
            form: Form::of(fields),
            key,
            now,
        })
    }

    fn gets(&mut self, path: &str) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let reply = self.stripe.handle(&Call {
            method: "GET",
            path,
            form: Form::parse(query.as_bytes()),
            key: None,
            now: 0,
        });
        assert_eq!(reply.status, 200, "{path}");
        Value::clone(&reply.body)
    }

    fn ids(&mut self, path: &str) -> Vec<String> {
        let list = self.gets(path);
        let data = list["data"].as_array().unwrap();
        data.iter()
            .map(|object| object["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn refunds(&mut self, key: &str, now: Millis) -> Reply {
        let intent = self.stripe.intents[0].id.clone();
        let fields = [("payment_intent", intent.as_str()), ("amount", "48000")];
        self.posts("/v1/refunds", &fields, Some(key), now)
    }

    fn misfires(&mut self, path: &str, misfire: Misfire) {
        self.stripe.faults.next.push((path.to_owned(), misfire));
    }

    /// The types of the events since the last look.
    fn told(&mut self) -> Vec<String> {
        let seen = std::mem::replace(&mut self.seen, self.stripe.events.len());
        let fresh = self.stripe.events.iter().skip(seen);
        fresh.map(|event| event.kind.clone()).collect()
    }

    fn last(&self, kind: &str) -> &Value {
        let mut latest = self.stripe.events.iter().rev();
        &latest.find(|event| event.kind == kind).unwrap().body["data"]["object"]
    }

    fn money(&self) -> Truth {
        self.stripe.money(ORDER)
    }
}

fn code(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.body["error"]["code"].as_str().unwrap_or_default())
}

#[test]
fn what_nobody_pays_expires() {
    let mut shop = Shop::default();
    let session = shop.opens(PRICE, &[]);
    shop.stripe.expire_overdue(DAY);
    assert!(shop.stripe.pay(&session, None, DAY).is_err());
    assert_eq!(shop.told(), ["checkout.session.expired"]);
}

#[test]
fn nothing_to_pay_makes_no_payment() {
    let mut shop = Shop::default();
    let session = shop.opens(0, &[]);
    shop.stripe.pay(&session, None, 0).unwrap();
    assert_eq!(shop.told(), ["checkout.session.completed"]);
    let session = shop.gets(&format!("/v1/checkout/sessions/{session}"));
    assert_eq!(session["status"], "complete");
    assert_eq!(session["payment_status"], "no_payment_required");
    assert_eq!(session["payment_intent"], Value::Null);
    assert!(shop.stripe.intents.is_empty());
}

#[test]
fn twins_differ_in_nothing_but_their_id() {
    let mut shop = Shop::default();
    shop.stripe.faults.twin_events = true;
    let session = shop.opens(PRICE, &[]);
    shop.stripe.pay(&session, None, 0).unwrap();
    assert_eq!(
        shop.told(),
        [
            "payment_intent.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "checkout.session.completed"
        ]
    );
    let [first, second, ..] = shop.stripe.events.as_slice() else {
        panic!("two events");
    };
    assert_ne!(first.id, second.id);
    assert_eq!(first.body["data"], second.body["data"]);
}

#[test]
fn a_muted_event_is_not_in_the_list_either() {
    let mut shop = Shop::default();
    let session = shop.opens(PRICE, &[]);
    shop.stripe.faults.mute = true;
    shop.stripe.pay(&session, None, 0).unwrap();
    shop.stripe.faults.mute = false;
    assert!(shop.ids("/v1/events").is_empty());
    assert_eq!(shop.stripe.truth(ORDER), (PRICE, 0));
    assert_eq!(shop.refunds("a", 0).status, 200);
    assert_eq!(shop.told(), ["refund.created", "charge.refunded"]);
}
