//! README's own example of a system of the adopter's, with the library of Standard Webhooks: it runs as it stands there.

use adapters::env::Env;
use adapters::http::Http;
use adapters::systems::{Systems, SystemsConfig};
use domain::Timestamp;
use domain::failure::{Failure, FailureClass, Reason};
use domain::receipt::{Origin, Step};
use flow::ports::Provider as _;
use local::tools::{python, root};

use crate::scim::{Checks, order};
use crate::started::{Started, free_port};

const LIBRARY: &str = "standardwebhooks==1.1.0";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ANOTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The block of Python in README that checks a signature.
fn example() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let blocks = readme
        .split("```python\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let mut fitting = blocks.filter(|block| block.contains("standardwebhooks"));
    let block = fitting.next().expect("README has the example");
    assert!(fitting.next().is_none(), "README has it once");
    block.to_owned()
}

fn client(port: u16, secrets: &str) -> Systems {
    let address = format!("licence=http://127.0.0.1:{port}/makegood");
    let pairs = [
        ("MAKEGOOD_SCIM_URL", "https://idp.example"),
        ("MAKEGOOD_SCIM_TOKEN", "t"),
        ("MAKEGOOD_STEP_ADDRESSES", &address),
        ("MAKEGOOD_STEP_SECRETS", secrets),
    ];
    let env = Env::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let config = SystemsConfig::read(&env);
    env.verdict().expect("a configuration");
    Systems::new(config, Http::new(None).expect("a client"))
}

#[tokio::test]
async fn readmes_example_takes_what_we_sign_and_nothing_else() {
    let python = python("signed-peer", &[LIBRARY]).expect("standardwebhooks");
    let port = free_port();
    let file = std::env::temp_dir().join(format!("makegood-example-{}-{port}.py", std::process::id()));
    std::fs::write(&file, example()).expect("the example's file");
    let command = [python.to_str().expect("a path"), file.to_str().expect("a path")];
    let environment = [("LICENCE_SECRET", SECRET), ("PORT", &port.to_string())];
    let peer = Started::new("signed", &command, &environment, port);

    let mut checks = Checks::of("README's example, standardwebhooks", "1.1.0");
    let (ours, step) = (
        client(port, &format!("licence={SECRET}")),
        Step::parse("licence").expect("a step"),
    );
    let (order, now) = (order("ord_1", "jo@example.com"), now());
    let none = ours.find(&order, step, now).await;
    checks.check(&format!("none before it is made: {none:?}"), none == Ok(Vec::new()));
    let made = ours.deliver(&order, step, now).await.expect("a licence");
    checks.check(&format!("made: {made:?}"), made.1 == Origin::Made);
    let again = ours.deliver(&order, step, now).await;
    checks.check(&format!("doubled: {again:?}"), again == Ok(made.clone()));
    let found = ours.find(&order, step, now).await;
    checks.check(&format!("found: {found:?}"), found == Ok(vec![made.clone()]));

    let refused = |came: &Result<_, Failure>| *came == Err(Failure::new(FailureClass::Transient, Reason::NotAllowed));
    let stranger = client(port, &format!("licence={ANOTHER}"));
    let forged = stranger.revoke(&order, step, &made.0, now).await;
    checks.check(&format!("another's signature: {forged:?}"), refused(&forged));
    let old = ours.revoke(&order, step, &made.0, Timestamp(now.0 - 400_000)).await;
    checks.check(&format!("an old signature: {old:?}"), refused(&old));
    let rotating = client(port, &format!("licence={ANOTHER},licence={SECRET}"));
    let found = rotating.find(&order, step, now).await;
    checks.check(
        &format!("during a rotation: {found:?}"),
        found == Ok(vec![made.clone()]),
    );

    for time in ["once", "twice"] {
        let gone = ours.revoke(&order, step, &made.0, now).await;
        checks.check(&format!("taken back {time}: {gone:?}"), gone == Ok(()));
    }
    let left = ours.find(&order, step, now).await;
    checks.check(&format!("none left: {left:?}"), left == Ok(Vec::new()));
    drop(peer);
    let _removed = std::fs::remove_file(&file);
    checks.end();
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = since.expect("a time").as_millis();
    Timestamp(i64::try_from(ms).expect("a time"))
}
