//! The contract of the store: our adapter and a DynamoDB behind it, through the ports.

use adapters::dynamodb::Table;
use domain::Timestamp;
use domain::brake::{Brake, Claim, Limits, Outdated};
use domain::case::{Case, Resolved};
use domain::order::Order;
use flow::ports::{Archive, Basis, Breakers, Committed, Control, End, Ledger, Orders, Overdue, SHARDS, Trouble};
use futures_util::future::join_all;
use serde_json::json;

use super::orders::{EMAIL, MONTH, NOW, case, closed, named, next, order};
use super::report::{Checked, Report, holds, same};
use super::table::Dynamodb;
use super::{growth, look_up, upgrades};

/// So many at once.
const MANY: u32 = 40;
const FAR: Timestamp = Timestamp(NOW.0 + 86_400_000);

pub(crate) async fn check(at: &Dynamodb) -> Report {
    let mut report = Report::new("store", &at.peer);
    let table = at.fresh("Contract").await;
    report.add("a new order is stored once", new_once(&table).await);
    report.add("a write stands on its version", on_its_version(&table).await);
    report.add("order and cases together, or none", together(&table).await);
    report.add("40 writes on one version: one", races(&table, false).await);
    report.add("40 writes with a case: one", races(&table, true).await);
    report.add("40 claims of one order: one", claims(&table).await);
    report.add("brake and breaker: one of 40", controls(&table).await);
    report.add("a case without an order", loose_case(&table).await);
    report.add("what is due, page by page", pages(&at.fresh("Due").await).await);
    report.add(
        "a list over pages of a megabyte",
        long_list(&at.fresh("Long").await).await,
    );
    let spoilt = at.fresh("Spoilt").await;
    report.add("an unreadable item hides no other", unreadable(at, &spoilt).await);
    report.add(
        "what a newer version wrote is left as it is",
        upgrades::newer(at, &at.fresh("Newer").await, "Newer").await,
    );
    report.add(
        "a state that we have no word for",
        upgrades::unknown_state(at, &at.fresh("Unknown").await, "Unknown").await,
    );
    report.add("a table bears one stage", upgrades::marked(at, "Marked").await);
    report.add("another stage's function", upgrades::refused(at, "Refused").await);
    let sought = at.fresh("Sought").await;
    report.add("found by its indexes", look_up::by_index(&sought).await);
    report.add("Finance's lists", look_up::listed(&at.fresh("Lists").await).await);
    let older = look_up::without_attributes(at, at.fresh("Older").await, "Older").await;
    report.add("found though older than the indexes", older);
    report.add(
        "an item's growth is bounded",
        growth::bounded(at, &table, "Contract").await,
    );
    report
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
pub(crate) fn said(trouble: Trouble) -> String {
    trouble.to_string()
}

async fn write(table: &Table, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, String> {
    table.commit(basis, order, cases).await.map_err(said)
}

/// None: stored; else the version that stands there.
fn stands(committed: &Committed) -> Option<u64> {
    match committed {
        Committed::Stored => None,
        Committed::Conflict(order) => Some(order.version),
    }
}

async fn new_once(table: &Table) -> Checked {
    let first = order(1);
    same("before", &table.load(&first.id).await.map_err(said)?, &None)?;
    same("first", &stands(&write(table, Basis::New, &first, &[]).await?), &None)?;
    let second = named(1, "Somebody Else");
    match write(table, Basis::New, &second, &[]).await? {
        Committed::Stored => Err("written over".to_owned()),
        Committed::Conflict(found) => same("the conflict shows", &*found, &first),
    }?;
    same("it reads", &table.load(&first.id).await.map_err(said)?, &Some(first))
}

async fn on_its_version(table: &Table) -> Checked {
    let first = order(2);
    write(table, Basis::New, &first, &[]).await?;
    let (second, late) = (next(&first, 1), next(&first, 2));
    let on_first = Basis::Version(first.version);
    same("in time", &stands(&write(table, on_first, &second, &[]).await?), &None)?;
    let committed = write(table, on_first, &late, &[]).await?;
    same("too late", &stands(&committed), &Some(second.version))?;
    same("it reads", &table.load(&first.id).await.map_err(said)?, &Some(second))?;
    let absent = write(table, Basis::Version(1), &order(3), &[]).await;
    holds(absent.is_err(), || {
        "a version of an order that is not there was written".to_owned()
    })
}

async fn together(table: &Table) -> Checked {
    let first = order(4);
    let (one, other) = (case(4, Some(&first)), case(5, Some(&first)));
    write(table, Basis::New, &first, &[]).await?;
    let second = next(&first, 1);
    let on_first = Basis::Version(first.version);
    let committed = write(table, on_first, &second, std::slice::from_ref(&one)).await?;
    same("together", &stands(&committed), &None)?;
    let committed = write(table, on_first, &next(&first, 2), std::slice::from_ref(&other)).await?;
    same("too late", &stands(&committed), &Some(second.version))?;
    same("the case", &table.case(&one.id).await.map_err(said)?, &Some(one))?;
    same("its like", &table.case(&other.id).await.map_err(said)?, &None)?;
    same("the order", &table.load(&first.id).await.map_err(said)?, &Some(second))
}

async fn races(table: &Table, with_case: bool) -> Checked {
    let first = order(if with_case { 6 } else { 7 });
    write(table, Basis::New, &first, &[]).await?;
    let run = async |number: u32| {
        let mine = next(&first, i64::from(number));
        let cases: Vec<Case> = with_case
            .then(|| case(100 + number, Some(&first)))
            .into_iter()
            .collect();
        let committed = write(table, Basis::Version(first.version), &mine, &cases).await?;
        Ok::<_, String>((mine, stands(&committed)))
    };
    let runs: Vec<_> = join_all((0..MANY).map(run))
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let won: Vec<&Order> = runs
        .iter()
        .filter(|(_, stands)| stands.is_none())
        .map(|(mine, _)| mine)
        .collect();
    same("stored", &won.len(), &1)?;
    let lost = runs.iter().filter_map(|(_, stands)| *stands);
    holds(
        lost.clone().count() == 39 && lost.clone().all(|version| version == first.version + 1),
        || format!("who lost saw {:?}", lost.collect::<Vec<_>>()),
    )?;
    same(
        "it reads",
        &table.load(&first.id).await.map_err(said)?.as_ref(),
        &won.first().copied(),
    )?;
    if with_case {
        let cases = join_all((0..MANY).map(async |number| table.case(&case(100 + number, None).id).await)).await;
        let cases = cases.into_iter().filter(|found| matches!(found, Ok(Some(_)))).count();
        same("cases", &cases, &1)?;
    }
    Ok(())
}

fn seen(order: &Order) -> Result<Overdue, String> {
    Ok(Overdue {
        order: order.id.clone(),
        due: order.due().ok_or("the order owes nothing")?,
    })
}

async fn claims(table: &Table) -> Checked {
    let first = order(8);
    write(table, Basis::New, &first, &[]).await?;
    let overdue = seen(&first)?;
    let run = async |number: u32| {
        table
            .claim(&overdue, Timestamp(FAR.0 + i64::from(number)))
            .await
            .map_err(said)
    };
    let won = join_all((0..MANY).map(run))
        .await
        .into_iter()
        .collect::<Result<Vec<bool>, _>>()?;
    same("claimed", &won.iter().filter(|won| **won).count(), &1)?;
    same(
        "the order",
        &table.load(&first.id).await.map_err(said)?,
        &Some(first.clone()),
    )?;
    // Who writes the order sets its own date: what was seen before is gone.
    let committed = write(table, Basis::Version(first.version), &next(&first, 1), &[]).await?;
    same("a claim leaves the version", &stands(&committed), &None)?;
    let absent = seen(&order(9))?;
    same("nothing there", &table.claim(&absent, FAR).await.map_err(said)?, &false)
}

async fn controls(table: &Table) -> Checked {
    const LIMITS: Limits = Limits {
        undos_max: 50,
        within: std::time::Duration::from_secs(600),
        off: false,
    };
    let brake = table.control::<Brake>().await.map_err(said)?;
    let run = async |number: u32| match brake.claim(&order(number).id, LIMITS, Outdated(false), NOW) {
        Claim::Passes(Some(write)) => table.set_control(&write).await.map_err(said),
        other @ (Claim::Passes(None) | Claim::Waits { .. }) => Err(format!("{other:?}")),
    };
    let won = join_all((0..MANY).map(run))
        .await
        .into_iter()
        .collect::<Result<Vec<bool>, _>>()?;
    same("brakes", &won.iter().filter(|won| **won).count(), &1)?;
    same("version", &table.control::<Brake>().await.map_err(said)?.version, &1)?;
    let step = domain::receipt::Step::Account;
    let breaker = table.breaker(step).await.map_err(said)?;
    let run = async |number: u32| {
        let failed = breaker.failed(&order(number).id, NOW);
        table.set_breaker(step, &failed).await.map_err(said)
    };
    let won = join_all((0..MANY).map(run))
        .await
        .into_iter()
        .collect::<Result<Vec<bool>, _>>()?;
    same("breakers", &won.iter().filter(|won| **won).count(), &1)
}

async fn loose_case(table: &Table) -> Checked {
    let first = case(20, None);
    let mut again = first.clone();
    again.consequence = "Written over.".into();
    table.open_case(&first).await.map_err(said)?;
    table.open_case(&again).await.map_err(said)?;
    same(
        "the first stands",
        &table.case(&first.id).await.map_err(said)?,
        &Some(first.clone()),
    )?;
    let listed = table.open_cases(100).await.map_err(said)?.cases;
    holds(listed.contains(&first), || "it is not listed".to_owned())?;
    let (jo, bo) = (closed(&first, "jo"), closed(&first, "bo"));
    same("closed", &table.change_case(&jo).await.map_err(said)?, &true)?;
    same("closed again", &table.change_case(&bo).await.map_err(said)?, &false)?;
    let noted = Case {
        version: jo.version + 1,
        ..jo
    };
    same(
        "changed once more",
        &table.change_case(&noted).await.map_err(said)?,
        &true,
    )?;
    let (jo, absent) = (noted, closed(&case(21, None), "jo"));
    same(
        "nothing there",
        &table.change_case(&absent).await.map_err(said)?,
        &false,
    )?;
    let reads = table.case(&first.id).await.map_err(said)?;
    same("it reads", &reads, &Some(jo.clone()))?;
    let listed = table.open_cases(100).await.map_err(said)?.cases;
    holds(listed.iter().all(|case| case.id != first.id), || {
        "it is still listed".to_owned()
    })?;
    let at = jo.resolved.as_ref().map_or(Timestamp(0), Resolved::at);
    let lists = async |before| table.closed_cases(before, 100).await.map_err(said);
    let after = Timestamp(at.0 + 1);
    same("closed before", &lists(after).await?.0.contains(&jo), &true)?;
    same("closed then", &lists(at).await?.0.contains(&jo), &false)
}

async fn pages(table: &Table) -> Checked {
    const PAGE: usize = 7;
    let orders: Vec<Order> = (0..60).map(order).collect();
    for order in &orders {
        write(table, Basis::New, order, &[]).await?;
    }
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        same(
            "too early",
            &table.overdue(shard, NOW, End::Oldest, PAGE).await.map_err(said)?,
            &Vec::new(),
        )?;
        let oldest = table.overdue(shard, FAR, End::Oldest, 1).await.map_err(said)?;
        if let Some(moved) = oldest.first() {
            let later = Timestamp(FAR.0 - 1);
            holds(table.claim(moved, later).await.map_err(said)?, || "no claim".to_owned())?;
            let newest = table.overdue(shard, FAR, End::Newest, 1).await.map_err(said)?;
            let order = moved.order.clone();
            same("the newest", &newest, &vec![Overdue { order, due: later }])?;
        }
        let mut last = Timestamp(0);
        loop {
            let page = table.overdue(shard, FAR, End::Oldest, PAGE).await.map_err(said)?;
            holds(page.len() <= PAGE, || format!("a page of {}", page.len()))?;
            for overdue in &page {
                holds(overdue.due >= last, || "not the oldest first".to_owned())?;
                last = overdue.due;
                let claimed = table.claim(overdue, Timestamp(FAR.0 + 1)).await.map_err(said)?;
                holds(claimed, || "a claim without a rival was lost".to_owned())?;
                found.push(overdue.order.clone());
            }
            if page.is_empty() {
                break;
            }
        }
    }
    found.sort();
    same("found", &found, &orders.iter().map(|order| order.id.clone()).collect())
}

async fn long_list(table: &Table) -> Checked {
    let name = "x".repeat(60_000);
    for number in 0..30 {
        write(table, Basis::New, &named(number, &name), &[]).await?;
    }
    for (limit, wanted) in [(25, 25), (50, 30)] {
        let listed = table.orders(MONTH, limit).await.map_err(said)?;
        same("listed", &listed.orders.len(), &wanted)?;
        holds(
            listed
                .orders
                .is_sorted_by(|one, other| one.created_at > other.created_at),
            || "not the newest first".to_owned(),
        )?;
    }
    same(
        "another month",
        &table.orders("2026-10", 50).await.map_err(said)?,
        &Orders::default(),
    )
}

async fn unreadable(at: &Dynamodb, table: &Table) -> Checked {
    let (order, case) = (order(1), case(1, None));
    write(table, Basis::New, &order, &[]).await?;
    table.open_case(&case).await.map_err(said)?;
    for (key, list, content) in [
        ("order#ord_bad", "orders#2026-11", "order"),
        ("case#case_bad", "cases#open", "case"),
    ] {
        let mut item = json!({ "pk": { "S": key }, "listing": { "S": list }, "listed_at": { "N": "1" } });
        item[content] = json!({ "S": format!(r#"{{"id":"x","version":"{EMAIL}","opened_at":"{EMAIL}"}}"#) });
        let put = at.ask("PutItem", &json!({ "TableName": "Spoilt", "Item": item })).await;
        same("put", &put.status, &200)?;
    }
    let readable = Orders {
        orders: vec![order],
        unread: 1,
    };
    same("orders", &table.orders(MONTH, 10).await.map_err(said)?, &readable)?;
    let open = table.open_cases(10).await.map_err(said)?;
    same("cases", &open.cases, &vec![case])?;
    same("unreadable cases", &open.unread, &1)?;
    let alone = table.load(&domain::id::OrderId::new("ord_bad")).await;
    let trouble = alone.err().ok_or("it was read")?.to_string();
    holds(!trouble.contains(EMAIL), || format!("the log learns: {trouble}"))
}
