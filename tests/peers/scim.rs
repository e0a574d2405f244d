//! SCIM from both sides: our adapter speaks to a provider that we did not write, and a client that we did not write
//! examines our local provider.

use std::io::Write as _;
use std::time::Duration;

use adapters::env::Env;
use adapters::http::Http;
use adapters::systems::{Systems, SystemsConfig};
use domain::Timestamp;
use domain::failure::{Failure, Reason};
use domain::id::{ObjectId, OrderId, PublicToken};
use domain::order::{Buyer, Order};
use domain::receipt::{Origin, Receipt, Step};
use flow::ports::Provider as _;
use local::client::Client;
use local::tools::python;
use local::world::identity::TOKEN;
use serde_json::{Value, json};

use crate::started::{self, Started, free_port};
use crate::town::Town;

const SERVER: &str = "0.8.3";
const PACKAGES: [&str; 5] = [
    "scim2-server==0.8.3",
    "scim2-tester==0.5.2",
    "scim2-client==0.13.2",
    "scim2-models==0.12.3",
    "httpx2==2.16.2",
];
const SECRET: &str = "a-token-of-the-peer";
const STEPS: [Step; 3] = [Step::Account, Step::Team, Step::Membership];
/// No SCIM call says when it was made.
const NOON: Timestamp = Timestamp(1_795_694_400_000);

/// PyPI's scim2-server; it ends with its owner.
struct Peer {
    _started: Started,
    url: String,
}

