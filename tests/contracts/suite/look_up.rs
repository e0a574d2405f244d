//! The indexes by which people find an order, Finance's lists, and what is older than they are.

use adapters::clock::Clock;
use adapters::dynamodb::Table;
use adapters::env::Env;
use adapters::stripe::Stripe;
use desk::why::{Found, find};
use domain::event::Event;
use domain::finance::{RefundLine, Waiting, refunds, waiting};
use domain::id::{PaymentId, RefundId, SessionId};
use domain::order::Order;
use domain::payment::{Particulars, RefundStatus};
use domain::sought::Email;
use domain::{Decision, Moment, decide};
use flow::ports::{Basis, KnownBy, Ledger as _, Lists as _, LookUp as _, SHARDS};
use makegood::Store;
use serde_json::json;

use super::orders::{EMAIL, MONTH, NOW, order};
use super::report::{Checked, holds, same};
use super::store::said;
use super::table::Dynamodb;

async fn known(table: &Table, what: KnownBy<'_>) -> Result<Vec<String>, String> {
    let found = table.known_by(what, 2).await.map_err(said)?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// The same order, paid.
fn paid(order: &Order) -> Order {
    let captured = Event::PaymentCaptured {
        payment: PaymentId::new("pi_1"),
        amount: order.product.price,
    };
    match decide(order, &captured, Moment { now: NOW, jitter: 0 }) {
        Decision::Advance(next) => next.order,
        Decision::Stay(_) | Decision::Refuse(_) => panic!("a payment is recorded"),
    }
}

/// The same, and somebody gave the money back by hand.
fn returned(order: &Order) -> Order {
    let refund = Event::RefundSeen {
        payment: PaymentId::new("pi_1"),
        refund: RefundId::new("re_1"),
        amount_minor: order.product.price.minor,
        status: RefundStatus::Succeeded,
        told: Particulars::default(),
    };
    match decide(order, &refund, Moment { now: NOW, jitter: 0 }) {
        Decision::Advance(next) => next.order,
        Decision::Stay(_) | Decision::Refuse(_) => panic!("a refund is recorded"),
    }
}

/// By what the order bears, and by nothing else; the newest of a buyer first.
pub(crate) async fn by_index(table: &Table) -> Checked {
    let orders = [order(1), order(2), order(3)];
    for order in &orders {
        table.commit(Basis::New, order, &[]).await.map_err(said)?;
    }
    let first = paid(&orders[0]);
    let on_first = Basis::Version(orders[0].version);
    table.commit(on_first, &first, &[]).await.map_err(said)?;
    let [session, payment] = [
        KnownBy::Session(&SessionId::new("cs_1")),
        KnownBy::Payment(&PaymentId::new("pi_1")),
    ];
    let only = |id: &str| vec![id.to_owned()];
    same("by its session", &known(table, session).await?, &only("ord_00000001"))?;
    same("by its payment", &known(table, payment).await?, &only("ord_00000001"))?;
    let other = KnownBy::Payment(&PaymentId::new("pi_2"));
    same("another payment", &known(table, other).await?, &Vec::new())?;
    let newest = vec!["ord_00000003".to_owned(), "ord_00000002".to_owned()];
    for typed in [EMAIL, "JO@Example.com"] {
        same(
            "the newest",
            &known(table, KnownBy::Buyer(&Email::of(typed))).await?,
            &newest,
        )?;
    }
    let reference = orders[1].reference();
    let by_reference = known(table, KnownBy::Reference(&reference)).await?;
    holds(by_reference.contains(&orders[1].id.to_string()), || {
        format!("by {reference}: {by_reference:?}")
    })?;
    let other = Email::of("bo@example.com");
    same(
        "another buyer",
        &known(table, KnownBy::Buyer(&other)).await?,
        &Vec::new(),
    )
}

/// As it was stored before there were these indexes: found all the same, order by order.
pub(crate) async fn without_attributes(at: &Dynamodb, table: Table, name: &str) -> Checked {
    let order = paid(&order(1));
    let stored = serde_json::to_string(&order).map_err(|wrong| wrong.to_string())?;
    let item = json!({
        "pk": { "S": format!("order#{}", order.id) }, "version": { "N": "3" }, "order": { "S": stored },
        "listing": { "S": "orders#2026-11" }, "listed_at": { "N": order.created_at.0.to_string() },
    });
    let put = at.ask("PutItem", &json!({ "TableName": name, "Item": item })).await;
    same("put", &put.status, &200)?;
    let clock = Clock::read(&Env::from_pairs([]), false);
    let store = Store { table, clock };
    for text in ["cs_1", "pi_1", EMAIL, &order.reference(), order.id.as_str()] {
        let (found, _) = find(&store, None::<&Stripe>, text, NOW).await.map_err(said)?;
        holds(matches!(&found, Found::One(one) if **one == order), || {
            format!("{text}: {found:?}")
        })?;
    }
    Ok(())
}

/// What happens to an order moves it from one of Finance's lists to the next, and each bears the lines of its last write.
pub(crate) async fn listed(table: &Table) -> Checked {
    let order = order(1);
    table.commit(Basis::New, &order, &[]).await.map_err(said)?;
    let lists = async || -> Result<(Vec<Waiting>, Vec<RefundLine>), String> {
        let mut waits = Vec::new();
        for shard in 0..SHARDS {
            let listed = table.waits(shard, 9).await.map_err(said)?;
            same("all of the shard", &(listed.unread, listed.more), &(0, false))?;
            waits.extend(listed.lines);
        }
        let refunds = table.refunds(MONTH, 9).await.map_err(said)?;
        Ok((waits, refunds.lines))
    };
    same("unpaid: in no list", &lists().await?, &(Vec::new(), Vec::new()))?;
    let paid = paid(&order);
    table
        .commit(Basis::Version(order.version), &paid, &[])
        .await
        .map_err(said)?;
    same("paid: it waits", &lists().await?, &(waiting(&paid), Vec::new()))?;
    let back = returned(&paid);
    table
        .commit(Basis::Version(paid.version), &back, &[])
        .await
        .map_err(said)?;
    same("returned", &lists().await?, &(Vec::new(), refunds(&back)))?;
    same("one line", &refunds(&back).len(), &1)?;
    let earlier = table.refunds("2026-10", 9).await.map_err(said)?;
    same("another month", &earlier.lines, &Vec::new())?;
    let cut = table.refunds(MONTH, 1).await.map_err(said)?;
    same("as many as may be: there may be more", &cut.more, &true)
}
