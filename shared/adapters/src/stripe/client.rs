//! The calls that we make, each with its key, and what their failures mean.

use std::borrow::Cow;

use domain::because::{Because, at_stripe};
use domain::catalogue::Settlement;
use domain::failure::{Failure, FailureClass, Reason};
use domain::id::{PaymentId, SessionId};
use domain::order::{Order, Session};
use domain::payment::{Payment, Refund, Return, Standing, Stated};
use domain::work::Attempt;
use flow::ports::{Cashier, Till, Treasury};
use serde_json::Value;

use super::key::Key;
use super::wire;
use crate::env::Env;
use crate::http::{Header, Http, NoReply, Reply};
use crate::secret::Held;

/// Payloads and answers have this shape, whatever the account's default is.
const VERSION: &str = "2026-06-24.dahlia";

const PAGES_MAX: usize = 20;

/// An answer that says nothing we can use: nothing was changed by asking, so it is asked again.
pub(super) const GARBLED: Failure = Failure::new(FailureClass::Transient, Reason::Garbled);

pub struct StripeConfig {
    url: String,
    key: Held<Key>,
    account: Option<String>,
    /// The shop's public address: buyers come back to it. Empty for those who open no payment page.
    shop: String,
}

impl StripeConfig {
    /// For the function that opens payment pages: buyers must find their way back.
    pub fn of_shop(env: &Env) -> Self {
        Self {
            shop: env.url("MAKEGOOD_PUBLIC_URL"),
            ..Self::read(env)
        }
    }

    /// For those who only read, and do without where there is no key.
    pub fn of_reader(env: &Env) -> Option<Self> {
        Key::is_given(env).then(|| Self::with(env, Key::read_restricted))
    }

    pub fn read(env: &Env) -> Self {
        Self::with(env, Key::read)
    }

    fn with(env: &Env, read_key: fn(&Env) -> Key) -> Self {
        let account = env.optional("MAKEGOOD_STRIPE_ACCOUNT");
        if account.as_ref().is_some_and(|account| !account.starts_with("acct_")) {
            env.refuse(
                "MAKEGOOD_STRIPE_ACCOUNT",
                "is no account: write acct_..., or leave it out".to_owned(),
            );
        }
        Self {
            url: env.url_or("MAKEGOOD_STRIPE_URL", "https://api.stripe.com"),
            key: Held::read(env, read_key),
            account,
            shop: String::new(),
        }
    }
}

pub struct Stripe {
    config: StripeConfig,
    http: Http,
}

/// Form fields in the order in which they are sent.
type Fields<'a> = Vec<(Cow<'a, str>, String)>;

impl Stripe {
    pub fn new(config: StripeConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// One call, with the key of now. A refused key has done nothing, so that the idempotency key stays the same.
    async fn call(&self, method: &str, path: &str, key: Option<&str>, body: Vec<u8>) -> Result<Reply, NoReply> {
        let url = format!("{}{path}", self.config.url);
        // 403: a key that lacks a right. Its next one may have it.
        let refused =
            |came: &Result<Reply, NoReply>| came.as_ref().is_ok_and(|reply| matches!(reply.status, 401 | 403));
        let call = async |with: &Key| {
            self.http
                .send(method, &url, self.headers(with, key), body.clone())
                .await
        };
        self.config.key.with(refused, call).await
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let answered = self.call("GET", path, None, Vec::new()).await;
        // Nothing was asked to change: whatever went wrong, asking again is safe.
        let soft = |failure: Failure| match failure.class {
            FailureClass::Unknown => Failure::new(FailureClass::Transient, failure.reason),
            FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected => failure,
        };
        understand(answered).map_err(soft)
    }

    async fn post(&self, path: &str, key: Option<&str>, fields: &Fields<'_>) -> Result<Value, Failure> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        understand(self.call("POST", path, key, form.finish().into_bytes()).await)
    }

    /// First the reason on the payment: if the answer to what follows is lost, Finance still finds why. Writing it again
    /// changes nothing, so it needs no key, and no saved error can stand in its way. Tells what was written.
    async fn explain(&self, order: &Order, payment: &Payment, because: &Because) -> Result<Fields<'static>, Failure> {
        let why = metadata(order, because);
        let path = format!("/v1/payment_intents/{}", payment.id);
        self.post(&path, None, &why).await.map_err(not_the_refund)?;
        Ok(why)
    }

    /// Everything of one kind that the payment has.
    pub(super) async fn list<T>(
        &self,
        kind: &str,
        payment: &PaymentId,
        stated: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut after = String::new();
        for _ in 0..PAGES_MAX {
            let page = self
                .get(&format!("/v1/{kind}?payment_intent={payment}&limit=100{after}"))
                .await?;
            let data = page.get("data").and_then(Value::as_array).ok_or(GARBLED)?;
            for object in data {
                // Half a list would be read as "there is none": rather ask again.
                all.push(stated(object).ok_or(GARBLED)?);
            }
            let last = data.last().and_then(|object| wire::text(object, "id"));
            match last.filter(|_| page.get("has_more").and_then(Value::as_bool) == Some(true)) {
                Some(last) => after = format!("&starting_after={last}"),
                None => return Ok(all),
            }
        }
        Err(GARBLED)
    }

