//! A Secrets Manager and a partner who accepts one value, on a wire without a socket.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use domain::id::PaymentId;
use domain::sought::Sought;
use flow::ports::{Books as _, Provider as _};
use serde_json::json;

use super::*;
use crate::scim::tests::order;
use crate::store::StoreConfig;
use crate::stripe::signature::{Distrust, Secrets, verify};
use crate::stripe::{Stripe, StripeConfig};
use crate::systems::{Systems, SystemsConfig};

const OLD_KEY: &str = "rk_test_old";
const NEW_KEY: &str = "rk_test_new";
const OLD_SIGNS: &str = "licence=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_SIGNS: &str = "licence=whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// What the secret holds, what the partners accept, and what was asked.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Mutex<State>>);

struct State {
    /// None: nobody has put anything in.
    text: Option<String>,
    accepts: &'static str,
    reads: u32,
    /// What a partner was called with: its credential, and the name of the call.
    calls: Vec<(String, String)>,
    clock: PathBuf,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper(..)")
    }
}

impl HttpConnector for Keeper {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.0.lock().unwrap();
        let (status, body) = if request.uri().contains("secretsmanager") {
            state.reads += 1;
            let none = json!({ "__type": "ResourceNotFoundException" });
            let found = state.text.as_ref().map(|text| json!({ "SecretString": text }));
            (if found.is_some() { 200 } else { 400 }, found.unwrap_or(none))
        } else {
            let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
            let with = format!("{}{}", header("authorization"), header("webhook-signature"));
            let status = if with.contains(state.accepts) { 200 } else { 401 };
            state.calls.push((with, header("idempotency-key")));
            // Enough of an answer for each of them.
            let body = json!({ "id": "made_1", "metadata": { "order": "ord_1" } });
            (status, body)
        };
        let status = StatusCode::try_from(status).unwrap();
        let response = HttpResponse::new(status, SdkBody::from(body.to_string()));
        HttpConnectorFuture::ready(Ok::<_, ConnectorError>(response))
    }
}

impl Keeper {
    pub(crate) fn holding(values: &[(&str, &str)]) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let clock = std::env::temp_dir().join(format!("makegood-secret-{}-{number}", std::process::id()));
        let keeper = Self(Arc::new(Mutex::new(State {
            text: None,
            accepts: "",
            reads: 0,
            calls: Vec::new(),
            clock,
        })));
        keeper.put(values);
        keeper
    }

    pub(crate) fn put(&self, values: &[(&str, &str)]) {
        let values: BTreeMap<&str, &str> = values.iter().copied().collect();
        self.0.lock().unwrap().text = Some(json!(values).to_string());
    }

    fn accepts(&self, credential: &'static str) {
        self.0.lock().unwrap().accepts = credential;
    }

    pub(crate) fn reads(&self) -> u32 {
        self.0.lock().unwrap().reads
    }

    fn http(&self) -> Http {
        Http::over(SharedHttpConnector::new(self.clone()))
    }

    fn clock_says(&self, seconds: i64) {
        let file = self.0.lock().unwrap().clock.clone();
        std::fs::write(file, (seconds * 1000).to_string()).unwrap();
    }

    /// As a function starts, with these variables besides.
    pub(crate) async fn starts(&self, variables: &[(&str, &str)]) -> Result<(Env, Clock), String> {
        self.clock_says(0);
        let clock = self.0.lock().unwrap().clock.display().to_string();
        let mut pairs = vec![
            ("MAKEGOOD_LIVEMODE", "false"),
            ("MAKEGOOD_CLOCK_FILE", &clock),
            ("MAKEGOOD_SECRET", "arn:aws:secretsmanager:eu-central-1:1:secret:s"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "k"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
        ];
        pairs.extend(variables);
        let env = Env::from_pairs(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let clock = Clock::read(&env, false);
        let secret = Secret::of(&env, &AwsConfig::read(&env), &self.http(), clock.clone()).unwrap();
        secret.read().await?;
        Ok((secret.env(), clock))
    }

    /// Credentials that the partners were called with.
    fn called_with(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state.calls.iter().map(|(with, _name)| with.clone()).collect()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.clock);
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(test)
}

fn webhook_secrets(values: &str) -> Vec<(&str, &str)> {
    vec![("MAKEGOOD_STRIPE_WEBHOOK_SECRETS", values)]
}

async fn asks_stripe(stripe: &Stripe) -> bool {
    stripe.order_of(&Sought::Payment(PaymentId::new("pi_1"))).await.is_ok()
}

#[test]
fn a_rolled_key_of_stripes_is_read_again_once_and_then_held() {
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_STRIPE_KEY", OLD_KEY)]);
        keeper.accepts(OLD_KEY);
        let (env, _clock) = keeper.starts(&[]).await.unwrap();
        let stripe = Stripe::new(StripeConfig::read(&env), keeper.http());
        assert_eq!(env.verdict(), Ok(()));
        assert!(asks_stripe(&stripe).await);
        assert_eq!(keeper.reads(), 1);

        keeper.put(&[("MAKEGOOD_STRIPE_KEY", NEW_KEY)]);
        assert!(asks_stripe(&stripe).await, "what works is left alone");
        assert_eq!(keeper.reads(), 1);
        keeper.accepts(NEW_KEY);
        for _ in 0..3 {
            assert!(asks_stripe(&stripe).await);
        }
        assert_eq!(keeper.reads(), 2);
        let [old, new] = [OLD_KEY, NEW_KEY].map(|key| format!("Bearer {key}"));
        assert_eq!(
            keeper.called_with(),
            [&old, &old, &old, &new, &new, &new].map(String::as_str)
        );
    });
}

