//! Two versions, or two stages, at one table: what is not ours to understand, and what is not ours at all, stays as it is.

use adapters::dynamodb::Table;
use adapters::env::Env;
use adapters::http::Http;
use adapters::stage::Stage;
use adapters::store::{Store, StoreConfig};
use domain::brake::Brake;
use flow::ports::{Agenda as _, Archive as _, Basis, Control as _, Ledger as _, Overdue, Trouble};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::orders::{MONTH, NOW, case, next, order};
use super::report::{Checked, holds, same};
use super::store::said;
use super::table::{Dynamodb, REGION};

async fn put(at: &Dynamodb, name: &str, item: &Value) -> Checked {
    let put = at.ask("PutItem", &json!({ "TableName": name, "Item": item })).await;
    same("put", &put.status, &200)
}

pub(crate) async fn stored(at: &Dynamodb, name: &str, key: &str) -> Result<Value, String> {
    let ask = json!({ "TableName": name, "ConsistentRead": true, "Key": { "pk": { "S": key } } });
    let answer = at.ask("GetItem", &ask).await;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|wrong| wrong.to_string())?;
    Ok(answer["Item"].clone())
}

fn is_newer<T: std::fmt::Debug>(what: &str, came: Result<T, Trouble>) -> Checked {
    match came {
        Err(trouble) if trouble.is_newer() => Ok(()),
        other => Err(format!("{what}: {other:?}")),
    }
}

/// As a newer version writes them, with content that this one could read: it would lose what it does not know.
pub(crate) async fn newer(at: &Dynamodb, table: &Table, name: &str) -> Checked {
    let (order, case) = (order(1), case(1, None));
    let text = |value: Result<String, serde_json::Error>| value.map_err(|wrong| wrong.to_string());
    let (key, schema) = (format!("order#{}", order.id), json!({ "N": "2" }));
    let mut item = json!({
        "pk": { "S": key }, "version": { "N": "7" }, "schema": schema, "write_id": { "S": "newer" },
        "order": { "S": text(serde_json::to_string(&order))? }, "listing": { "S": format!("orders#{MONTH}") },
        "listed_at": { "N": "1" }, "due": { "N": "5" }, "due_shard": { "S": "0" },
    });
    put(at, name, &item).await?;
    let of_case = json!({
        "pk": { "S": format!("case#{}", case.id) }, "schema": schema, "case": { "S": text(serde_json::to_string(&case))? },
        "listing": { "S": "cases#open" }, "listed_at": { "N": "1" },
    });
    put(at, name, &of_case).await?;
    let brake =
        json!({ "pk": { "S": "control#brake" }, "version": { "N": "3" }, "schema": schema, "control": { "S": "{}" } });
    put(at, name, &brake).await?;

    is_newer("an order", table.load(&order.id).await)?;
    is_newer("a case", table.case(&case.id).await)?;
    is_newer("a control item", table.control::<Brake>().await)?;
    let (ours, on_older) = (next(&order, 1), Basis::Version(order.version));
    is_newer("a write on what it was", table.commit(on_older, &ours, &[]).await)?;
    is_newer("a new order of its name", table.commit(Basis::New, &order, &[]).await)?;
    let listed = table.orders(MONTH, 10).await.map_err(said)?;
    same("listed", &(listed.orders.len(), listed.unread), &(0, 1))?;
    same("open cases", &table.open_cases(10).await.map_err(said)?.unread, &1)?;
    same("the order's item", &stored(at, name, &key).await?, &item)?;
    same("the brake's item", &stored(at, name, "control#brake").await?, &brake)?;

    // The sweeper's claim moves its time on, so that it does not stand first for ever, and nothing else.
    let overdue = Overdue {
        order: order.id.clone(),
        due: domain::Timestamp(5),
    };
    same("claimed", &table.claim(&overdue, NOW).await.map_err(said)?, &true)?;
    let mut claimed = stored(at, name, &key).await?;
    same("moved on", &claimed["due"], &json!({ "N": NOW.0.to_string() }))?;
    for changed in ["due", "claimed_by"] {
        claimed.as_object_mut().ok_or("no item")?.remove(changed);
        item.as_object_mut().ok_or("no item")?.remove(changed);
    }
    same("the rest of it", &claimed, &item)
}