    fn headers(&self, with: &Key, key: Option<&str>) -> Vec<Header> {
        let mut headers = vec![
            ("authorization", with.bearer().into()),
            ("stripe-version", VERSION.into()),
            ("content-type", "application/x-www-form-urlencoded".into()),
        ];
        headers.extend(key.map(|key| ("idempotency-key", key.to_owned().into())));
        headers.extend(
            self.config
                .account
                .as_ref()
                .map(|account| ("stripe-account", account.clone().into())),
        );
        headers
    }

    fn session_fields<'a>(&self, order: &Order) -> Fields<'a> {
        let page = format!("{}/orders/{}", self.config.shop, order.slug());
        let price = order.product.price;
        let mut fields = vec![
            ("mode", "payment".to_owned()),
            ("line_items[0][quantity]", "1".to_owned()),
            ("line_items[0][price_data][currency]", price.currency.code().to_owned()),
            ("line_items[0][price_data][unit_amount]", price.minor.to_string()),
            (
                "line_items[0][price_data][product_data][name]",
                order.product.name.clone(),
            ),
            ("customer_email", order.buyer.email.clone()),
            ("client_reference_id", order.id.to_string()),
            ("metadata[order]", order.id.to_string()),
            ("metadata[reference]", order.reference()),
            ("payment_intent_data[metadata][order]", order.id.to_string()),
            ("payment_intent_data[metadata][reference]", order.reference()),
            ("expires_at", order.checkout.expires_at.seconds().to_string()),
            ("success_url", format!("{page}?session_id={{CHECKOUT_SESSION_ID}}")),
            ("cancel_url", format!("{page}?cancelled")),
        ];
        if order.product.settlement == Settlement::AuthoriseFirst {
            fields.push(("payment_intent_data[capture_method]", "manual".to_owned()));
        }
        fields.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }
}

impl Cashier for Stripe {
    async fn open_session(&self, order: &Order) -> Result<Session, Failure> {
        let key = format!("{}:session:{}", order.id, order.checkout.generation);
        let session = self
            .post("/v1/checkout/sessions", Some(&key), &self.session_fields(order))
            .await?;
        match (wire::text(&session, "id"), wire::text(&session, "url")) {
            (Some(id), Some(url)) => Ok(Session {
                id: SessionId::new(id),
                url: url.into(),
            }),
            _ => Err(Failure::unknown(Reason::Garbled)),
        }
    }
}

impl Till for Stripe {
    async fn capture(&self, order: &Order, payment: &Payment, attempt: Attempt) -> Result<Standing, Failure> {
        let key = format!("{}:capture:{}:{attempt}", order.id, payment.id);
        let path = format!("/v1/payment_intents/{}/capture", payment.id);
        let taken = self.post(&path, Some(&key), &Vec::new()).await?;
        wire::standing(&taken).ok_or(Failure::unknown(Reason::Garbled))
    }
}

impl Treasury for Stripe {
    async fn refund(&self, order: &Order, payment: &Payment, owed: &Return) -> Result<Stated, Failure> {
        let mut refund = self.explain(order, payment, &owed.because).await?;
        refund.push(("payment_intent".into(), payment.id.to_string()));
        refund.push(("amount".into(), owed.amount.minor.to_string()));
        let key = format!("{}:return:{}:{}", order.id, payment.id, owed.generation);
        let made = self.post("/v1/refunds", Some(&key), &refund).await?;
        wire::refund::stated(&made).ok_or(Failure::unknown(Reason::Garbled))
    }

    async fn void(&self, order: &Order, payment: &Payment, owed: &Return) -> Result<Standing, Failure> {
        self.explain(order, payment, &owed.because).await?;
        let key = format!("{}:void:{}:{}", order.id, payment.id, owed.generation);
        let path = format!("/v1/payment_intents/{}/cancel", payment.id);
        let canceled = self.post(&path, Some(&key), &Vec::new()).await?;
        wire::standing(&canceled).ok_or(Failure::unknown(Reason::Garbled))
    }

    async fn annotate(&self, order: &Order, payment: &Payment, refund: &Refund) -> Result<(), Failure> {
        let Some(words) = &refund.words else {
            return Err(Failure::new(FailureClass::Rejected, Reason::Missing));
        };
        let of_payment = payment.owed.as_ref().map_or(&words.because, |owed| &owed.because);
        self.explain(order, payment, of_payment).await?;
        let why = metadata(order, &words.because);
        self.post(&format!("/v1/refunds/{}", refund.id), None, &why).await?;
        Ok(())
    }
}

