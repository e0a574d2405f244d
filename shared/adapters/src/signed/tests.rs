//! What is said over the wire, and what an answer means.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use domain::order::Order;
use domain::receipt::{Receipt, Step};
use futures_util::FutureExt as _;

use super::*;
use crate::env::Env;
use crate::scim::tests::order;

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOON: Timestamp = Timestamp(1_795_694_400_000);

/// Says one thing, and remembers what it was asked.
#[derive(Clone, Debug)]
struct System {
    status: u16,
    body: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for System {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| format!("{name}: {value}"));
        let mut asked = vec![format!("{} {}", request.method(), request.uri())];
        asked.extend(headers);
        asked.push(String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned());
        *self.asked.lock().unwrap() = asked;
        let status = StatusCode::try_from(self.status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(self.body))))
    }
}

impl System {
    fn that_says(status: u16, body: &'static str) -> Self {
        let asked = Arc::default();
        Self { status, body, asked }
    }

    fn client(&self) -> Signed {
        let env = Env::from_pairs([
            (
                "MAKEGOOD_STEP_ADDRESSES".to_owned(),
                "licence=https://a.example/m".to_owned(),
            ),
            ("MAKEGOOD_STEP_SECRETS".to_owned(), format!("licence=whsec_{SECRET}")),
        ]);
        Signed::new(
            Held::read(&env, SignedConfig::read),
            Http::over(SharedHttpConnector::new(self.clone())),
        )
    }

    fn deliver(&self) -> Result<(ObjectId, Origin), Failure> {
        self.client().deliver(&sold(), licence(), NOON).now_or_never().unwrap()
    }

    fn find(&self) -> Result<Vec<(ObjectId, Origin)>, Failure> {
        self.client().find(&sold(), licence(), NOON).now_or_never().unwrap()
    }

    fn revoke(&self) -> Result<(), Failure> {
        let object = ObjectId::new("lic_1");
        self.client()
            .revoke(&sold(), licence(), &object, NOON)
            .now_or_never()
            .unwrap()
    }
}

fn licence() -> StepName {
    let Step::Signed(name) = Step::parse("licence").unwrap() else {
        panic!("not signed")
    };
    name
}

/// With an account that is there already.
fn sold() -> Order {
    let mut order = order();
    order.receipts.push(Receipt {
        step: Step::Account,
        object: ObjectId::new("u1"),
        origin: Origin::Made,
        at: NOON,
        surplus: false,
        revoked_at: None,
        left: false,
    });
    order
}

