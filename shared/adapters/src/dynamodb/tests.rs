//! The item as it is stored: a change here is a change of every order in flight.

use domain::id::{OrderId, PublicToken, SessionId};
use domain::order::{Buyer, Order};
use domain::{Decision, Moment, Timestamp, decide};
use expect_test::expect_file;

use super::{item, schema};

mod older;

fn order() -> Order {
    let products = domain::catalogue::parse(include_str!("../../../../infra/catalogue.toml")).unwrap();
    let policy = domain::policy::parse(include_str!("../../../../infra/policy.toml")).unwrap();
    let product = products.into_iter().find(|known| known.id == "solo-year").unwrap();
    let policy = policy.frozen_for(&product.steps);
    let buyer = Buyer {
        name: "Jo Doe".into(),
        email: "jo@example.com".into(),
        team: String::new(),
    };
    let (now, later) = (Timestamp(1_795_460_700_000), Timestamp(1_795_467_900_000));
    let order = Order::new(
        OrderId::new("ord_3f9a21c4"),
        PublicToken::from_bits(7),
        buyer,
        product,
        policy,
        now,
        later,
    );
    let opened = domain::event::Event::SessionOpened {
        session: SessionId::new("cs_1"),
        url: "https://pay.example".into(),
    };
    let Decision::Advance(next) = decide(&order, &opened, Moment { now, jitter: 0 }) else {
        panic!("a session that was asked for is recorded")
    };
    next.order
}

#[test]
fn golden_item() {
    let item = item::of_order(&order(), "00000000000000000000000000000001").unwrap();
    let mut lines = Vec::new();
    for (name, value) in &item {
        let value = match (value.as_s(), value.as_n()) {
            (Ok(text), _) if name == "order" => {
                serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
            }
            (Ok(text), _) => format!("S {text}"),
            (_, Ok(number)) => format!("N {number}"),
            _ => panic!("{name}"),
        };
        lines.push(format!("{name}: {value}\n"));
    }
    lines.sort();
    expect_file!["../../golden/item.txt"].assert_eq(&lines.concat());
}

#[test]
fn an_item_is_read_as_it_was_written() {
    let order = order();
    let item = item::of_order(&order, "w").unwrap();
    assert_eq!(item::order(&item).unwrap(), order);
    assert!(item::written_by(&item, "w") && !item::written_by(&item, "v"));
}
