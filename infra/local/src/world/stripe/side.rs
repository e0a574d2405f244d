//! What Stripe shows to the shop's owner, and what can be done there by hand.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form as Posted, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;
use testkit::stripe::{Dispute, Event, Intent, Refund, Stripe};

use super::super::World;
use super::super::page::{at, button, escape, page};
use super::pounds;

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/stripe", get(side))
        .route("/stripe/hand", post(by_hand))
}

async fn side(State(world): State<Arc<World>>) -> Html<String> {
    let stripe = world.stripe();
    let body = format!(
        "<p>What the shop's owner sees at Stripe. The reason for a refund stands in its metadata. What is done here by hand, \
         the shop learns from Stripe alone.</p><h2>Refunds</h2>{}<h2>Payments</h2>{}<h2>Disputes</h2>{}<h2>Events</h2>{}",
        refunds(&stripe),
        payments(&stripe),
        disputes(&stripe),
        events(&stripe)
    );
    page("Stripe's side", &body)
}

fn table(head: &[&str], rows: &str) -> String {
    if rows.is_empty() {
        return "<p class=\"soft\">None yet.</p>".to_owned();
    }
    let head: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
    format!("<div class=\"scroll\" tabindex=\"0\"><table><tr>{head}</tr>{rows}</table></div>")
}

/// Buttons that do something to the object.
fn hands(id: &str, hands: &[(&str, &str)]) -> String {
    let hand = |(what, label): &(&str, &str)| button("/stripe/hand", what, id, label);
    hands.iter().map(hand).collect()
}

fn refunds(stripe: &Stripe) -> String {
    let row = |refund: &Refund| {
        let because = refund.metadata.get("because").map_or("made by hand", String::as_str);
        let possible: &[(&str, &str)] = match refund.status.as_str() {
            "succeeded" => &[("refund_fails", "Let it fail")],
            "pending" | "requires_action" => &[
                ("refund_succeeds", "Let it go through"),
                ("refund_fails", "Let it fail"),
                ("refund_canceled", "Cancel it"),
            ],
            _ => &[],
        };
        format!(
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{}</td><td>{} {}</td></tr>",
            pounds(refund.amount, &refund.currency),
            at(refund.created * 1000),
            escape(because),
            escape(refund.metadata.get("reference").map_or("", String::as_str)),
            refund.status,
            hands(&refund.id, possible),
        )
    };
    table(
        &["Amount", "Because", "Reference", "Status"],
        &stripe.refunds.iter().rev().map(row).collect::<String>(),
    )
}

/// Stripe's own word for it, in plain ones.
fn standing(status: &str) -> &str {
    match status {
        "requires_capture" => "held, not taken",
        "succeeded" => "taken",
        "canceled" => "released, never taken",
        "processing" => "with the bank",
        "requires_payment_method" => "the bank said no",
        other => other,
    }
}

/// What Stripe would let its owner, the buyer's bank or the buyer do now.
fn possible(intent: &Intent) -> &'static [(&'static str, &'static str)] {
    match intent.status {
        "succeeded" if intent.refunded < intent.received => &[
            ("refund", "Refund by hand"),
            ("refund_half", "Refund half by hand"),
            ("dispute", "The customer's bank contests it"),
            ("inquire", "The customer's bank only asks"),
        ],
        "requires_capture" => &[("capture", "Capture by hand"), ("cancel", "Cancel by hand")],
        "processing" => &[("arrives", "The bank pays"), ("bounces", "The bank says no")],
        _ => &[],
    }
}

fn payments(stripe: &Stripe) -> String {
    let row = |intent: &Intent| {
        format!(
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            pounds(intent.amount, &intent.currency),
            at(intent.created * 1000),
            escape(intent.metadata.get("reference").map_or("", String::as_str)),
            standing(intent.status),
            pounds(intent.refunded, &intent.currency),
            hands(&intent.id, possible(intent)),
        )
    };
    table(
        &["Amount", "Reference", "Status", "Returned", "By hand"],
        &stripe.intents.iter().rev().map(row).collect::<String>(),
    )
}

