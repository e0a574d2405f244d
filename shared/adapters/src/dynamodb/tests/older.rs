//! What older versions wrote, and tables may hold: a folder of `golden/schema` for each number, never changed again. Each
//! line is the text of one item: as it was written, then the same without all that may be missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::alert::Alerts;
use domain::audit::Books;
use domain::audit::access::Access;
use domain::bookmark::Bookmark;
use domain::brake::Brake;
use domain::breaker::Breaker;
use domain::budget::Budget;
use domain::control::Item as Control;
use domain::finance::{Digest, RefundLine, Waiting};
use domain::first::Firsts;
use domain::heartbeat::Heartbeat;
use domain::operation::Operations;
use domain::pass::OpenedPasses;
use domain::unsent::Weekly;
use flow::ports::Trouble;

use super::item::{self, Item};
use super::schema;

type Read = fn(&Item) -> Result<(), Trouble>;

fn control<C: Control>() -> (&'static str, (&'static str, Read)) {
    (C::NAME, ("control", |item| item::control::<C>(item).map(drop)))
}

/// By the name of its file: in which attribute its text stands, and who reads it.
fn kinds() -> BTreeMap<&'static str, (&'static str, Read)> {
    let order: Read = |item| item::order(item).map(drop);
    let case: Read = |item| item::case(item).map(drop);
    let breaker: Read = |item| item::control::<Breaker>(item).map(drop);
    let refunds: Read = |item| item::lines::<RefundLine>(item, "refund_lines").map(drop);
    let waiting: Read = |item| item::lines::<Waiting>(item, "waiting_lines").map(drop);
    BTreeMap::from([
        ("order", ("order", order)),
        ("case", ("case", case)),
        ("breaker", ("control", breaker)),
        ("refund_lines", ("refund_lines", refunds)),
        ("waiting_lines", ("waiting_lines", waiting)),
        control::<Access>(),
        control::<Alerts>(),
        control::<Bookmark>(),
        control::<Books>(),
        control::<Brake>(),
        control::<Budget>(),
        control::<Digest>(),
        control::<Firsts>(),
        control::<Heartbeat>(),
        control::<Operations>(),
        control::<OpenedPasses>(),
        control::<Weekly>(),
    ])
}

fn folder(schema: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("golden/schema/{schema}"))
}

fn bears(name: &str, text: &str, schema: u32) -> Item {
    let mut item = Item::from([(name.to_owned(), AttributeValue::S(text.to_owned()))]);
    schema::mark(&mut item, schema);
    item
}

#[test]
fn what_older_versions_wrote_is_read() {
    for schema in 1..=schema::UNDERSTOOD {
        for (kind, (attribute, read)) in kinds() {
            let file = folder(schema).join(format!("{kind}.jsonl"));
            let lines = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} is missing", file.display()));
            assert!(!lines.is_empty(), "{kind}");
            for (number, line) in (1..).zip(lines.lines()) {
                let item = bears(attribute, line, schema);
                read(&item).unwrap_or_else(|wrong| panic!("schema {schema}, {kind}.jsonl:{number}: {wrong}"));
            }
        }
    }
}

#[test]
fn a_newer_number_is_left_alone_and_the_first_costs_nothing() {
    let order = super::order();
    let mut item = item::of_order(&order, "w").unwrap();
    assert!(!item.contains_key("schema"));
    for (number, understood) in [("1", true), ("2", false), ("one", false)] {
        item.insert("schema".to_owned(), AttributeValue::N(number.to_owned()));
        let read = item::order(&item);
        assert_eq!(read.is_ok(), understood, "{number}");
        assert!(
            read.map_or_else(|trouble| trouble.is_newer(), |read| read == order),
            "{number}"
        );
    }
    let mut next = Item::new();
    schema::mark(&mut next, 2);
    assert_eq!(next["schema"], AttributeValue::N("2".to_owned()));
    const { assert!(schema::WRITTEN <= schema::UNDERSTOOD) };
}
