//! Stripe's events, read leniently: what we do not need may change without asking us, and an unknown word is never
//! guessed.

pub(super) mod refund;

use domain::Timestamp;
use domain::audit::Taken;
use domain::bookmark::List;
use domain::event::Event;
use domain::id::{DisputeId, OrderId, PaymentId, SessionId};
use domain::money::{Currency, Money};
use domain::payment::{DisputeStatus, RefundStatus, Standing};
use flow::learn::{Meaning, Word};
use flow::ports::SessionFacts;
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
    /// A thin event: it names its object and shows nothing of it.
    pub thin: bool,
    pub word: Word,
}

impl Webhook {
    /// It should mean something, and we cannot read what: a person must teach us.
    pub fn unread(&self) -> bool {
        let known = ["checkout.session.", "refund.", "charge.refund.", "charge.dispute."];
        self.word.meaning.is_none() && known.iter().any(|prefix| self.kind.starts_with(prefix))
    }
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(default)]
    object: String,
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
    Ok(of_envelope(envelope))
}

fn of_envelope(envelope: Envelope) -> Webhook {
    let object = &envelope.data.object;
    let fact = match envelope.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session_done(object),
        "checkout.session.expired" => text(object, "id").map(|id| Event::SessionExpired {
            session: SessionId::new(id),
        }),
        "payment_intent.succeeded" => intent_succeeded(object),
        "charge.refunded" => charge_refunded(object),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => refund::seen(object),
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute(object),
        _ => None,
    };
    let hint = match envelope.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "charge.captured"
        | "charge.expired" => text(object, "payment_intent"),
        "payment_intent.amount_capturable_updated" | "payment_intent.canceled" => text(object, "id"),
        _ => None,
    };
    // Where the event shows the payment itself, an order that knows so much need not ask.
    let shown = standing(object).filter(|_| envelope.kind.starts_with("payment_intent."));
    let hint = hint.map(|payment| Meaning::Hint {
        payment: PaymentId::new(payment),
        shown,
    });
    Webhook {
        word: word(object, fact.map(Meaning::Fact).or(hint)),
        id: envelope.id,
        kind: envelope.kind,
        livemode: envelope.livemode,
        account: envelope.account,
        thin: envelope.object == "v2.core.event",
    }
}

fn word(object: &Value, meaning: Option<Meaning>) -> Word {
    let amount = ["amount", "amount_total"]
        .into_iter()
        .find_map(|name| money(object, name));
    Word {
        order: order_of(object),
        customer: text(object, "customer").map(str::to_owned),
        amount,
        about: text(object, "id").unwrap_or_default().to_owned(),
        meaning,
    }
}

/// Types of the events that mean anything: Stripe's list shows no others. It takes twenty at most. What a charge says of its
/// refunds, they say themselves.
pub(super) const KINDS: [&str; 18] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "charge.captured",
    "charge.expired",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

/// An entry of one of Stripe's lists; with it, whether it is in words that we do not know.
pub(super) fn listed(list: List, object: &Value) -> (Word, bool) {
    match list {
        List::Payments => {
            // The buyer is still at it: a page that stays open says nothing, and a finished one is in the list of Sessions.
            if let Some("requires_action" | "requires_payment_method" | "requires_confirmation") =
                text(object, "status")
            {
                return (word(object, None), false);
            }
            let standing = standing(object);
            let meaning = text(object, "id")
                .zip(standing)
                .map(|(id, standing)| told(PaymentId::new(id), standing));
            (word(object, meaning), standing.is_none())
        }
        List::Sessions => listed_session(object),
        List::Refunds => fact(object, refund::seen(object)),
        List::Disputes => fact(object, dispute(object)),
        List::Events | List::Undelivered => match serde_json::from_value::<Envelope>(object.clone()).map(of_envelope) {
            Ok(webhook) => {
                let unread = webhook.unread();
                (lasting(webhook.word), unread)
            }
            Err(_no_event) => (Word::default(), true),
        },
    }
}

/// An old event that is read again says how a refund stood then: only its end is still true. The list of refunds, and the
/// question that an order asks, say where it stands.
fn lasting(word: Word) -> Word {
    let passing = match &word.meaning {
        Some(Meaning::Fact(Event::RefundSeen { status, .. })) => match status {
            RefundStatus::Pending | RefundStatus::RequiresAction => true,
            RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Canceled => false,
        },
        Some(Meaning::Fact(_) | Meaning::Hint { .. }) | None => false,
    };
    Word {
        meaning: word.meaning.filter(|_| !passing),
        ..word
    }
}

fn fact(object: &Value, fact: Option<Event>) -> (Word, bool) {
    let unread = fact.is_none();
    (word(object, fact.map(Meaning::Fact)), unread)
}

/// Captured money is believed as it comes; the rest is asked about, unless the order knows it.
fn told(payment: PaymentId, standing: Standing) -> Meaning {
    match standing {
        Standing::Captured { amount } => Meaning::Fact(Event::PaymentCaptured { payment, amount }),
        Standing::Processing | Standing::NotPaid | Standing::Held { .. } | Standing::Canceled { .. } => Meaning::Hint {
            payment,
            shown: Some(standing),
        },
    }
}

