//! An order lives in one item of at most 400 KB: it must not outgrow it, whatever fails and however often.

use std::time::Duration;

use adapters::dynamodb::Table;
use domain::because::Code;
use domain::case::{Choice, Word};
use domain::decide::{Decision, begin, decide};
use domain::effect::{Effect, Performer};
use domain::event::Event;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{DecisionId, PaymentId, RefundId};
use domain::order::Order;
use domain::owed::Which;
use domain::payment::{Particulars, RefundStatus};
use domain::{Moment, Timestamp};
use flow::ports::{Basis, Ledger as _};
use serde_json::Value;

use super::orders::{NOW, order};
use super::report::{Checked, holds, same};
use super::store::said;
use super::table::Dynamodb;
use super::upgrades::stored;

/// A quarter of what DynamoDB takes.
const BYTES_MAX: usize = 100_000;
/// A minute each: more than two days in which nothing works.
const ROUNDS: u32 = 3_000;
/// A person who tries again without looking, with the longest reason.
const DECIDED_EVERY: u32 = 150;

/// Somebody gives money back part by part in the Dashboard.
const REFUNDS: u32 = 20;

const FAILURES: [(FailureClass, Reason); 5] = [
    (FailureClass::Transient, Reason::Unavailable),
    (FailureClass::Throttled, Reason::TooMany),
    (FailureClass::Unknown, Reason::NoAnswer),
    (FailureClass::Transient, Reason::Unreachable),
    (FailureClass::Unknown, Reason::Garbled),
];

/// The item whole, as it is stored: the order, what it is found by, and its lines in Finance's lists.
pub(crate) async fn bounded(at: &Dynamodb, table: &Table, name: &str) -> Checked {
    let order = refunded_by_hand(worn_out()?)?;
    holds(order.version > ROUNDS.into(), || {
        format!("it was written only {} times", order.version)
    })?;
    table.commit(Basis::New, &order, &[]).await.map_err(said)?;
    let item = stored(at, name, &format!("order#{}", order.id)).await?;
    for lines in ["refund_lines", "waiting_lines"] {
        holds(item[lines]["S"].is_string(), || format!("it has no {lines}"))?;
    }
    let bytes = bytes(&item);
    holds(bytes < BYTES_MAX, || {
        format!("{bytes} bytes after {} writes", order.version)
    })?;
    same("it reads", &table.load(&order.id).await.map_err(said)?, &Some(order))
}

/// As DynamoDB counts: each attribute's name and what stands in it.
fn bytes(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    let sizes = attributes.map(|(name, value)| {
        let content = value["S"].as_str().or(value["N"].as_str());
        name.len() + content.map_or(0, str::len)
    });
    sizes.sum()
}

/// Of its one payment, in parts: each is a refund in the order and a line beside it.
fn refunded_by_hand(mut order: Order) -> Result<Order, String> {
    for number in 0..REFUNDS {
        let refund = Event::RefundSeen {
            payment: PaymentId::new("pi_1"),
            refund: RefundId::new(format!("re_3{number:023}")),
            amount_minor: 100,
            status: RefundStatus::Succeeded,
            told: Particulars {
                created_at: Some(order.written_at),
                charge: Some(format!("ch_3{number:023}").into()),
                ..Particulars::default()
            },
        };
        let now = order.written_at.plus(Duration::from_secs(60));
        order = advanced(&order, &refund, now).ok_or("a refund was not recorded")?;
    }
    Ok(order)
}

/// An order for which everything failed that can, for days.
fn worn_out() -> Result<Order, String> {
    let first = order(90_000);
    let paid = Event::PaymentCaptured {
        payment: PaymentId::new("pi_1"),
        amount: first.product.price,
    };
    let mut order = advanced(&first, &paid, NOW).ok_or("the payment was not recorded")?;
    for round in 0..ROUNDS {
        let now = NOW.plus(Duration::from_secs(60 * u64::from(round + 1)));
        let (class, reason) = FAILURES[round as usize % FAILURES.len()];
        let failure = Failure::new(class, reason);
        for performer in Performer::ALL {
            order = failed(order, performer, failure, now);
        }
        let died = Event::DeadLettered {
            queue: format!("Queue{}", round % 10),
        };
        order = advanced(&order, &died, now).unwrap_or(order);
        if round % DECIDED_EVERY == 0 {
            order = decided(order, now);
        }
    }
    Ok(order)
}

fn advanced(order: &Order, event: &Event, now: Timestamp) -> Option<Order> {
    match decide(order, event, Moment { now, jitter: 500 }) {
        Decision::Advance(next) => Some(next.order),
        Decision::Stay(_) | Decision::Refuse(_) => None,
    }
}

/// The performer takes up what is owed, and it fails.
fn failed(order: Order, performer: Performer, failure: Failure, now: Timestamp) -> Order {
    let Some(next) = begin(&order, performer, Moment { now, jitter: 500 }) else {
        return order;
    };
    let order = next.order;
    let lane = match Which::of(performer) {
        Which::Work => &order.work,
        Which::Tell => &order.tell,
    };
    let Some(intent) = &lane.intent else { return order };
    let attempt = intent.attempt;
    let event = match &intent.effect {
        Effect::Deliver(step) | Effect::LookFor(step) => Event::StepFailed {
            attempt,
            step: *step,
            failure,
            outage: false,
        },
        Effect::Tell(notice) => Event::NoticeFailed {
            attempt,
            notice: *notice,
            failure,
        },
        Effect::PassBrake
        | Effect::Revoke { .. }
        | Effect::ReturnMoney(_)
        | Effect::Annotate { .. }
        | Effect::Capture(_)
        | Effect::AskSession
        | Effect::AskPayment(_)
        | Effect::AskReturn(_)
        | Effect::AskDisputes(_) => Event::AskFailed { attempt, failure },
    };
    advanced(&order, &event, now).unwrap_or(order)
}

fn decided(order: Order, now: Timestamp) -> Order {
    let Some(case) = order.cases.iter().find(|case| case.resolved.is_none()) else {
        return order;
    };
    let event = Event::PersonDecided {
        case: case.id.clone(),
        seen: order.version,
        choice: Choice::Retry,
        word: Word {
            by: "jo".to_owned(),
            role: "operator".into(),
            reason: "r".repeat(500),
            code: Code::PersonDecided,
            decision: DecisionId::new("d".repeat(64)),
        },
    };
    advanced(&order, &event, now).unwrap_or(order)
}
