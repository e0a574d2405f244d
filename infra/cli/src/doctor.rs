//! What is missing, with the line that mends it. Nothing is changed: the one write that is tried has a condition that
//! never holds.

use std::fmt::Write as _;
use std::path::Path;

use adapters::clock::Clock;
use adapters::env::Env;
use adapters::http::Http;
use adapters::stripe::Stripe;
use desk::expect::declared;
use domain::case::{Case, Class};
use domain::failure::Reason;
use domain::id::{OrderId, PaymentId};
use domain::sought::Sought;
use flow::ports::{Archive as _, Books as _, Clock as _, KnownBy, Ledger as _, Lists as _, LookUp as _, Trouble};
use serde_json::json;

use crate::arguments::Typed;
use crate::ending::{Answer, Code, Ending};
use crate::lists::{CATALOGUE, POLICY};
use crate::setting::{CREDENTIALS_MEND, Setting, TABLE_MEND, WITHOUT_STRIPE};
use crate::text::wrapped;

/// AWS refuses what was signed more than five minutes ago or ahead.
const SKEW_SECONDS_MAX: i64 = 60;

struct Check {
    what: String,
    /// None: it is well.
    mend: Option<String>,
}

fn well(what: impl Into<String>) -> Check {
    Check {
        what: what.into(),
        mend: None,
    }
}

fn ill(what: impl Into<String>, mend: &str) -> Check {
    Check {
        what: what.into(),
        mend: Some(mend.to_owned()),
    }
}

pub async fn doctor(setting: &Setting, http: &Http, typed: &Typed) -> Ending {
    let mut checks: Vec<Check> = setting
        .missing
        .iter()
        .map(|missing| ill(missing.what.clone(), missing.mend))
        .collect();
    if checks.is_empty() {
        checks.extend(time(setting, http).await);
        checks.extend(table(setting, http).await);
        checks.push(stripe(setting, http).await);
        checks.push(match setting.actor(http).await {
            Ok(actor) => well(format!("You act as {}.", actor.name)),
            Err(trouble) => ill(format!("Who you are is not known: {trouble}."), mend_of(&trouble)),
        });
    }
    checks.extend(files());
    answer(&checks, typed).ending(typed)
}

fn answer(checks: &[Check], typed: &Typed) -> Answer {
    let mut text = String::new();
    for check in checks {
        let mark = if check.mend.is_none() { "good " } else { "BAD  " };
        text.push_str(&wrapped(&format!("{mark} {}", check.what), 0));
        if let Some(mend) = &check.mend {
            let _ = writeln!(text, "      mend it with: {mend}");
        }
    }
    let facts: Vec<_> = checks
        .iter()
        .map(|check| json!({ "what": check.what, "mend": check.mend }))
        .collect();
    let first = checks.iter().find_map(|check| check.mend.clone());
    let code = if first.is_none() { Code::Done } else { Code::Trouble };
    Answer {
        code,
        text,
        facts: json!({ "checks": facts }),
        next: first.unwrap_or_else(|| typed.hand.line("inbox")),
        is_file: false,
    }
}

/// Whether the table's address answers, and what time it is there.
async fn time(setting: &Setting, http: &Http) -> Vec<Check> {
    let Ok(reply) = http.send("GET", &setting.endpoint, [], Vec::new()).await else {
        let mend = format!("curl -sS {}", setting.endpoint);
        return vec![ill(format!("{} does not answer.", setting.endpoint), &mend)];
    };
    let answers = well(format!("{} answers.", setting.endpoint));
    // Real time: what was signed is held against it, also where our own time is moved.
    let now = Clock::read(&Env::from_pairs([]), false).now().seconds();
    let Some(there) = reply.date else { return vec![answers] };
    let skew = now - there;
    let clock = if skew.abs() <= SKEW_SECONDS_MAX {
        well(format!(
            "The clock here and the clock there differ by {} s.",
            skew.abs()
        ))
    } else {
        let way = if skew > 0 { "ahead" } else { "behind" };
        let what = format!(
            "The clock here is {} s {way}: AWS refuses what is signed with a wrong time.",
            skew.abs()
        );
        ill(what, "sudo timedatectl set-ntp true")
    };
    vec![answers, clock]
}