#[test]
fn the_signature_is_that_of_standard_webhooks() {
    let key = BASE64_STANDARD.decode(SECRET).unwrap();
    let signed = signature(
        &key,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

/// Adopters build on these words: a change of them is a change for all of them.
#[test]
fn this_is_what_the_other_system_reads() {
    let system = System::that_says(200, r#"{"id":"lic_1"}"#);
    let mut said = String::new();
    let mut note = || {
        let mut lines = system.asked.lock().unwrap().clone();
        lines.retain(|line| !line.starts_with("webhook-signature"));
        said.push_str(&lines.join("\n"));
        said.push_str("\n\n");
    };
    system.deliver().unwrap();
    note();
    let _no_list = system.find();
    note();
    system.revoke().unwrap();
    note();
    expect_test::expect_file!["../../golden/signed_step.txt"].assert_eq(&said);
}

#[test]
fn every_secret_signs_during_a_rotation() {
    let system = System::that_says(200, r#"{"id":"lic_1"}"#);
    let env = Env::from_pairs([
        (
            "MAKEGOOD_STEP_ADDRESSES".to_owned(),
            "licence=https://a.example".to_owned(),
        ),
        (
            "MAKEGOOD_STEP_SECRETS".to_owned(),
            format!("licence=whsec_{SECRET}, licence=whsec_{}", SECRET.replace('M', "N")),
        ),
    ]);
    let client = Signed::new(
        Held::read(&env, SignedConfig::read),
        Http::over(SharedHttpConnector::new(system.clone())),
    );
    client
        .deliver(&sold(), licence(), NOON)
        .now_or_never()
        .unwrap()
        .unwrap();
    let asked = system.asked.lock().unwrap().clone();
    let header = asked
        .iter()
        .find_map(|line| line.strip_prefix("webhook-signature: "))
        .unwrap();
    let signatures: Vec<&str> = header.split(' ').collect();
    assert_eq!(signatures.len(), 2);
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn each_answer_has_its_meaning() {
    use FailureClass::{Throttled, Transient, Unknown};
    for (status, class) in [
        (401, Transient),
        (404, Transient),
        (400, Transient),
        (408, Unknown),
        (202, Unknown),
        (409, Transient),
        (410, Transient),
        (422, Transient),
        (429, Throttled),
        (500, Unknown),
        (503, Unknown),
        (302, Unknown),
    ] {
        let system = System::that_says(status, "");
        assert_eq!(
            system.deliver().map_err(|failure| failure.class),
            Err(class),
            "{status}"
        );
        // A question that failed changed nothing, and no buyer is undone for one.
        let asked = system.find().map_err(|failure| failure.class);
        let soft = if class == Throttled { Throttled } else { Transient };
        assert_eq!(asked, Err(soft), "{status}");
    }
    for (status, body) in [(204, ""), (200, "{}"), (200, r#"{"id":"lic_1"}"#)] {
        assert_eq!(System::that_says(status, body).revoke(), Ok(()), "{status} {body}");
    }
    for (status, body, class) in [
        (404, "", Transient),
        (410, "", Transient),
        (202, "{}", Unknown),
        (200, "<html>", Unknown),
        (200, "[]", Unknown),
    ] {
        let revoked = System::that_says(status, body)
            .revoke()
            .map_err(|failure| failure.class);
        assert_eq!(revoked, Err(class), "{status} {body} has revoked nothing");
    }
}

/// Frameworks and proxies say 422 and 409 by themselves: only who says that it refuses the buyer does.
#[test]
fn only_a_refusal_in_so_many_words_costs_a_buyer_the_order() {
    for status in [409, 422] {
        let class = |body| {
            System::that_says(status, body)
                .deliver()
                .map_err(|failure| failure.class)
        };
        assert_eq!(
            class(r#"{"refused":true,"why":"too young"}"#),
            Err(FailureClass::Rejected)
        );
        for body in [
            "",
            "{}",
            r#"{"refused":false}"#,
            r#"{"detail":"field required"}"#,
            "<html>",
        ] {
            assert_eq!(class(body), Err(FailureClass::Transient), "{status} {body}");
        }
    }
}

/// Whoever remembers a key remembers the body that came with it.
#[test]
fn a_second_try_is_the_same_bytes_under_the_same_key() {
    let system = System::that_says(200, r#"{"id":"lic_1"}"#);
    let said = |at| {
        let _made = system.client().deliver(&sold(), licence(), at).now_or_never().unwrap();
        let asked = system.asked.lock().unwrap();
        let key = asked.iter().find(|line| line.starts_with("idempotency-key")).cloned();
        (key, asked.last().cloned())
    };
    assert_eq!(said(NOON), said(NOON.plus(std::time::Duration::from_secs(90_000))));
}

#[test]
fn an_answer_that_names_nothing_is_no_success() {
    let garbled = Err(Failure::unknown(Reason::Garbled));
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"id":""}"#,
        r#"{"id":7}"#,
        r#"{"id":"a\nb"}"#,
        r#"{"id":"é"}"#,
        "[]",
    ] {
        assert_eq!(System::that_says(200, body).deliver(), garbled, "{body}");
    }
    let again = Err(Failure::new(FailureClass::Transient, Reason::Garbled));
    for body in [
        "",
        "{}",
        r#"{"objects":[{}]}"#,
        r#"{"objects":[{"id":"a","order":"ord_2"},{"id":"a b","order":"ord_2"}]}"#,
        r#"{"objects":[{"id":"a"}]}"#,
        r#"{"objects":[{"id":"a","order":"ord_2"},{"id":"b","order":"ord_9"}]}"#,
        r#"{"id":"a"}"#,
    ] {
        assert_eq!(System::that_says(200, body).find(), again, "{body}");
    }
    assert_eq!(System::that_says(200, r#"{"objects":[]}"#).find(), Ok(Vec::new()));
    let found = System::that_says(
        200,
        r#"{"objects":[{"id":"a","order":"ord_2"},{"id":"b","order":"ord_2","found":true}]}"#,
    )
    .find();
    let expected = vec![(ObjectId::new("a"), Origin::Made), (ObjectId::new("b"), Origin::Found)];
    assert_eq!(found, Ok(expected));
}

#[test]
fn a_step_without_an_address_waits_and_refuses_nobody() {
    let signed = Signed::new(
        Held::read(&Env::from_pairs([]), SignedConfig::read),
        Http::over(SharedHttpConnector::new(System::that_says(200, ""))),
    );
    let came = signed.deliver(&sold(), licence(), NOON).now_or_never().unwrap();
    assert_eq!(came, Err(Failure::new(FailureClass::Transient, Reason::Unreachable)));
}
