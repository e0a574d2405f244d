//! What people look at.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use domain::case::Case;
use domain::id::{CaseId, OrderId};
use flow::ports::{Archive, KnownBy, LookUp, OpenCases, Orders, Trouble};

use super::item::{self, Item};
use super::{Table, trouble};
use crate::lambda::log::note;

impl Table {
    fn listed(&self, listing: String, newest_first: bool) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name("listing")
            .key_condition_expression("listing = :listing")
            .expression_attribute_values(":listing", AttributeValue::S(listing))
            .scan_index_forward(!newest_first)
    }

    /// A page ends at a megabyte, whatever its limit: the next one is asked for until there are enough.
    async fn list(&self, request: QueryFluentBuilder, limit: usize) -> Result<Vec<Item>, Trouble> {
        let (mut items, mut after) = (Vec::new(), None);
        while items.len() < limit {
            let missing = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let page = request.clone().limit(missing).set_exclusive_start_key(after);
            let page = page.send().await.map_err(|failed| trouble("list items", &failed))?;
            items.extend(page.items.unwrap_or_default());
            after = page.last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
        Ok(items)
    }
}

/// One item that cannot be read must not hide the others: it is counted in the log, by its key.
fn readable<T>(items: &[Item], read: impl Fn(&Item) -> Result<T, Trouble>) -> Vec<T> {
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        match read(item) {
            Ok(one) => all.push(one),
            Err(trouble) => note(
                "item_unreadable",
                &[("key", item::key(item)), ("because", &trouble.because)],
            ),
        }
    }
    all
}

fn orders(items: &[Item]) -> Orders {
    let orders = readable(items, item::order);
    let unread = items.len() - orders.len();
    Orders { orders, unread }
}

impl Archive for Table {
    async fn orders(&self, month: &str, limit: usize) -> Result<Orders, Trouble> {
        let items = self.list(self.listed(format!("orders#{month}"), true), limit).await?;
        Ok(orders(&items))
    }

    async fn orders_page(
        &self,
        month: &str,
        older_than: Option<&(Timestamp, OrderId)>,
        limit: usize,
    ) -> Result<(Orders, Option<(Timestamp, OrderId)>), Trouble> {
        let start = older_than.map(|(at, order)| item::listed_key(&format!("orders#{month}"), *at, order));
        let request = self
            .listed(format!("orders#{month}"), true)
            .set_exclusive_start_key(start);
        let page = request.limit(i32::try_from(limit).unwrap_or(i32::MAX)).send().await;
        let page = page.map_err(|failed| trouble("list orders", &failed))?;
        let oldest = page.last_evaluated_key.as_ref().and_then(item::listed);
        Ok((orders(&page.items.unwrap_or_default()), oldest))
    }

    async fn open_cases(&self, limit: usize) -> Result<OpenCases, Trouble> {
        let items = self.list(self.listed(item::OPEN.to_owned(), false), limit).await?;
        let cases = readable(&items, item::case);
        let unread = items.len() - cases.len();
        Ok(OpenCases { cases, unread })
    }

    async fn closed_cases(&self, before: Timestamp, limit: usize) -> Result<(Vec<Case>, bool), Trouble> {
        let request = self
            .listed(item::CLOSED.to_owned(), true)
            .key_condition_expression("listing = :listing AND listed_at < :before")
            .expression_attribute_values(":before", AttributeValue::N(before.0.to_string()));
        let items = self.list(request, limit).await?;
        Ok((readable(&items, item::case), items.len() == limit))
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        self.get(&item::case_key(id))
            .await?
            .map(|item| item::case(&item))
            .transpose()
    }
}

impl LookUp for Table {
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble> {
        let (index, value) = item::known_by(what);
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index)
            // `session` is a word of DynamoDB's own.
            .key_condition_expression("#known = :by")
            .expression_attribute_names("#known", index)
            .expression_attribute_values(":by", AttributeValue::S(value))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = request
            .send()
            .await
            .map_err(|failed| trouble("look an order up", &failed))?;
        Ok(page.items().iter().filter_map(item::named).collect())
    }
}