impl Peer {
    fn start() -> Self {
        let python = python("scim-peers", &PACKAGES).expect("scim2-server");
        let (server, port) = (python.with_file_name("scim2-server"), free_port());
        let command = [
            server.to_str().expect("a path"),
            "--hostname",
            "127.0.0.1",
            "--bearer-token",
            SECRET,
            "--port",
            &port.to_string(),
        ];
        Self {
            _started: Started::new("scim", &command, &[], port),
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    fn client(&self, more: &[(&str, &str)]) -> Systems {
        let mut pairs = vec![
            ("MAKEGOOD_SCIM_URL", self.url.as_str()),
            ("MAKEGOOD_SCIM_TOKEN", SECRET),
        ];
        pairs.extend(more);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let env = Env::from_pairs(pairs.into_iter().map(owned));
        let config = SystemsConfig::read(&env);
        env.verdict().expect("a configuration");
        Systems::new(config, Http::new(None).expect("a client"))
    }

    /// What the peer has, past our adapter.
    async fn has(&self, path: &str) -> Value {
        let headers = [("authorization", format!("Bearer {SECRET}"))];
        let http = Client::new(Duration::from_secs(10));
        let answer = http
            .call("GET", &format!("{}{path}", self.url), &headers, Vec::new())
            .await;
        serde_json::from_slice(&answer.expect("an answer").body).unwrap_or(Value::Null)
    }

    /// Somebody enters something, past our adapter.
    async fn enter(&self, path: &str, body: &Value) -> String {
        let headers = [
            ("authorization", format!("Bearer {SECRET}")),
            ("content-type", "application/scim+json".to_owned()),
        ];
        let http = Client::new(Duration::from_secs(10));
        let url = format!("{}{path}", self.url);
        let answer = http.post(&url, &headers, body.to_string().into_bytes()).await;
        let made: Value = serde_json::from_slice(&answer.expect("an answer").body).expect("JSON");
        made["id"].as_str().expect("an id").to_owned()
    }
}

/// Counts what was asked of a peer, and what it said as it should.
pub(crate) struct Checks {
    of: String,
    passed: usize,
    failed: Vec<String>,
}

impl Checks {
    pub(crate) fn of(peer: &str, version: &str) -> Self {
        Self {
            of: format!("{peer} {version}"),
            passed: 0,
            failed: Vec::new(),
        }
    }

    pub(crate) fn check(&mut self, what: &str, holds: bool) {
        if holds {
            self.passed += 1;
        } else {
            self.failed.push(what.to_owned());
        }
    }

    pub(crate) fn end(self) {
        let all = self.passed + self.failed.len();
        // Past the test runner, which keeps what passing tests print to itself.
        let mut out = std::io::stdout().lock();
        let _closed = writeln!(out, "{}: checks passed {} of {all}", self.of, self.passed);
        assert!(self.failed.is_empty(), "{}: {:#?}", self.of, self.failed);
    }
}

pub(crate) fn order(id: &str, email: &str) -> Order {
    let products = domain::catalogue::parse(include_str!("../../infra/catalogue.toml")).expect("products");
    let policy = domain::policy::parse(include_str!("../../infra/policy.toml")).expect("a policy");
    let product = products
        .into_iter()
        .find(|known| known.id == "team-year")
        .expect("a product");
    let buyer = Buyer {
        name: "Zoë \"Jo\" Müller 李".to_owned(),
        email: email.to_owned(),
        team: "Blue \\ \"Team\"".to_owned(),
    };
    let (id, token) = (OrderId::new(id), PublicToken::from_bits(7));
    Order::new(id, token, buyer, product, policy, Timestamp(0), Timestamp(1))
}

/// As the domain keeps it.
fn keep(order: &mut Order, step: Step, (object, origin): &(ObjectId, Origin)) {
    order.receipts.push(Receipt {
        step,
        object: object.clone(),
        origin: *origin,
        at: Timestamp(0),
        surplus: false,
        revoked_at: None,
        left: false,
    });
}

type Made = Result<(ObjectId, Origin), Failure>;

fn is(made: &Made, origin: Origin) -> bool {
    made.as_ref().is_ok_and(|(_, of)| *of == origin)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_speaks_to_a_provider_that_we_did_not_write() {
    let peer = Peer::start();
    let mut checks = Checks::of("scim2-server", SERVER);
    a_purchase(&peer, &mut checks).await;
    names(&peer, &mut checks).await;
    pages(&peer, &mut checks).await;
    one_account_for_two(&peer, &mut checks).await;
    switched_off(&peer, &mut checks).await;
    let stranger = peer.client(&[("MAKEGOOD_SCIM_TOKEN", "not-the-token")]);
    let refused = stranger
        .deliver(&order("ord_0", "no@example.com"), Step::Account, NOON)
        .await;
    let reason = refused.map_err(|failure| failure.reason);
    checks.check("another token is not accepted", reason == Err(Reason::NotAllowed));
    checks.end();
}

/// Made, looked for, made twice, taken back, taken back twice.
async fn a_purchase(peer: &Peer, checks: &mut Checks) {
    let scim = peer.client(&[]);
    let mut order = order("ord_1", "jo@example.com");
    for step in STEPS {
        let noun = step.noun();
        let none = scim.find(&order, step, NOON).await;
        let unasked = step == Step::Membership || none == Ok(vec![]);
        checks.check(&format!("no {noun} before it is made"), unasked);
        let made = scim.deliver(&order, step, NOON).await;
        checks.check(&format!("{noun} made: {made:?}"), is(&made, Origin::Made));
        let Ok(made) = made else { continue };
        keep(&mut order, step, &made);
        let found = scim.find(&order, step, NOON).await;
        checks.check(&format!("{noun} found: {found:?}"), found == Ok(vec![made.clone()]));
        if step != Step::Team {
            let again = scim.deliver(&order, step, NOON).await;
            checks.check(&format!("{noun} doubled: {again:?}"), again == Ok(made));
        }
    }
    let receipts = order.receipts.clone();
    for receipt in receipts.iter().rev() {
        let noun = receipt.step.noun();
        for time in ["taken back", "taken back again"] {
            let gone = scim.revoke(&order, receipt.step, &receipt.object, NOON).await;
            checks.check(&format!("{noun} {time}: {gone:?}"), gone == Ok(()));
        }
        let left = scim.find(&order, receipt.step, NOON).await;
        checks.check(&format!("{noun} is gone: {left:?}"), left == Ok(vec![]));
    }
    for kind in ["Users", "Groups"] {
        checks.check(
            &format!("no {kind} left"),
            peer.has(&format!("/{kind}")).await["totalResults"] == 0,
        );
    }
}

/// Names that would end a filter, a path or a query.
async fn names(peer: &Peer, checks: &mut Checks) {
    let scim = peer.client(&[]);
    for (number, name) in [
        r#"a"b"#,
        r"a\b",
        r#"a\" or userName pr or "b"#,
        "zoë+李&x=%22#",
        "tab\there",
    ]
    .into_iter()
    .enumerate()
    {
        let order = order(&format!("ord_2{number}"), name);
        let none = scim.find(&order, Step::Account, NOON).await;
        checks.check(&format!("{name:?} is not there: {none:?}"), none == Ok(vec![]));
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
        let id = peer.enter("/Users", &user).await;
        let own = (ObjectId::new(id), Origin::Found);
        let found = scim.find(&order, Step::Account, NOON).await;
        checks.check(
            &format!("{name:?} finds itself: {found:?}"),
            found == Ok(vec![own.clone()]),
        );
        let taken = scim.deliver(&order, Step::Account, NOON).await;
        checks.check(&format!("{name:?} is theirs: {taken:?}"), taken == Ok(own.clone()));
        let left = scim.revoke(&order, Step::Account, &own.0, NOON).await;
        let stands = peer.has(&format!("/Users/{}", own.0)).await["userName"] == name;
        checks.check(&format!("{name:?} is left alone: {left:?}"), left == Ok(()) && stands);
    }
}

/// More than one page of them.
async fn pages(peer: &Peer, checks: &mut Checks) {
    const TEAMS: usize = 103;
    let scim = peer.client(&[]);
    let order = order("ord_3", "pages@example.com");
    for _ in 0..TEAMS {
        let made = scim.deliver(&order, Step::Team, NOON).await;
        made.expect("a team");
    }
    let found = scim.find(&order, Step::Team, NOON).await.unwrap_or_default();
    let mut ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    checks.check(&format!("{} of {TEAMS} teams found", ids.len()), ids.len() == TEAMS);
}

/// The second order shares what the first one made; then the first cannot take it away, not even as it had read it.
async fn one_account_for_two(peer: &Peer, checks: &mut Checks) {
    let scim = peer.client(&[]);
    let (first, second) = (order("ord_4", "two@example.com"), order("ord_5", "Two@Example.com"));
    let made = scim.deliver(&first, Step::Account, NOON).await;
    checks.check(&format!("the first makes it: {made:?}"), is(&made, Origin::Made));
    let Ok((object, _)) = made else { return };
    let before = peer.has(&format!("/Users/{object}")).await["meta"]["version"].clone();
    let found = scim.deliver(&second, Step::Account, NOON).await;
    let shared = found == Ok((object.clone(), Origin::Found));
    checks.check(&format!("the second finds it: {found:?}"), shared);
    let after = peer.has(&format!("/Users/{object}")).await;
    checks.check("it is marked", after["externalId"] == "makegood:shared");
    checks.check(
        "its version moved on",
        !before.is_null() && after["meta"]["version"] != before,
    );
    for order in [&first, &second] {
        let left = scim.revoke(order, Step::Account, &object, NOON).await;
        checks.check(&format!("{} leaves it: {left:?}", order.id), left == Ok(()));
    }
    let stands = peer.has(&format!("/Users/{object}")).await["id"] == object.as_str();
    checks.check("it stands", stands);
    let headers = [
        ("authorization", format!("Bearer {SECRET}")),
        ("if-match", before.as_str().unwrap_or_default().to_owned()),
    ];
    let http = Client::new(Duration::from_secs(10));
    let url = format!("{}/Users/{object}", peer.url);
    let late = http
        .call("DELETE", &url, &headers, Vec::new())
        .await
        .expect("an answer");
    checks.check(
        &format!("a late deletion is refused: {}", late.status),
        late.status == 412,
    );
}

async fn switched_off(peer: &Peer, checks: &mut Checks) {
    let scim = peer.client(&[("MAKEGOOD_SCIM_REVOKE", "deactivate")]);
    let (first, second) = (order("ord_6", "off@example.com"), order("ord_7", "off@example.com"));
    let made = scim.deliver(&first, Step::Account, NOON).await;
    checks.check(&format!("made: {made:?}"), is(&made, Origin::Made));
    let Ok((object, _)) = made else { return };
    for time in ["off", "off again"] {
        let gone = scim.revoke(&first, Step::Account, &object, NOON).await;
        checks.check(&format!("{time}: {gone:?}"), gone == Ok(()));
        let active = peer.has(&format!("/Users/{object}")).await["active"].clone();
        checks.check(&format!("{time}: active is {active}"), active == false);
    }
    let on = scim.deliver(&second, Step::Account, NOON).await;
    checks.check(&format!("on: {on:?}"), on == Ok((object.clone(), Origin::Made)));
    let user = peer.has(&format!("/Users/{object}")).await;
    let its = user["active"] == true && user["externalId"] == "ord_7:account";
    checks.check(&format!("it is the second order's: {user}"), its);
    let late = scim.revoke(&first, Step::Account, &object, NOON).await;
    let stands = peer.has(&format!("/Users/{object}")).await["active"] == true;
    checks.check(
        &format!("the first order leaves it: {late:?}"),
        late == Ok(()) && stands,
    );
}

/// What the local provider does not claim to do, and says so; scim2-tester leaves it out.
const SKIPPED: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread")]
async fn our_local_provider_passes_scim2_tester() {
    let python = python("scim-peers", &PACKAGES).expect("scim2-tester");
    let town = Town::open().await;
    let question = json!({ "url": format!("{}/scim/v2", town.stack.places.world), "token": TOKEN });
    let asked = tokio::task::spawn_blocking(move || started::ask(&python, "scim_tester.py", &question));
    let said = asked.await.expect("its answer");
    let mut checks = Checks::of("scim2-tester", said["version"].as_str().unwrap_or_default());
    let mut skipped = Vec::new();
    for result in said["results"].as_array().expect("results") {
        let text = |name: &str| result[name].as_str().unwrap_or_default();
        match text("status") {
            "SKIPPED" => skipped.push(text("check")),
            status => {
                let good = matches!(status, "SUCCESS" | "COMPLIANT" | "ACCEPTABLE");
                checks.check(
                    &format!("{} {}: {status}: {}", text("of"), text("check"), text("reason")),
                    good,
                );
            }
        }
    }
    checks.end();
    assert_eq!(skipped, SKIPPED);
}
