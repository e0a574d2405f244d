//! A refund in Stripe's words.

use std::sync::Arc;

use domain::Timestamp;
use domain::because::Said;
use domain::event::Event;
use domain::id::{PaymentId, RefundId};
use domain::payment::{Particulars, RefundStatus, Stated};
use serde_json::Value;

use super::text;

pub(super) fn seen(object: &Value) -> Option<Event> {
    let payment = PaymentId::new(text(object, "payment_intent")?);
    let (refund, amount_minor, status, told) = stated(object)?;
    Some(Event::RefundSeen {
        payment,
        refund,
        amount_minor,
        status,
        told,
    })
}

/// A refund object. A status that we do not know is not guessed.
pub(in crate::stripe) fn stated(object: &Value) -> Option<Stated> {
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
        particulars(object),
    ))
}

/// What only Finance needs: where it is missing, the report says less, and a refund made by hand is asked about.
fn particulars(object: &Value) -> Particulars {
    let created = object.get("created").and_then(Value::as_i64);
    Particulars {
        created_at: created.map(|seconds| Timestamp(seconds.saturating_mul(1_000))),
        charge: text(object, "charge").map(Into::into),
        failure_reason: text(object, "failure_reason").map(Into::into),
        said: said(object),
        note: note(object),
    }
}

/// Our own words in its metadata.
fn said(object: &Value) -> Option<Said> {
    let metadata = object.get("metadata")?;
    let code = text(metadata, "because_code").unwrap_or_default();
    Said::read(code, text(metadata, "because")?)
}

/// Whatever else whoever made it chose or wrote.
fn note(object: &Value) -> Option<Arc<str>> {
    const CHARACTERS_MAX: usize = 300;
    let reason = text(object, "reason").map(|reason| reason.replace('_', " "));
    let notes = [reason, text(object, "description").map(str::to_owned)];
    let note = notes.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let note: String = note.chars().take(CHARACTERS_MAX).collect();
    (!note.trim().is_empty()).then(|| note.into())
}
