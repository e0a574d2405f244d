//! Verify, parse, record. Stripe hears yes only after the record is durable.

use adapters::lambda::http::{Request, Response};
use adapters::lambda::log;
use adapters::lambda::metric::Metric;
use adapters::secret::Held;
use adapters::stripe::signature::{Distrust, Secrets, verify};
use adapters::stripe::wire::{self, Webhook};
use domain::id::OrderId;
use flow::learn::{Learned, learn};
use flow::ports::{Books, Store, Trouble};

/// What we hold a delivery against.
pub struct Trust {
    pub secrets: Held<Secrets>,
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
    let signature = request.header("stripe-signature");
    let no_secret_fits = |verified: &Result<(), Distrust>| *verified == Err(Distrust::NoMatch);
    let verify = async |secrets: &Secrets| verify(signature, &request.body, secrets, store.now());
    if let Err(distrust) = trust.secrets.with(no_secret_fits, verify).await {
        log::count(Metric::WebhookSignaturesRefused, 1);
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
            log::count(Metric::WebhooksNotRecorded, 1);
            log::note(
                "webhook_not_recorded",
                &[("event", &webhook.id), ("because", &trouble.to_string())],
            );
            answer(500)
        }
    }
}

async fn record(store: &impl Store, stripe: &impl Books, webhook: &Webhook) -> Result<&'static str, Trouble> {
    Ok(match learn(store, stripe, &webhook.word).await? {
        Learned::WithoutMeaning => without_meaning(webhook),
        Learned::NotOurs => "webhook_not_ours",
        Learned::Recorded => "webhook_recorded",
        Learned::Known => "webhook_known",
        Learned::Refused => "webhook_refused",
        Learned::WithoutOrder => "webhook_without_order",
    })
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

fn refuse(status: u16, counted: &str, why: &str) -> Response {
    log::note(counted, &[("because", why)]);
    answer(status)
}

fn pass(counted: &str, webhook: &Webhook) -> Response {
    let order = webhook.word.order.as_ref().map_or("", OrderId::as_str);
    log::note(
        counted,
        &[("event", &webhook.id), ("type", &webhook.kind), ("order", order)],
    );
    answer(200)
}

fn answer(status: u16) -> Response {
    Response::new(status, "application/json", "{}")
}