#[test]
fn what_is_refused_and_unchanged_fails_as_ever_and_is_read_again_once_a_minute() {
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_STRIPE_KEY", OLD_KEY)]);
        keeper.accepts(NEW_KEY);
        let (env, clock) = keeper.starts(&[]).await.unwrap();
        let stripe = Stripe::new(StripeConfig::read(&env), keeper.http());
        for (seconds, reads) in [(0, 2), (20, 2), (59, 2), (61, 3), (62, 3), (3_600, 4)] {
            keeper.clock_says(seconds);
            clock.refresh();
            assert!(!asks_stripe(&stripe).await);
            assert!(!asks_stripe(&stripe).await);
            assert_eq!(keeper.reads(), reads, "after {seconds} s");
        }
        assert_eq!(keeper.called_with().len(), 12, "nothing is repeated with the same key");
        // Put in too late for this minute, and taken up by the next.
        keeper.put(&[("MAKEGOOD_STRIPE_KEY", NEW_KEY)]);
        assert!(!asks_stripe(&stripe).await);
        keeper.clock_says(3_700);
        clock.refresh();
        assert!(asks_stripe(&stripe).await);
    });
}

#[test]
fn a_token_and_what_signs_steps_are_read_again_together() {
    run(async {
        let values = |token: &'static str, signs: &'static str| {
            [("MAKEGOOD_SCIM_TOKEN", token), ("MAKEGOOD_STEP_SECRETS", signs)]
        };
        let keeper = Keeper::holding(&values("old-token", OLD_SIGNS));
        let places = [
            ("MAKEGOOD_SCIM_URL", "https://idp.example"),
            ("MAKEGOOD_STEP_ADDRESSES", "licence=https://licences.example"),
        ];
        let (env, _clock) = keeper.starts(&places).await.unwrap();
        let systems = Systems::new(SystemsConfig::read(&env), keeper.http());
        assert_eq!(env.verdict(), Ok(()));
        keeper.put(&values("new-token", NEW_SIGNS));
        keeper.accepts("new-token");
        let order = order();
        let made = systems.deliver(&order, domain::receipt::Step::Team, Timestamp(0)).await;
        assert!(made.is_ok(), "{made:?}");
        assert_eq!(keeper.reads(), 2);

        let licence = domain::receipt::Step::parse("licence").unwrap();
        let _refused = systems.deliver(&order, licence, Timestamp(0)).await;
        assert_eq!(keeper.reads(), 2, "it was read again just now");
        let state = keeper.0.lock().unwrap();
        let [.., first, second] = state.calls.as_slice() else {
            panic!("two calls: {:?}", state.calls);
        };
        assert_ne!(first.0, second.0, "signed anew");
        assert_eq!(first.1, second.1, "it is the same call");
    });
}

#[test]
fn a_webhook_that_no_secret_fits_has_them_read_again() {
    run(async {
        let keeper = Keeper::holding(&webhook_secrets("whsec_old_one"));
        let (env, _clock) = keeper.starts(&[]).await.unwrap();
        let secrets = Held::read(&env, Secrets::read);
        keeper.put(&webhook_secrets("whsec_old_one,whsec_new_one"));
        let comes = async |signed_with: &str| {
            let header = signed(signed_with);
            let check = async |secrets: &Secrets| verify(Some(&header), b"{}", secrets, Timestamp(0));
            secrets.with(|came| *came == Err(Distrust::NoMatch), check).await
        };
        assert_eq!(comes("whsec_old_one").await, Ok(()));
        assert_eq!(keeper.reads(), 1);
        assert_eq!(comes("whsec_new_one").await, Ok(()));
        assert_eq!(comes("whsec_old_one").await, Ok(()));
        assert_eq!(keeper.reads(), 2);
        for _ in 0..20 {
            assert_eq!(comes("whsec_forged_one").await, Err(Distrust::NoMatch));
        }
        assert_eq!(keeper.reads(), 2);
    });
}