/// The reason could not be written down, and the refund was not asked for: nothing is in doubt.
fn not_the_refund(failure: Failure) -> Failure {
    match failure.class {
        FailureClass::Unknown => Failure::new(FailureClass::Transient, failure.reason),
        FailureClass::Transient | FailureClass::Throttled | FailureClass::Rejected => failure,
    }
}

/// Why money goes back, as fields of metadata.
fn metadata(order: &Order, because: &Because) -> Fields<'static> {
    let fields = at_stripe(order, because).into_iter();
    fields
        .map(|(key, value)| (format!("metadata[{key}]").into(), value))
        .collect()
}

/// Stripe's answers, classified once. Source: <https://docs.stripe.com/error-low-level>.
fn understand(answered: Result<Reply, NoReply>) -> Result<Value, Failure> {
    let reply = match answered {
        Ok(reply) => reply,
        Err(NoReply::NotSent) => return Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
        Err(NoReply::NoAnswer) => return Err(Failure::unknown(Reason::NoAnswer)),
    };
    match reply.status {
        200..=299 => serde_json::from_slice(&reply.body).map_err(|_garbled| Failure::unknown(Reason::Garbled)),
        // Another request with this key is still running, unless Stripe says that waiting will not help.
        409 if reply.should_retry == Some(false) => Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
        // The same, or there are too many at once.
        409 | 429 => Err(Failure::new(FailureClass::Throttled, Reason::TooMany)),
        // It gave up on a part of the work, or on waiting: nobody knows how far it came.
        408 | 424 => Err(Failure::unknown(Reason::NoAnswer)),
        // A refusal that Stripe itself says will pass.
        400..=499 if reply.should_retry == Some(true) => {
            Err(Failure::new(FailureClass::Transient, Reason::Unavailable))
        }
        400 if names_the_address(&reply.body) => Err(Failure::new(FailureClass::Rejected, Reason::BadAddress)),
        // Our key, not the buyer: a mended key settles the order, so nothing is undone for it.
        401 | 403 => Err(Failure::new(FailureClass::Transient, Reason::NotAllowed)),
        404 => Err(Failure::new(FailureClass::Rejected, Reason::Missing)),
        400..=499 => Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
        // It may have happened, and the same key will replay this answer.
        500..=599 => Err(Failure::unknown(Reason::ServerError)),
        _ => Err(Failure::unknown(Reason::Garbled)),
    }
}

/// The buyer's e-mail address is what Stripe does not accept.
fn names_the_address(body: &[u8]) -> bool {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    told.is_some_and(|told| told.pointer("/error/param").and_then(Value::as_str) == Some("customer_email"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, should_retry: Option<bool>, body: &str) -> Result<(), FailureClass> {
        let reply = Reply {
            status,
            etag: None,
            retry_after: None,
            should_retry,
            date: None,
            body: body.into(),
        };
        understand(Ok(reply)).map(|_| ()).map_err(|failure| failure.class)
    }

    #[test]
    fn each_answer_of_stripes_has_its_class() {
        use FailureClass::{Rejected, Throttled, Transient, Unknown};
        for (status, should_retry, came) in [
            (200, None, Ok(())),
            (400, None, Err(Rejected)),
            (400, Some(true), Err(Transient)),
            (401, None, Err(Transient)),
            (403, None, Err(Transient)),
            (402, Some(false), Err(Rejected)),
            (404, None, Err(Rejected)),
            (408, None, Err(Unknown)),
            (409, None, Err(Throttled)),
            (409, Some(true), Err(Throttled)),
            (409, Some(false), Err(Rejected)),
            (424, None, Err(Unknown)),
            (429, Some(false), Err(Throttled)),
            (429, None, Err(Throttled)),
            // It may have happened, whatever the header says: the same key would only replay it.
            (500, None, Err(Unknown)),
            (500, Some(true), Err(Unknown)),
            (503, None, Err(Unknown)),
        ] {
            assert_eq!(class(status, should_retry, "{}"), came, "{status} {should_retry:?}");
        }
        assert_eq!(class(200, None, "<html>"), Err(Unknown));
        let none = |no_reply| understand(Err(no_reply)).map(|_| ()).map_err(|failure| failure.class);
        assert_eq!(none(NoReply::NotSent), Err(Transient));
        assert_eq!(none(NoReply::NoAnswer), Err(Unknown));
    }

    #[test]
    fn the_address_that_stripe_refuses_is_named() {
        let refused = br#"{"error":{"type":"invalid_request_error","code":"email_invalid","param":"customer_email"}}"#;
        let reply = Reply {
            status: 400,
            etag: None,
            retry_after: None,
            should_retry: None,
            date: None,
            body: refused.to_vec(),
        };
        let failure = Failure::new(FailureClass::Rejected, Reason::BadAddress);
        assert_eq!(understand(Ok(reply)), Err(failure));
    }
}
