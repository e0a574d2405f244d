//! Stripe's events, read leniently: what we do not need may change without asking us, and an unknown word is never
//! guessed.

use domain::event::Event;
use domain::id::{OrderId, PaymentId, RefundId, SessionId};
use domain::money::{Currency, Money};
use domain::payment::RefundStatus;
use serde::Deserialize;
use serde_json::Value;

/// A delivery, as far as we read it.
#[derive(Debug)]
pub struct Webhook {
    pub id: String,
    pub kind: String,
    pub livemode: bool,
    /// Of a connected account; absent: our own.
    pub account: Option<String>,
    /// Whose it is, by the metadata that we gave to Session and PaymentIntent.
    pub order: Option<OrderId>,
    /// What it means for an order; none: nothing, by its type.
    pub event: Option<Event>,
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    livemode: bool,
    account: Option<String>,
    /// A thin event has none.
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    object: Value,
}

/// # Errors
/// When the body is no event at all.
pub fn parse(body: &[u8]) -> Result<Webhook, String> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|wrong| wrong.to_string())?;
    let object = &envelope.data.object;
    let event = match envelope.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session_paid(object),
        "checkout.session.expired" => text(object, "id").map(|id| Event::SessionExpired {
            session: SessionId::new(id),
        }),
        "payment_intent.succeeded" => intent_succeeded(object),
        "charge.refunded" => charge_refunded(object),
        "refund.created" | "refund.updated" | "refund.failed" => refund(object),
        _ => None,
    };
    Ok(Webhook {
        order: order_of(object),
        id: envelope.id,
        kind: envelope.kind,
        livemode: envelope.livemode,
        account: envelope.account,
        event,
    })
}

/// The order that our metadata names.
pub(super) fn order_of(object: &Value) -> Option<OrderId> {
    let named = object.get("metadata").and_then(|metadata| text(metadata, "order"));
    let named = named.or_else(|| text(object, "client_reference_id"))?;
    // Another product on the account may use the same words, but hardly the same shape.
    let hex = named.strip_prefix("ord_").filter(|hex| hex.len() == 24)?;
    let ours = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    ours.then(|| OrderId::new(named))
}

fn session_paid(object: &Value) -> Option<Event> {
    let payment = PaymentId::new(text(object, "payment_intent")?);
    let amount = money(object, "amount_total")?;
    (text(object, "payment_status") == Some("paid")).then_some(Event::PaymentCaptured { payment, amount })
}

fn intent_succeeded(object: &Value) -> Option<Event> {
    Some(Event::PaymentCaptured {
        payment: PaymentId::new(text(object, "id")?),
        amount: money(object, "amount_received")?,
    })
}

/// The void of a hold shows here too, with `captured: false`: no money moved.
fn charge_refunded(object: &Value) -> Option<Event> {
    let payment = PaymentId::new(text(object, "payment_intent")?);
    let total_minor = object.get("amount_refunded")?.as_i64()?;
    let captured = object.get("captured").and_then(Value::as_bool).unwrap_or(true);
    captured.then_some(Event::RefundedTotalSeen { payment, total_minor })
}

fn refund(object: &Value) -> Option<Event> {
    let payment = PaymentId::new(text(object, "payment_intent")?);
    let (refund, amount_minor, status) = refund_stated(object)?;
    Some(Event::RefundSeen {
        payment,
        refund,
        amount_minor,
        status,
    })
}

/// A refund object: id, amount, status. A status that we do not know is not guessed.
pub(super) fn refund_stated(object: &Value) -> Option<(RefundId, i64, RefundStatus)> {
    let status = match text(object, "status")? {
        "pending" => RefundStatus::Pending,
        "requires_action" => RefundStatus::RequiresAction,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        "canceled" => RefundStatus::Canceled,
        _ => return None,
    };
    Some((
        RefundId::new(text(object, "id")?),
        object.get("amount")?.as_i64()?,
        status,
    ))
}

pub(super) fn money(object: &Value, amount: &str) -> Option<Money> {
    let currency = Currency::parse(text(object, "currency")?).ok()?;
    Some(Money::new(object.get(amount)?.as_i64()?, currency))
}

/// A string; of an expanded object, its id.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    match object.get(name)? {
        Value::String(text) => Some(text),
        Value::Object(expanded) => expanded.get("id").and_then(Value::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: &str) -> Webhook {
        let body = format!(r#"{{"id":"evt_1","type":"{kind}","livemode":false,"data":{{"object":{object}}}}}"#);
        parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_paid_session_is_money() {
        let webhook = event(
            "checkout.session.completed",
            r#"{"id":"cs_1","payment_status":"paid","payment_intent":"pi_1","amount_total":48000,"currency":"gbp","client_reference_id":"ord_0123456789abcdef01234567"}"#,
        );
        assert_eq!(webhook.order, Some(OrderId::new("ord_0123456789abcdef01234567")));
        let amount = Money::new(48_000, Currency::parse("gbp").unwrap());
        assert_eq!(
            webhook.event,
            Some(Event::PaymentCaptured {
                payment: PaymentId::new("pi_1"),
                amount
            })
        );
    }

    #[test]
    fn what_is_not_paid_or_not_known_means_nothing() {
        let unpaid = event(
            "checkout.session.completed",
            r#"{"id":"cs_1","payment_status":"unpaid","payment_intent":"pi_1"}"#,
        );
        assert_eq!(unpaid.event, None);
        assert_eq!(event("customer.created", "{}").event, None);
        let odd = r#"{"id":"re_1","payment_intent":"pi_1","amount":5,"status":"reversed"}"#;
        assert_eq!(event("refund.updated", odd).event, None);
        assert!(parse(b"[]").is_err() && parse(b"{\"id\":1}").is_err());
    }

    #[test]
    fn a_void_is_no_refund() {
        let voided = event(
            "charge.refunded",
            r#"{"payment_intent":"pi_1","captured":false,"amount_refunded":48000}"#,
        );
        assert_eq!(voided.event, None);
        let back = event(
            "charge.refunded",
            r#"{"payment_intent":"pi_1","captured":true,"amount_refunded":48000}"#,
        );
        assert!(matches!(
            back.event,
            Some(Event::RefundedTotalSeen {
                total_minor: 48_000,
                ..
            })
        ));
    }
}