fn signed(secret: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(b"0.{}");
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t=0,v1={hex}")
}

#[test]
fn what_cannot_be_used_does_not_take_the_place_of_what_could() {
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_STRIPE_KEY", OLD_KEY)]);
        let (env, clock) = keeper.starts(&[]).await.unwrap();
        let stripe = Stripe::new(StripeConfig::read(&env), keeper.http());
        keeper.accepts(NEW_KEY);
        let minute = |at: i64| {
            keeper.clock_says(at * 60);
            clock.refresh();
        };
        // A live key where the mode is not, another name, and no JSON at all.
        keeper.put(&[("MAKEGOOD_STRIPE_KEY", "rk_live_x")]);
        assert!(!asks_stripe(&stripe).await);
        keeper.put(&[("STRIPE_KEY", NEW_KEY)]);
        minute(2);
        assert!(!asks_stripe(&stripe).await);
        keeper.0.lock().unwrap().text = Some(NEW_KEY.to_owned());
        minute(4);
        assert!(!asks_stripe(&stripe).await);
        assert_eq!(keeper.called_with(), [OLD_KEY; 3].map(|key| format!("Bearer {key}")));
        keeper.accepts(OLD_KEY);
        assert!(asks_stripe(&stripe).await);
    });
}

#[test]
fn a_function_does_not_start_without_its_secret_and_says_the_mend() {
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_SCIM_TOKEN", "a-secret-of-ours")]);
        let (env, _clock) = keeper
            .starts(&[("MAKEGOOD_STRIPE_KEY", "rk_test_in_the_environment")])
            .await
            .unwrap();
        StripeConfig::read(&env);
        let said = env.verdict().unwrap_err().to_string();
        assert!(
            said.contains("MAKEGOOD_STRIPE_KEY: is not in the function's secret"),
            "{said}"
        );

        for wrong in [
            "a-secret-of-ours",
            "[\"a-secret-of-ours\"]",
            "{\"MAKEGOOD_SCIM_TOKEN\": 17}",
        ] {
            keeper.0.lock().unwrap().text = Some(wrong.to_owned());
            let said = keeper.starts(&[]).await.err().unwrap();
            assert!(said.contains("no JSON object of names and texts"), "{said}");
            assert!(!said.contains("ours") && !said.contains("17"), "{said}");
        }
        keeper.0.lock().unwrap().text = None;
        let said = keeper.starts(&[]).await.err().unwrap();
        assert!(said.contains("put one in"), "{said}");
    });
}

#[test]
fn on_aws_nothing_secret_is_taken_from_the_environment() {
    let on_aws = [
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("MAKEGOOD_LIVEMODE", "false"),
        ("MAKEGOOD_STRIPE_KEY", OLD_KEY),
    ];
    let env = Env::from_pairs(on_aws.map(|(name, value)| (name.to_owned(), value.to_owned())));
    StripeConfig::read(&env);
    let said = env.verdict().unwrap_err().to_string();
    assert!(
        said.contains("MAKEGOOD_SECRET: is not set") && !said.contains(OLD_KEY),
        "{said}"
    );
    // What needs no secret starts without one.
    let coordination = Env::from_pairs([("LAMBDA_TASK_ROOT".to_owned(), "/var/task".to_owned())]);
    StoreConfig::read(&coordination);
    assert!(!coordination.verdict().unwrap_err().to_string().contains(SECRET));
}

#[test]
fn a_secret_is_in_no_debug_output() {
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_SCIM_TOKEN", "a-secret-of-ours")]);
        let (env, _clock) = keeper.starts(&[]).await.unwrap();
        let held = Held::read(&env, |env| env.secret("MAKEGOOD_SCIM_TOKEN"));
        assert_eq!(*held.now(), "a-secret-of-ours");
        assert_eq!(format!("{held:?}"), "Held(..)");
    });
}

#[test]
fn a_minute_passes_between_two_readings() {
    let at = |seconds: i64| Timestamp(seconds * 1000);
    assert!(may_ask(None, at(0)));
    for (now, may) in [(100, false), (159, false), (160, true), (1_000, true), (50, false)] {
        assert_eq!(may_ask(Some(at(100)), at(now)), may, "{now}");
    }
}
