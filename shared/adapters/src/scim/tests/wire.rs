//! A provider that says what it was told to say, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use domain::Timestamp;
use domain::failure::Failure;
use domain::id::{ObjectId, OrderId, PublicToken};
use domain::order::{Buyer, Order};
use domain::receipt::{Origin, Receipt, Step};
use flow::ports::Provider as _;
use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::env::Env;
use crate::http::Http;
use crate::systems::{Systems, SystemsConfig};

const NOON: Timestamp = Timestamp(1_795_694_400_000);

pub(super) const NAME: &str = "jo@example.com";

pub(super) struct Says {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Value,
}

impl Says {
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

pub(super) fn says(status: u16, body: Value) -> Says {
    Says {
        status,
        headers: Vec::new(),
        body,
    }
}

/// One page that is all.
pub(super) fn lists(resources: &[Value]) -> Says {
    page(resources.len(), resources)
}

pub(super) fn page(total: usize, resources: &[Value]) -> Says {
    says(200, json!({ "totalResults": total, "Resources": resources }))
}

/// As a search shows it.
pub(super) fn user(id: &str, mark: &str) -> Value {
    json!({ "id": id, "userName": NAME, "externalId": mark, "meta": { "version": format!("W/\"{id}\"") } })
}

pub(super) fn off(mut user: Value) -> Value {
    user["active"] = json!(false);
    user
}

/// Answers in turn; more than it was told to answer is never asked.
#[derive(Clone)]
pub(super) struct Provider {
    says: Arc<Mutex<Vec<Says>>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Provider(..)")
    }
}

impl HttpConnector for Provider {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let decoded = percent_decode_str(request.uri()).decode_utf8().unwrap().into_owned();
        let path = decoded.strip_prefix("https://idp.example").unwrap();
        let version = request.headers().get("if-match");
        let version = version.map(|version| format!(" if {version}")).unwrap_or_default();
        let line = format!("{} {path}{version}", request.method());
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap_or(Value::Null);
        self.asked.lock().unwrap().push((line, body));
        let mut says = self.says.lock().unwrap();
        assert!(!says.is_empty(), "one call more than was foreseen: {:?}", self.asked());
        let said = says.remove(0);
        let text = if said.body.is_null() {
            String::new()
        } else {
            said.body.to_string()
        };
        let mut response = HttpResponse::new(StatusCode::try_from(said.status).unwrap(), SdkBody::from(text));
        for (name, value) in said.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok::<_, ConnectorError>(response))
    }
}

impl Provider {
    pub(super) fn that(says: impl IntoIterator<Item = Says>) -> Self {
        Self {
            says: Arc::new(Mutex::new(says.into_iter().collect())),
            asked: Arc::default(),
        }
    }

    /// What was asked, a line each. The versions of what was read stand behind "if".
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(line, _body)| line.clone())
            .collect()
    }

    /// What the last call carried.
    pub(super) fn last_body(&self) -> Value {
        self.asked.lock().unwrap().last().unwrap().1.clone()
    }

    fn client(&self, more: &[(&str, &str)]) -> Systems {
        let mut pairs = vec![
            ("MAKEGOOD_SCIM_URL", "https://idp.example"),
            ("MAKEGOOD_SCIM_TOKEN", "t"),
        ];
        pairs.extend(more);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let env = Env::from_pairs(pairs.into_iter().map(owned));
        Systems::new(
            SystemsConfig::read(&env),
            Http::over(SharedHttpConnector::new(self.clone())),
        )
    }

    pub(super) fn deliver(&self, order: &Order, step: Step) -> Result<(String, Origin), Failure> {
        let done = self.client(&[]).deliver(order, step, NOON).now_or_never().unwrap();
        done.map(|(object, origin)| (object.to_string(), origin))
    }

    pub(super) fn find(&self, order: &Order, step: Step) -> Result<Vec<(String, Origin)>, Failure> {
        let found = self.client(&[]).find(order, step, NOON).now_or_never().unwrap()?;
        let plain = |(object, origin): (ObjectId, Origin)| (object.to_string(), origin);
        Ok(found.into_iter().map(plain).collect())
    }

    pub(super) fn revoke(&self, order: &Order, step: Step, object: &str) -> Result<(), Failure> {
        let object = ObjectId::new(object);
        self.client(&[])
            .revoke(order, step, &object, NOON)
            .now_or_never()
            .unwrap()
    }

    /// The same, where the adopter has accounts switched off.
    pub(super) fn switch_off(&self, order: &Order, object: &str) -> Result<(), Failure> {
        let client = self.client(&[("MAKEGOOD_SCIM_REVOKE", "deactivate")]);
        let object = ObjectId::new(object);
        client
            .revoke(order, Step::Account, &object, NOON)
            .now_or_never()
            .unwrap()
    }
}

/// Order `ord_2` of Jo Doe.
pub(crate) fn order() -> Order {
    let products = domain::catalogue::parse(include_str!("../../../../../infra/catalogue.toml")).unwrap();
    let policy = domain::policy::parse(include_str!("../../../../../infra/policy.toml")).unwrap();
    let product = products.into_iter().find(|known| known.id == "team-year").unwrap();
    let buyer = Buyer {
        name: "Jo Doe".into(),
        email: NAME.into(),
        team: "Blue".into(),
    };
    let (id, token) = (OrderId::new("ord_2"), PublicToken::from_bits(7));
    Order::new(id, token, buyer, product, policy, Timestamp(0), Timestamp(1))
}

/// The same with its account and its team.
pub(super) fn order_with(user: &str, group: &str) -> Order {
    let mut order = order();
    for (step, object) in [(Step::Account, user), (Step::Team, group)] {
        order.receipts.push(Receipt {
            step,
            object: ObjectId::new(object),
            origin: Origin::Made,
            at: Timestamp(0),
            surplus: false,
            revoked_at: None,
            left: false,
        });
    }
    order
}
