//! The shape of an item. The order itself is one JSON text: what stands beside it is for conditions and indexes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use domain::case::Case;
use domain::finance::{RefundLine, refunds, waiting};
use domain::id::OrderId;
use domain::order::Order;
use domain::sought::Email;
use flow::ports::{Chance as _, KnownBy, Overdue, SHARDS, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::schema;
use crate::chance::Chance;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The list of cases that wait for a person, by when they were opened.
pub(super) const OPEN: &str = "cases#open";

/// The list of the others, by when they were closed.
pub(super) const CLOSED: &str = "cases#resolved";

/// What is written on its version beside the orders: the brake, the breakers.
pub(super) fn of_control(key: &str, version: u64, control: &impl Serialize) -> Result<Item, Trouble> {
    let content = json("write a control item", control)?;
    let mut item = Item::from([
        ("pk".to_owned(), AttributeValue::S(key.to_owned())),
        ("version".to_owned(), AttributeValue::N(version.to_string())),
        ("control".to_owned(), AttributeValue::S(content)),
    ]);
    schema::mark(&mut item, schema::WRITTEN);
    Ok(item)
}

pub(super) fn control<T: DeserializeOwned>(item: &Item) -> Result<T, Trouble> {
    read("read a control item", item, "control")
}

pub(super) fn order_key(id: &OrderId) -> String {
    format!("order#{id}")
}

/// Where a list of orders goes on: after this one.
pub(super) fn listed_key(listing: &str, at: Timestamp, order: &OrderId) -> Item {
    Item::from([
        ("pk".to_owned(), AttributeValue::S(order_key(order))),
        ("listing".to_owned(), AttributeValue::S(listing.to_owned())),
        ("listed_at".to_owned(), AttributeValue::N(at.0.to_string())),
    ])
}

/// The order that such a key names.
pub(super) fn listed(key: &Item) -> Option<(Timestamp, OrderId)> {
    let order = named(key)?;
    let at = key.get("listed_at")?.as_n().ok()?.parse().ok()?;
    Some((Timestamp(at), order))
}

pub(super) fn case_key(id: &domain::id::CaseId) -> String {
    format!("case#{id}")
}

/// Names one write, so that its writer knows it again when the reply was lost.
pub(super) fn write_id() -> String {
    format!("{:032x}", Chance.bits())
}

pub(super) fn sign(item: &mut Item, write_id: &str) {
    item.insert("write_id".to_owned(), AttributeValue::S(write_id.to_owned()));
}

pub(super) fn written_by(item: &Item, write_id: &str) -> bool {
    text(item, "write_id").is_ok_and(|known| known == write_id)
}

/// As [`written_by`], for the sweeper's mark: a claim changes `due` and leaves the order as it was written.
pub(super) fn claimed_by(item: &Item, claim: &str) -> bool {
    text(item, "claimed_by").is_ok_and(|known| known == claim)
}

pub(super) fn of_order(order: &Order, write_id: &str) -> Result<Item, Trouble> {
    let mut item = Item::from([
        ("pk".to_owned(), AttributeValue::S(order_key(&order.id))),
        ("version".to_owned(), AttributeValue::N(order.version.to_string())),
        ("state".to_owned(), AttributeValue::S(order.state.name().to_owned())),
        (
            "written_for".to_owned(),
            AttributeValue::S(order.written_for.clone().into_owned()),
        ),
        ("order".to_owned(), AttributeValue::S(json("write an order", order)?)),
        (
            "listing".to_owned(),
            AttributeValue::S(format!("orders#{}", order.created_at.month())),
        ),
        (
            "listed_at".to_owned(),
            AttributeValue::N(order.created_at.0.to_string()),
        ),
    ]);
    sign(&mut item, write_id);
    schema::mark(&mut item, schema::WRITTEN);
    if let Some(due) = order.due() {
        item.insert("due".to_owned(), AttributeValue::N(due.0.to_string()));
        item.insert("due_shard".to_owned(), AttributeValue::S(shard(&order.id).to_string()));
    }
    let known = order
        .checkout
        .session
        .as_ref()
        .map(|session| KnownBy::Session(&session.id));
    let known = known
        .into_iter()
        .chain(order.own_payment().map(|own| KnownBy::Payment(&own.id)));
    let (email, reference) = (Email::of(&order.buyer.email), order.reference());
    let always = [KnownBy::Buyer(&email), KnownBy::Reference(&reference)];
    for (name, value) in known.chain(always).map(known_by) {
        // An index takes no empty name, and would refuse the order with it.
        if !value.is_empty() {
            item.insert(name.to_owned(), AttributeValue::S(value));
        }
    }
    book(&mut item, order)?;
    Ok(item)
}

/// What stands in Finance's lists of it, and in which lists: most orders are in none.
fn book(item: &mut Item, order: &Order) -> Result<(), Trouble> {
    let refunds = refunds(order);
    if let Some(last) = refunds.iter().map(RefundLine::made_at).max() {
        item.insert("refunded".to_owned(), AttributeValue::S(last.month()));
        item.insert(
            "refund_lines".to_owned(),
            AttributeValue::S(json("write refunds", &refunds)?),
        );
    }
    let waiting = waiting(order);
    if !waiting.is_empty() {
        item.insert("waiting".to_owned(), AttributeValue::S(shard(&order.id).to_string()));
        item.insert(
            "waiting_lines".to_owned(),
            AttributeValue::S(json("write what waits", &waiting)?),
        );
    }
    Ok(())
}

/// The lines of such a list.
pub(super) fn lines<T: DeserializeOwned>(item: &Item, content: &'static str) -> Result<Vec<T>, Trouble> {
    read("read lines of a list", item, content)
}

/// The attribute by which an order is found, which is also its index, and what stands in it. The indexes hold nothing but
/// keys, so that an order's further writes cost nothing there.
pub(super) fn known_by(what: KnownBy<'_>) -> (&'static str, String) {
    match what {
        KnownBy::Session(id) => ("session", id.to_string()),
        KnownBy::Payment(id) => ("payment", id.to_string()),
        KnownBy::Buyer(email) => ("buyer", hidden(email)),
        KnownBy::Reference(reference) => ("reference", reference.to_owned()),
    }
}

/// Finds an address again, and shows it to nobody who looks at the table.
fn hidden(email: &Email) -> String {
    let digest = Sha256::digest(format!("makegood buyer {}", email.reveal()));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn of_case(case: &Case) -> Result<Item, Trouble> {
    let (listing, listed_at) = match &case.resolved {
        Some(resolved) => (CLOSED, resolved.at()),
        None => (OPEN, case.opened_at),
    };
    let mut item = Item::from([
        ("pk".to_owned(), AttributeValue::S(case_key(&case.id))),
        ("case".to_owned(), AttributeValue::S(json("write a case", case)?)),
        ("listing".to_owned(), AttributeValue::S(listing.to_owned())),
        ("listed_at".to_owned(), AttributeValue::N(listed_at.0.to_string())),
    ]);
    schema::mark(&mut item, schema::WRITTEN);
    if case.version > 0 {
        item.insert("version".to_owned(), AttributeValue::N(case.version.to_string()));
    }
    Ok(item)
}

pub(super) fn order(item: &Item) -> Result<Order, Trouble> {
    read("read an order", item, "order")
}

pub(super) fn case(item: &Item) -> Result<Case, Trouble> {
    read("read a case", item, "case")
}

pub(super) fn overdue(item: &Item) -> Option<Overdue> {
    let order = named(item)?;
    let due = item.get("due")?.as_n().ok()?.parse().ok()?;
    Some(Overdue {
        order,
        due: Timestamp(due),
    })
}

/// Spreads the index by the order's id: the same order is always found in the same shard.
fn shard(id: &OrderId) -> u8 {
    Sha256::digest(id.as_str().as_bytes())
        .first()
        .copied()
        .unwrap_or_default()
        % SHARDS
}

/// What serde says of a wrong text repeats parts of it, and it is about a person: where it is wrong is enough.
fn read<T: DeserializeOwned>(wanted: &'static str, item: &Item, content: &'static str) -> Result<T, Trouble> {
    schema::understood(item)?;
    serde_json::from_str(text(item, content)?).map_err(|wrong| Trouble {
        wanted,
        because: format!("it is not as it should be at character {}", wrong.column()),
    })
}

/// The order that an index's entry names.
pub(super) fn named(item: &Item) -> Option<OrderId> {
    text(item, "pk").ok()?.strip_prefix("order#").map(OrderId::new)
}

/// The item's key, for the log.
pub(super) fn key(item: &Item) -> &str {
    text(item, "pk").unwrap_or("no key")
}

fn json(wanted: &'static str, value: &impl Serialize) -> Result<String, Trouble> {
    serde_json::to_string(value).map_err(|wrong| Trouble {
        wanted,
        because: wrong.to_string(),
    })
}

fn text<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, Trouble> {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .ok_or_else(|| Trouble {
            wanted: "read an item",
            because: format!("it has no {name}"),
        })
}
