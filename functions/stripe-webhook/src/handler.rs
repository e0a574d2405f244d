//! Verify, parse, record. Stripe hears yes only after the record is durable.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use adapters::stripe::signature::{Secrets, verify};
use adapters::stripe::wire::{self, Meaning, Webhook};
use domain::case::{Case, Class};
use domain::event::Event;
use domain::failure::Failure;
use domain::id::{CaseId, OrderId, PaymentId};
use domain::money::Money;
use domain::payment::{DisputeStatus, Standing};
use flow::advance::{Advanced, advance};
use flow::hands::read_payment;
use flow::ports::{Books, Store, Trouble};

/// What we hold a delivery against.
pub struct Trust {
    pub secrets: Secrets,
    pub livemode: bool,
    pub account: Option<String>,
}

/// An event of Stripe's is far smaller.
const BODY_BYTES_MAX: usize = 1_048_576;

/// `stripe` is asked where the event itself does not say enough.
pub async fn handle(store: &impl Store, trust: &Trust, stripe: &impl Books, request: &Request) -> Response {
    if request.body.len() > BODY_BYTES_MAX {
        return refuse(413, "webhook_too_large", "");
    }
    if let Err(distrust) = verify(
        request.header("stripe-signature"),
        &request.body,
        &trust.secrets,
        store.now(),
    ) {
        return refuse(400, "webhook_signature_refused", distrust.name());
    }
    let webhook = match wire::parse(&request.body) {
        Ok(webhook) => webhook,
        Err(_) => return refuse(400, "webhook_not_an_event", ""),
    };
    if webhook.livemode != trust.livemode {
        return pass("webhook_other_mode", &webhook);
    }
    if webhook.account.is_some() && webhook.account != trust.account {
        return pass("webhook_other_account", &webhook);
    }
    match record(store, stripe, &webhook).await {
        Ok(counted) => pass(counted, &webhook),
        Err(trouble) => {
            log::note(
                "webhook_not_recorded",
                &[("event", &webhook.id), ("because", &trouble.to_string())],
            );
            answer(500)
        }
    }
}

async fn record(store: &impl Store, stripe: &impl Books, webhook: &Webhook) -> Result<&'static str, Trouble> {
    let Some(meaning) = &webhook.meaning else {
        return Ok(without_meaning(webhook));
    };
    let Some(order) = order_of(stripe, webhook, meaning).await? else {
        return Ok("webhook_not_ours");
    };
    let event = match meaning {
        Meaning::Fact(event) => event.clone(),
        Meaning::Hint(payment) => read_payment(stripe, None, payment)
            .await
            .map_err(|failure| no_answer("ask Stripe where the payment stands", failure))?,
    };
    match advance(store, &order, &event).await? {
        Advanced::Recorded(_) => Ok("webhook_recorded"),
        Advanced::Stayed { .. } => Ok("webhook_known"),
        Advanced::Refused { .. } => Ok("webhook_refused"),
        Advanced::NoSuchOrder => {
            money_without_order(store, &order, &event).await?;
            Ok("webhook_without_order")
        }
    }
}

/// Counted by kind: whoever set the endpoint up wrongly sees it.
fn without_meaning(webhook: &Webhook) -> &'static str {
    match webhook.kind.as_str() {
        // Some events were never made, and Stripe's list does not have them either.
        "v2.core.health.event_generation_failure.resolved" => "webhook_events_were_lost",
        _ if webhook.thin => "webhook_thin",
        _ if webhook.unread() => "webhook_unread",
        _ => "webhook_without_meaning",
    }
}

/// Session, payment and charge carry our metadata from their first moment, or they are not ours. A refund made by hand
/// and a dispute carry none; their payment does.
async fn order_of(stripe: &impl Books, webhook: &Webhook, meaning: &Meaning) -> Result<Option<OrderId>, Trouble> {
    match (&webhook.order, meaning) {
        (
            None,
            Meaning::Fact(
                Event::RefundSeen { payment, .. }
                | Event::RefundedTotalSeen { payment, .. }
                | Event::DisputeSeen { payment, .. },
            ),
        ) => stripe
            .order_of(payment)
            .await
            .map_err(|failure| no_answer("ask Stripe whose payment it is", failure)),
        (named, _) => Ok(named.clone()),
    }
}

fn no_answer(wanted: &'static str, failure: Failure) -> Trouble {
    Trouble {
        wanted,
        because: failure.to_string(),
    }
}

/// Our name is on it and the order is not there: a person must find out whose money it is.
async fn money_without_order(store: &impl Store, order: &OrderId, event: &Event) -> Result<(), Trouble> {
    let Some(about) = money_in(event) else {
        return Ok(());
    };
    let (payment, amount) = (about.payment, about.amount);
    let consequence = match amount {
        Some(amount) => format!("{amount} came in ({payment}) for the order {order}, which does not exist here."),
        None => format!("{payment}, of the order {order} that does not exist here, is refunded or contested."),
    };
    let case = Case {
        id: CaseId::new(format!("case_{}", about.id)),
        order: None,
        class: Class::MoneyWithoutOrder,
        opened_at: store.now(),
        consequence,
        suggestion: None,
        money: amount,
        resolved: None,
    };
    store.open_case(&case).await
}

/// What money without an order is about: one case for each payment, refund and dispute.
struct About<'a> {
    id: String,
    payment: &'a PaymentId,
    amount: Option<Money>,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only these are about money; whatever else is said of an order that is not here moves none"
)]
fn money_in(event: &Event) -> Option<About<'_>> {
    let about = |id: &str, payment, amount| {
        Some(About {
            id: id.to_owned(),
            payment,
            amount,
        })
    };
    match event {
        Event::PaymentCaptured { payment, amount }
        | Event::PaymentSeen {
            payment,
            standing: Standing::Captured { amount } | Standing::Held { amount, .. },
            ..
        } => about(payment.as_str(), payment, Some(*amount)),
        Event::RefundSeen {
            payment,
            refund,
            status,
            ..
        } if status.holds() => about(refund.as_str(), payment, None),
        Event::DisputeSeen {
            payment,
            dispute,
            status: DisputeStatus::Inquiry | DisputeStatus::Open | DisputeStatus::Lost,
            ..
        } => about(dispute.as_str(), payment, None),
        _ => None,
    }
}

fn refuse(status: u16, counted: &str, why: &str) -> Response {
    log::note(counted, &[("because", why)]);
    answer(status)
}

fn pass(counted: &str, webhook: &Webhook) -> Response {
    let order = webhook.order.as_ref().map_or("", OrderId::as_str);
    log::note(
        counted,
        &[("event", &webhook.id), ("type", &webhook.kind), ("order", order)],
    );
    answer(200)
}

fn answer(status: u16) -> Response {
    Response::new(status, "application/json", "{}")
}
