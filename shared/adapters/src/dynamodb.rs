//! Orders and cases in one table. One transition is one conditional write.

mod again;
mod control;
mod item;
mod listing;
mod schema;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use aws_smithy_async::rt::sleep::TokioSleep;
use domain::Timestamp;
use domain::case::Case;
use domain::id::OrderId;
use domain::order::Order;
use flow::ports::{Basis, Committed, End, Ledger, Overdue, Trouble};

use crate::aws::{AwsConfig, because, retries, timeouts};
use crate::env::Env;
use crate::http::Http;
use again::MetATransaction;
use item::Item;

pub struct Table {
    client: Client,
    name: String,
}

pub struct TableConfig {
    name: String,
}

impl TableConfig {
    pub fn read(env: &Env) -> Self {
        Self {
            name: env.text("MAKEGOOD_TABLE"),
        }
    }
}

impl Table {
    pub fn new(config: TableConfig, aws: &AwsConfig, http: &Http) -> Self {
        let mut builder = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(aws.credentials.clone())
            .http_client(http.for_sdk())
            .sleep_impl(TokioSleep::new())
            .retry_config(retries())
            .retry_classifier(MetATransaction)
            .timeout_config(timeouts());
        if let Some(endpoint) = &aws.dynamodb {
            builder = builder.endpoint_url(endpoint);
        }
        Self {
            client: Client::from_conf(builder.build()),
            name: config.name,
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Item>, Trouble> {
        let asked = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.to_owned()));
        let answer = asked
            .consistent_read(true)
            .send()
            .await
            .map_err(|failed| trouble("read an item", &failed))?;
        Ok(answer.item)
    }

    /// One order alone: the usual case.
    async fn put(&self, basis: Basis, order: &Order) -> Result<Committed, Trouble> {
        let write_id = item::write_id();
        let put = self.put_of(basis, order, &write_id)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_values(put.expression_attribute_values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(Committed::Stored),
            Err(failed) => match failed.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => conflict(lost.item(), &write_id),
                _ => Err(trouble("write an order", &failed)),
            },
        }
    }

    /// An order and the cases that change with it: the rare case.
    async fn transact(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        let write_id = item::write_id();
        let mut writes = vec![
            TransactWriteItem::builder()
                .put(self.put_of(basis, order, &write_id)?)
                .build(),
        ];
        for case in cases {
            let put = Put::builder()
                .table_name(&self.name)
                .set_item(Some(item::of_case(case)?))
                .build();
            let put = put.map_err(|wrong| Trouble {
                wanted: "write a case",
                because: wrong.to_string(),
            })?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        // Under one token it is applied once, however often it is sent: DynamoDB remembers it for ten minutes.
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .client_request_token(&write_id);
        match request.send().await {
            Ok(_) => Ok(Committed::Stored),
            Err(failed) => cancelled(&failed, &write_id),
        }
    }

    /// Tells whether the condition held; `value` is what it compares with. Our own write that was applied though its reply
    /// was lost held.
    async fn put_if(
        &self,
        wanted: &'static str,
        mut item: Item,
        condition: &str,
        value: Option<(&str, AttributeValue)>,
    ) -> Result<bool, Trouble> {
        let write_id = item::write_id();
        item::sign(&mut item, &write_id);
        let mut request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some((name, value)) = value {
            request = request.expression_attribute_values(name, value);
        }
        match request.send().await {
            Ok(_) => Ok(true),
            Err(failed) => match failed.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) => {
                    Ok(lost.item().is_some_and(|old| item::written_by(old, &write_id)))
                }
                _ => Err(trouble(wanted, &failed)),
            },
        }
    }

    fn put_of(&self, basis: Basis, order: &Order, write_id: &str) -> Result<Put, Trouble> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item::of_order(order, write_id)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match basis {
            Basis::New => put.condition_expression("attribute_not_exists(pk)"),
            Basis::Version(version) => put
                .condition_expression("version = :v")
                .expression_attribute_values(":v", AttributeValue::N(version.to_string())),
        };
        put.build().map_err(|wrong| Trouble {
            wanted: "write an order",
            because: wrong.to_string(),
        })
    }
}