fn listed_session(object: &Value) -> (Word, bool) {
    let id = || text(object, "id").map(SessionId::new);
    let meaning = match session_facts(object) {
        Some(SessionFacts::Paid(payment, amount)) => Some(Meaning::Fact(Event::PaymentCaptured { payment, amount })),
        Some(SessionFacts::Free) => id().map(|session| Meaning::Fact(Event::NothingToPay { session })),
        Some(SessionFacts::Expired) => id().map(|session| Meaning::Fact(Event::SessionExpired { session })),
        // Somebody has finished it; how the payment stands, its own list says.
        Some(SessionFacts::Finished(payment)) => Some(Meaning::Hint {
            payment,
            shown: Some(Standing::Processing),
        }),
        // Nobody has paid so far.
        Some(SessionFacts::Open) => return (word(object, None), false),
        None => return (word(object, None), true),
    };
    (word(object, meaning), false)
}

/// The order that our metadata names.
pub(super) fn order_of(object: &Value) -> Option<OrderId> {
    let of = |object: &'_ Value| {
        object
            .get("metadata")
            .and_then(|metadata| text(metadata, "order"))
            .map(str::to_owned)
    };
    let of_payment = || object.get("payment_intent").and_then(of);
    let reference = || text(object, "client_reference_id").map(str::to_owned);
    let named = of(object).or_else(of_payment).or_else(reference)?;
    // Another product on the account may use the same words, but hardly the same shape.
    let hex = named.strip_prefix("ord_").filter(|hex| hex.len() == 24)?;
    let ours = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    ours.then(|| OrderId::new(named))
}

fn session_done(object: &Value) -> Option<Event> {
    match session_facts(object)? {
        SessionFacts::Paid(payment, amount) => Some(Event::PaymentCaptured { payment, amount }),
        SessionFacts::Free => Some(Event::NothingToPay {
            session: SessionId::new(text(object, "id")?),
        }),
        SessionFacts::Open | SessionFacts::Expired | SessionFacts::Finished(_) => None,
    }
}

/// What a Session says of itself. None: in words that we do not know.
pub(super) fn session_facts(object: &Value) -> Option<SessionFacts> {
    let payment = text(object, "payment_intent").map(PaymentId::new);
    match (text(object, "status")?, text(object, "payment_status")?, payment) {
        ("open", _, _) => Some(SessionFacts::Open),
        ("expired", _, _) => Some(SessionFacts::Expired),
        ("complete", "paid", Some(payment)) => Some(SessionFacts::Paid(payment, money(object, "amount_total")?)),
        ("complete", "unpaid", Some(payment)) => Some(SessionFacts::Finished(payment)),
        ("complete", "paid" | "no_payment_required", None) if object.get("amount_total")?.as_i64()? == 0 => {
            Some(SessionFacts::Free)
        }
        _ => None,
    }
}

/// Where a PaymentIntent stands; its charge, if it is expanded, says until when a hold holds.
pub(super) fn standing(object: &Value) -> Option<Standing> {
    match text(object, "status")? {
        // Behind a finished page, an action is the buyer's way to a counter with a voucher, or a bank transfer.
        "processing" | "requires_action" => Some(Standing::Processing),
        "requires_payment_method" | "requires_confirmation" => Some(Standing::NotPaid),
        "requires_capture" => {
            let card = object.pointer("/latest_charge/payment_method_details/card/capture_before");
            let seconds = card.and_then(Value::as_i64);
            Some(Standing::Held {
                amount: money(object, "amount_capturable")?,
                capture_before: seconds.map(|seconds| Timestamp(seconds.saturating_mul(1_000))),
            })
        }
        "succeeded" => Some(Standing::Captured {
            amount: money(object, "amount_received")?,
        }),
        "canceled" => Some(Standing::Canceled {
            lapsed: text(object, "cancellation_reason") == Some("automatic"),
        }),
        _ => None,
    }
}

/// What was captured of a payment with its charge, and whether the bank has some of it.
pub(super) fn taken(order: OrderId, object: &Value) -> Option<(Taken, bool)> {
    let captured = money(object, "amount_received")?;
    let nothing = Value::Null;
    let charge = object
        .get("latest_charge")
        .filter(|charge| charge.is_object())
        .unwrap_or(&nothing);
    let minor = |name: &str| charge.get(name).and_then(Value::as_i64);
    let refunded_minor = match captured.minor {
        0 => 0,
        // What was held and not taken counts as refunded there.
        taken => minor("amount_refunded")? - (minor("amount")? - taken).max(0),
    };
    let taken = Taken {
        payment: PaymentId::new(text(object, "id")?),
        order,
        captured,
        refunded_minor,
        contested_minor: 0,
        at: Timestamp(object.get("created")?.as_i64()?.saturating_mul(1_000)),
    };
    Some((taken, charge.get("disputed").and_then(Value::as_bool).unwrap_or(false)))
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

fn dispute(object: &Value) -> Option<Event> {
    let payment = PaymentId::new(text(object, "payment_intent")?);
    let (dispute, amount_minor, status) = dispute_stated(object)?;
    Some(Event::DisputeSeen {
        payment,
        dispute,
        amount_minor,
        status,
    })
}

/// A dispute object: id, amount, status. A warning takes no money, but may become a dispute.
pub(super) fn dispute_stated(object: &Value) -> Option<(DisputeId, i64, DisputeStatus)> {
    let status = match text(object, "status")? {
        "warning_needs_response" | "warning_under_review" => DisputeStatus::Inquiry,
        "needs_response" | "under_review" => DisputeStatus::Open,
        "warning_closed" | "prevented" => DisputeStatus::Dropped,
        "won" => DisputeStatus::Won,
        "lost" => DisputeStatus::Lost,
        _ => return None,
    };
    Some((
        DisputeId::new(text(object, "id")?),
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
mod tests;
