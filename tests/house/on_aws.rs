//! What `infra/README.md` and `infra/SECURITY.md` say, held against what is there.

use std::collections::BTreeSet;
use std::fs;

use local::tools::root;

use crate::tidy::files;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// The first block of code after this heading or word.
fn block<'a>(text: &'a str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(after).expect(after);
    let block = rest
        .split_once("```text\n")
        .and_then(|(_, rest)| rest.split_once("\n```"));
    block.expect("a block").0
}

/// Every text in quotes that begins as an event of Stripe's does.
fn events(source: &str) -> BTreeSet<&str> {
    const BEGIN: [&str; 4] = ["checkout.session.", "payment_intent.", "charge.", "refund."];
    let quoted = source.split('"').skip(1).step_by(2);
    let events = quoted.filter(|text| {
        BEGIN
            .iter()
            .any(|begin| text.starts_with(begin) && text.len() > begin.len())
    });
    events.collect()
}

#[test]
fn the_endpoint_is_set_up_for_what_the_webhook_reads() {
    let (doc, wire) = (read("infra/README.md"), read("shared/adapters/src/stripe/wire.rs"));
    let code = wire.split_once("fn of_envelope").expect("the reader").1;
    let code = code.split_once("\n}").expect("its end").0;
    let mut read_by_us = events(code);
    // Not about an order: it says that Stripe never made some events.
    read_by_us.insert("v2.core.health.event_generation_failure.resolved");
    read_by_us.retain(|event| !event.ends_with('.'));
    let asked: Vec<&str> = block(&doc, "**Endpoint.**").lines().collect();
    assert_eq!(asked.iter().copied().collect::<BTreeSet<_>>(), read_by_us);
    assert_eq!(asked.len(), read_by_us.len(), "one is there twice");
    assert!(
        read("functions/stripe-webhook/src/handler.rs").contains("v2.core.health.event_generation_failure.resolved")
    );
}

#[test]
fn the_endpoint_has_the_version_that_we_call_stripe_with() {
    let client = read("shared/adapters/src/stripe/client.rs");
    let version = client.split_once("const VERSION: &str = \"").expect("a version").1;
    let version = version.split('"').next().expect("its end");
    assert!(
        read("infra/README.md").contains(&format!("is `{version}`")),
        "{version}"
    );
}

#[test]
fn the_parameters_that_are_explained_exist() {
    let (doc, template) = (read("infra/README.md"), read("infra/template.yaml"));
    let parameters = template.split_once("\nResources:").expect("resources").0;
    let table = doc.split_once("| parameter |").expect("the table").1;
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let named: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 8, "{named:?}");
    for name in named.into_iter().chain(["UndoOff"]) {
        assert!(
            parameters.contains(&format!("\n  {name}:\n")),
            "there is no parameter {name}"
        );
    }
}

#[test]
fn an_order_costs_what_was_counted() {
    let (doc, trace) = (
        read("infra/README.md"),
        read("tests/journeys/golden/stories/bought_and_delivered.txt"),
    );
    let counted = block(&doc, "counted by the journeys");
    assert_eq!(trace.lines().last(), Some(counted));
}

#[test]
fn every_test_that_shows_a_defence_exists() {
    let (doc, files) = (read("infra/SECURITY.md"), files());
    let rows = doc
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| against"));
    let mut defences = 0;
    for row in rows {
        let shown = row.rsplit('|').nth(1).expect("who shows it");
        let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing shows it: {row}");
        for name in named {
            let function = format!("fn {name}(");
            let mut sources = files.iter().filter(|(path, _)| path.ends_with(".rs"));
            assert!(sources.any(|(_, text)| text.contains(&function)), "{name} is no test");
        }
        defences += 1;
    }
    assert!(defences > 15, "{defences}");
}