impl Ledger for Table {
    async fn load(&self, id: &OrderId) -> Result<Option<Order>, Trouble> {
        self.get(&item::order_key(id))
            .await?
            .map(|item| item::order(&item))
            .transpose()
    }

    async fn commit(&self, basis: Basis, order: &Order, cases: &[Case]) -> Result<Committed, Trouble> {
        if cases.is_empty() {
            self.put(basis, order).await
        } else {
            self.transact(basis, order, cases).await
        }
    }

    async fn open_case(&self, case: &Case) -> Result<(), Trouble> {
        self.is_first(case).await.map(|_first| ())
    }

    async fn change_case(&self, case: &Case) -> Result<bool, Trouble> {
        const WANTED: &str = "write a case";
        let (item, before) = (item::of_case(case)?, case.version.saturating_sub(1));
        if before == 0 {
            let first = "attribute_exists(pk) AND attribute_not_exists(version)";
            return self.put_if(WANTED, item, first, None).await;
        }
        let before = (":v", AttributeValue::N(before.to_string()));
        self.put_if(WANTED, item, "version = :v", Some(before)).await
    }
}

impl Table {
    /// Opens a case of no order; tells whether nobody had opened it before.
    ///
    /// # Errors
    /// When nobody knows whether it was stored.
    pub async fn is_first(&self, case: &Case) -> Result<bool, Trouble> {
        let item = item::of_case(case)?;
        self.put_if("write a case", item, "attribute_not_exists(pk)", None)
            .await
    }
}

/// The index of what is due.
impl Table {
    pub async fn overdue(&self, shard: u8, now: Timestamp, end: End, limit: usize) -> Result<Vec<Overdue>, Trouble> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name("due")
            .key_condition_expression("due_shard = :shard AND due <= :now")
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_string()))
            .expression_attribute_values(":now", AttributeValue::N(now.0.to_string()))
            .scan_index_forward(end == End::Oldest)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = request
            .send()
            .await
            .map_err(|failed| trouble("ask what is due", &failed))?;
        Ok(answer.items().iter().filter_map(item::overdue).collect())
    }

    pub async fn claim(&self, overdue: &Overdue, until: Timestamp) -> Result<bool, Trouble> {
        let number = |at: Timestamp| AttributeValue::N(at.0.to_string());
        // The next writing of the order takes this mark away with everything else.
        let claim = item::write_id();
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(item::order_key(&overdue.order)))
            .update_expression("SET due = :until, claimed_by = :claim")
            .condition_expression("due = :seen")
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":claim", AttributeValue::S(claim.clone()))
            .expression_attribute_values(":seen", number(overdue.due))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(true),
            Err(failed) => match failed.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(lost)) => {
                    Ok(lost.item().is_some_and(|old| item::claimed_by(old, &claim)))
                }
                _ => Err(trouble("claim an order", &failed)),
            },
        }
    }
}

/// Somebody was faster; or it was ourselves, and only the reply was lost.
fn conflict(old: Option<&Item>, write_id: &str) -> Result<Committed, Trouble> {
    let Some(old) = old else {
        return Err(Trouble {
            wanted: "write an order",
            because: "it is not there any more".to_owned(),
        });
    };
    if item::written_by(old, write_id) {
        return Ok(Committed::Stored);
    }
    Ok(Committed::Conflict(Box::new(item::order(old)?)))
}

/// Why a transaction was cancelled: somebody was faster with the order, or for one reason per item.
fn cancelled(failed: &SdkError<TransactWriteItemsError>, write_id: &str) -> Result<Committed, Trouble> {
    const WANTED: &str = "write an order with its case";
    let Some(TransactWriteItemsError::TransactionCanceledException(why)) = failed.as_service_error() else {
        return Err(trouble(WANTED, failed));
    };
    let codes: Vec<&str> = why
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code())
        .collect();
    if codes.first() == Some(&"ConditionalCheckFailed") {
        return conflict(
            why.cancellation_reasons().first().and_then(|reason| reason.item()),
            write_id,
        );
    }
    Err(Trouble {
        wanted: WANTED,
        because: format!("cancelled: {}", codes.join(", ")),
    })
}

fn trouble<E: ProvideErrorMetadata>(wanted: &'static str, failed: &SdkError<E>) -> Trouble {
    let because = because(failed);
    Trouble { wanted, because }
}
