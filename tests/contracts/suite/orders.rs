//! Orders to store.

use domain::case::{Case, Class};
use domain::event::Event;
use domain::id::{CaseId, OrderId, PublicToken, SessionId};
use domain::order::{Buyer, Order};
use domain::policy::Owner;
use domain::{Decision, Moment, Timestamp, decide};

/// In November 2026.
pub(crate) const NOW: Timestamp = Timestamp(1_795_460_700_000);
pub(crate) const MONTH: &str = "2026-11";
pub(crate) const EMAIL: &str = "jo@example.com";

/// An order with an open Session, made so many seconds after `NOW`: it is due some time later.
pub(crate) fn order(number: u32) -> Order {
    named(number, "Jo Doe")
}

pub(crate) fn named(number: u32, name: &str) -> Order {
    let products = domain::catalogue::parse(include_str!("../../../infra/catalogue.toml")).expect("the catalogue");
    let policy = domain::policy::parse(include_str!("../../../infra/policy.toml")).expect("the policy");
    let product = products.into_iter().find(|known| known.id == "solo-year");
    let product = product.expect("the product");
    let policy = policy.frozen_for(&product.steps);
    let buyer = Buyer {
        name: name.into(),
        email: EMAIL.into(),
        team: String::new(),
    };
    let now = Timestamp(NOW.0 + i64::from(number) * 1_000);
    let order = Order::new(
        OrderId::new(format!("ord_{number:08}")),
        PublicToken::from_bits(u128::from(number)),
        buyer,
        product,
        policy,
        now,
        Timestamp(now.0 + 7_200_000),
    );
    let opened = Event::SessionOpened {
        session: SessionId::new(format!("cs_{number}")),
        url: "https://pay.example".into(),
    };
    let Decision::Advance(next) = decide(&order, &opened, Moment { now, jitter: 0 }) else {
        panic!("a session that was asked for is recorded")
    };
    next.order
}

/// The next version; `mark` tells one writer's from another's.
pub(crate) fn next(order: &Order, mark: i64) -> Order {
    let mut next = order.clone();
    next.version += 1;
    next.written_at = Timestamp(NOW.0 + mark);
    next
}

pub(crate) fn case(number: u32, order: Option<&Order>) -> Case {
    Case {
        id: CaseId::new(format!("case_{number:08}")),
        order: order.map(|order| order.id.clone()),
        class: Class::DeadLetters,
        opened_at: Timestamp(NOW.0 + i64::from(number)),
        consequence: "No customer is known to wait.".into(),
        suggestion: None,
        money: None,
        owner: Owner::default(),
        resolved: None,
        care: domain::case::tend::Care::default(),
        worse: None,
        version: 0,
    }
}

/// The same case, after a person dealt with it.
pub(crate) fn closed(case: &Case, by: &str) -> Case {
    let mut closed = case.clone();
    closed.version += 1;
    closed.resolved = Some(domain::case::Resolved::Decided {
        at: NOW,
        choice: domain::case::Choice::Ignore,
        by: by.to_owned(),
        role: "operator".into(),
        reason: "Looked at it.".to_owned(),
        decision: None,
        version: Some(closed.version),
    });
    closed
}