fn disputes(stripe: &Stripe) -> String {
    let row = |dispute: &Dispute| {
        let (said, possible): (&str, &[(&str, &str)]) = match dispute.status {
            "needs_response" => (
                "contested",
                &[("dispute_lost", "The customer wins"), ("dispute_won", "The shop wins")],
            ),
            "warning_needs_response" => ("asked about", &[("inquiry_closed", "It asks no more")]),
            other => (other, &[]),
        };
        let paid = stripe.intents.iter().find(|intent| intent.id == dispute.intent);
        let reference = paid.and_then(|paid| paid.metadata.get("reference"));
        format!(
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{said} {}</td></tr>",
            pounds(dispute.amount, &dispute.currency),
            at(dispute.created * 1000),
            escape(reference.map_or("", String::as_str)),
            hands(&dispute.id, possible),
        )
    };
    table(
        &["Amount", "Reference", "Status"],
        &stripe.disputes.iter().rev().map(row).collect::<String>(),
    )
}

fn events(stripe: &Stripe) -> String {
    let row = |event: &Event| format!("<tr><td>{}</td><td>{}</td></tr>", at(event.created * 1000), event.kind);
    table(
        &["Time", "Event"],
        &stripe.events.iter().rev().take(30).map(row).collect::<String>(),
    )
}

/// What is done, and to which object; one of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Hand {
    refund: Option<String>,
    refund_half: Option<String>,
    dispute: Option<String>,
    inquire: Option<String>,
    capture: Option<String>,
    cancel: Option<String>,
    arrives: Option<String>,
    bounces: Option<String>,
    refund_succeeds: Option<String>,
    refund_fails: Option<String>,
    refund_canceled: Option<String>,
    dispute_lost: Option<String>,
    dispute_won: Option<String>,
    inquiry_closed: Option<String>,
}

/// What is not possible any more changes nothing.
async fn by_hand(State(world): State<Arc<World>>, Posted(hand): Posted<Hand>) -> Redirect {
    let now = world.clock.now_ms();
    {
        let mut stripe = world.stripe();
        hand.on_payment(&mut stripe, now);
        hand.on_what_followed(&mut stripe, now);
    }
    world.stripe_moved();
    Redirect::to("/stripe")
}

impl Hand {
    fn on_payment(&self, stripe: &mut Stripe, now: i64) {
        if let Some(payment) = &self.refund {
            stripe.refund_by_hand(payment, now);
        }
        if let Some(payment) = &self.refund_half {
            let paid = stripe.intents.iter().find(|intent| intent.id == *payment);
            let half = paid.map_or(0, |paid| (paid.received - paid.refunded) / 2);
            stripe.refund_part_by_hand(payment, half, now);
        }
        if let Some(payment) = &self.dispute {
            stripe.dispute(payment, now);
        }
        if let Some(payment) = &self.inquire {
            stripe.inquire(payment, now);
        }
        if let Some(payment) = &self.capture {
            stripe.capture_by_hand(payment, now);
        }
        if let Some(payment) = &self.cancel {
            stripe.cancel_by_hand(payment, now);
        }
        if let Some(session) = self.arrives.as_deref().and_then(|payment| session_of(stripe, payment)) {
            stripe.money_arrives(&session, now);
        }
        if let Some(session) = self.bounces.as_deref().and_then(|payment| session_of(stripe, payment)) {
            stripe.money_fails(&session, now);
        }
    }

    fn on_what_followed(&self, stripe: &mut Stripe, now: i64) {
        for (refund, status) in [
            (&self.refund_succeeds, "succeeded"),
            (&self.refund_fails, "failed"),
            (&self.refund_canceled, "canceled"),
        ] {
            if let Some(refund) = refund {
                stripe.settle_refund(refund, status, now);
            }
        }
        for (dispute, won) in [(&self.dispute_lost, false), (&self.dispute_won, true)] {
            if let Some(dispute) = dispute {
                stripe.close_dispute(dispute, won, now);
            }
        }
        if let Some(inquiry) = &self.inquiry_closed {
            stripe.close_inquiry(inquiry, now);
        }
    }
}

/// The payment page that the payment came from.
fn session_of(stripe: &Stripe, payment: &str) -> Option<String> {
    let mut sessions = stripe.sessions.iter();
    let session = sessions.find(|session| session.intent.as_deref() == Some(payment))?;
    Some(session.id.clone())
}