/// A state that this version has no word for is not guessed, whatever the number says.
pub(crate) async fn unknown_state(at: &Dynamodb, table: &Table, name: &str) -> Checked {
    let order = order(1);
    let mut content = serde_json::to_value(&order).map_err(|wrong| wrong.to_string())?;
    content["state"] = json!({ "suspended": { "since": 1 } });
    let key = format!("order#{}", order.id);
    let item = json!({
        "pk": { "S": key }, "version": { "N": "1" }, "order": { "S": content.to_string() },
        "listing": { "S": format!("orders#{MONTH}") }, "listed_at": { "N": "1" },
    });
    put(at, name, &item).await?;
    holds(table.load(&order.id).await.is_err(), || "it was read".to_owned())?;
    same("listed", &table.orders(MONTH, 10).await.map_err(said)?.unread, &1)?;
    same("its item", &stored(at, name, &key).await?, &item)
}

fn stage(name: &str, livemode: bool, account: Option<&str>) -> Stage {
    let (name, account) = (name.to_owned(), account.map(str::to_owned));
    Stage {
        name,
        livemode,
        account,
    }
}

/// Whoever places the first order marks the table, and whoever is set up for another stage is refused.
pub(crate) async fn marked(at: &Dynamodb, name: &str) -> Checked {
    let table = at.fresh(name).await;
    let stages = [stage("prod", true, None), stage("test", false, None)];
    for stage in &stages {
        same("before", &table.belongs_to(stage).await.map_err(said)?, &false)?;
    }
    let first = join_all((0..20).map(|number| table.mark(&stages[number % 2]))).await;
    let won: Vec<bool> = first.iter().map(Result::is_ok).collect();
    let one_stage = won.iter().enumerate().all(|(number, ours)| *ours == won[number % 2]);
    holds(one_stage && won[0] != won[1], || format!("{won:?}"))?;
    let (ours, other) = if won[0] {
        (&stages[0], &stages[1])
    } else {
        (&stages[1], &stages[0])
    };
    same("ours", &table.belongs_to(ours).await.map_err(said)?, &true)?;
    let refused = table
        .belongs_to(other)
        .await
        .err()
        .ok_or("another stage's function may use it")?;
    for part in ["other_stage", &ours.to_string(), &other.to_string()] {
        holds(refused.to_string().contains(part), || {
            format!("{refused} without {part}")
        })?;
    }
    for foreign in [
        stage(&ours.name, !ours.livemode, None),
        stage(&ours.name, ours.livemode, Some("acct_1")),
        stage("other", ours.livemode, None),
    ] {
        holds(table.belongs_to(&foreign).await.is_err(), || {
            format!("{foreign} may use it")
        })?;
    }
    Ok(())
}

/// What every function stands on, set up for a stage.
fn function(at: &Dynamodb, table: &str, stage: &str) -> Result<Store, String> {
    let pairs = [
        ("MAKEGOOD_TABLE", table),
        ("MAKEGOOD_STAGE", stage),
        ("MAKEGOOD_LIVEMODE", "false"),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &at.url),
    ];
    let env = Env::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let http = Http::new(None).map_err(|wrong| wrong.to_string())?;
    Ok(Store::new(StoreConfig::read(&env), &http))
}

/// A function of another stage reads no order and writes none, also where it could not ask while it started.
pub(crate) async fn refused(at: &Dynamodb, name: &str) -> Checked {
    at.fresh(name).await;
    let (ours, other) = (function(at, name, "prod")?, function(at, name, "test")?);
    let (known, unknown) = (order(1), order(2));
    ours.commit(Basis::New, &known, &[]).await.map_err(said)?;
    let read = other.load(&known.id).await;
    holds(read.is_err(), || format!("it read {read:?}"))?;
    let wrote = other.commit(Basis::New, &unknown, &[]).await;
    holds(wrote.is_err(), || format!("it wrote: {wrote:?}"))?;
    holds(
        other.overdue(0, NOW, flow::ports::End::Oldest, 1).await.is_err(),
        || "it swept".to_owned(),
    )?;
    same("ours", &ours.load(&known.id).await.map_err(said)?, &Some(known))?;
    same("not written", &ours.load(&unknown.id).await.map_err(said)?, &None)
}
