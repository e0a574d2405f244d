//! What people look at.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::case::Case;
use domain::id::CaseId;
use domain::order::Order;
use flow::ports::{Archive, Trouble};

use super::item::{self, Item};
use super::{Table, trouble};

impl Table {
    async fn list(&self, listing: String, newest_first: bool, limit: usize) -> Result<Vec<Item>, Trouble> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name("listing")
            .key_condition_expression("listing = :listing")
            .expression_attribute_values(":listing", AttributeValue::S(listing))
            .scan_index_forward(!newest_first)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = request.send().await.map_err(|failed| trouble("list items", &failed))?;
        Ok(answer.items.unwrap_or_default())
    }
}

impl Archive for Table {
    async fn orders(&self, month: &str, limit: usize) -> Result<Vec<Order>, Trouble> {
        let items = self.list(format!("orders#{month}"), true, limit).await?;
        items.iter().map(item::order).collect()
    }

    async fn open_cases(&self, limit: usize) -> Result<Vec<Case>, Trouble> {
        let items = self.list(item::OPEN.to_owned(), false, limit).await?;
        items.iter().map(item::case).collect()
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        self.get(&item::case_key(id))
            .await?
            .map(|item| item::case(&item))
            .transpose()
    }
}