/// Each right by a call that changes nothing.
async fn table(setting: &Setting, http: &Http) -> Vec<Check> {
    let store = setting.store(http);
    let none = PaymentId::new("pi_none");
    let never = Case::without_order(
        "case_none".to_owned(),
        Class::DeadLetters,
        store.now(),
        String::new(),
        None,
    );
    let tried = [
        (
            "read an order (GetItem)",
            store.load(&OrderId::new("ord_none")).await.map(drop),
        ),
        (
            "list cases (Query on the index listing)",
            store.open_cases(1).await.map(drop),
        ),
        (
            "look orders up (Query on the index payment)",
            store.known_by(KnownBy::Payment(&none), 1).await.map(drop),
        ),
        (
            "look orders up by what customers quote (Query on the index reference)",
            store.known_by(KnownBy::Reference("MG-NONE"), 1).await.map(drop),
        ),
        (
            "list refunds (Query on the index refunded)",
            store.refunds("2026-11", 1).await.map(drop),
        ),
        (
            "list charges that wait (Query on the index waiting)",
            store.waits(0, 1).await.map(drop),
        ),
        ("record a decision (PutItem)", store.change_case(&never).await.map(drop)),
    ];
    let check = |(what, came): (&str, Result<(), Trouble>)| match came {
        Ok(()) => well(format!("You may {what}.")),
        Err(trouble) => ill(format!("You cannot {what}: {}.", trouble.because), mend_of(&trouble)),
    };
    tried.into_iter().map(check).collect()
}

/// Each right of the key by a question about what nobody has.
async fn stripe(setting: &Setting, http: &Http) -> Check {
    let stripe = match setting.stripe_config() {
        Ok(Some(config)) => Stripe::new(config, http.clone()),
        Ok(None) => {
            let what =
                "No key of Stripe's is set: a charge is found from its first refund on, and an event not at all.";
            return well(what);
        }
        Err(missing) => return ill(missing.what, missing.mend),
    };
    let nobodys = ["cs_none", "pi_none", "ch_none", "re_none", "dp_none", "evt_none"];
    let mut refused = Vec::new();
    for sought in nobodys.into_iter().filter_map(Sought::parse) {
        match stripe.order_of(&sought).await {
            Ok(_) => {}
            Err(failure) if failure.reason == Reason::NotAllowed => refused.push(sought.kind()),
            Err(failure) => return ill(format!("Stripe gives no answer: {failure}."), WITHOUT_STRIPE),
        }
    }
    if refused.is_empty() {
        return well("Stripe answers: each of its ids leads to its order.");
    }
    let what = format!(
        "Stripe refuses this key where it is asked about: {}. It is no longer valid, or has not all the rights that infra/README.md names for the console.",
        refused.join(", ")
    );
    ill(what, WITHOUT_STRIPE)
}

fn mend_of(trouble: &Trouble) -> &'static str {
    let says = |word: &str| trouble.because.contains(word);
    if says("ResourceNotFound") {
        TABLE_MEND
    } else if says("AccessDenied") {
        "aws sts get-caller-identity  # then ask for dynamodb:GetItem, PutItem and Query on the table and its indexes"
    } else if says("Token") || says("Signature") || says("Credential") || says("UnrecognizedClient") {
        CREDENTIALS_MEND
    } else {
        "aws dynamodb describe-table --table-name \"$MAKEGOOD_TABLE\" --query Table.TableStatus"
    }
}

/// What this command was built with, and what lies here.
fn files() -> Vec<Check> {
    let built_in = match declared(POLICY, CATALOGUE) {
        Ok((policy, _)) => well(format!(
            "Policy version {} and the catalogue are built in.",
            policy.version
        )),
        Err(say) => ill(say, "cargo install --path infra/cli"),
    };
    let mut checks = vec![built_in];
    for (path, ours) in [("infra/policy.toml", POLICY), ("infra/catalogue.toml", CATALOGUE)] {
        match std::fs::read_to_string(path) {
            Ok(text) if text == ours => checks.push(well(format!("{path} here is the one that is built in."))),
            Ok(_other) => checks.push(ill(
                format!("{path} here is another than the one that is built in."),
                "cargo install --path infra/cli",
            )),
            Err(_none) => {}
        }
    }
    let template = Path::new("infra/template.yaml");
    checks.push(if template.exists() {
        well("infra/template.yaml is here.")
    } else {
        well("infra/template.yaml is not here: only whoever deploys needs it.")
    });
    checks
}
