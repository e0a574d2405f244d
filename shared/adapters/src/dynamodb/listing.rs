//! What people look at.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use domain::case::Case;
use domain::finance::{RefundLine, Waiting};
use domain::id::{CaseId, OrderId};
use flow::ports::{Archive, KnownBy, Listed, Lists, LookUp, OpenCases, Orders, Trouble};
use serde::de::DeserializeOwned;

use super::item::{self, Item};
use super::{Table, trouble};
use crate::lambda::log::note;

impl Table {
    /// What stands under this key of an index whose key is named as the index is.
    fn by(&self, index: &'static str, key: String) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(index)
            // `session` is a word of DynamoDB's own.
            .key_condition_expression("#by = :by")
            .expression_attribute_names("#by", index)
            .expression_attribute_values(":by", AttributeValue::S(key))
    }

    fn listed(&self, listing: String, newest_first: bool) -> QueryFluentBuilder {
        self.by("listing", listing).scan_index_forward(!newest_first)
    }

    /// Shows what stands there, so many items at most; tells whether there may be more. A page ends at a megabyte,
    /// whatever its limit: the next one is asked for until there are enough.
    async fn pages(
        &self,
        request: QueryFluentBuilder,
        limit: usize,
        mut look: impl FnMut(Vec<Item>),
    ) -> Result<bool, Trouble> {
        let (mut count, mut after) = (0, None);
        while count < limit {
            let missing = i32::try_from(limit - count).unwrap_or(i32::MAX);
            let page = request.clone().limit(missing).set_exclusive_start_key(after);
            let page = page.send().await.map_err(|failed| trouble("list items", &failed))?;
            let items = page.items.unwrap_or_default();
            count += items.len();
            look(items);
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn list(&self, request: QueryFluentBuilder, limit: usize) -> Result<Vec<Item>, Trouble> {
        let mut items = Vec::new();
        self.pages(request, limit, |page| items.extend(page)).await?;
        Ok(items)
    }

    /// The lines that stand there, read page by page: of thousands of items only these are kept.
    async fn lines<T: DeserializeOwned>(
        &self,
        request: QueryFluentBuilder,
        content: &'static str,
        limit: usize,
    ) -> Result<Listed<T>, Trouble> {
        let mut listed = Listed::default();
        let look = |items: Vec<Item>| {
            let read = readable(&items, |item| item::lines(item, content));
            listed.unread += items.len() - read.len();
            listed.lines.extend(read.into_iter().flatten());
        };
        let more = self.pages(request, limit, look).await?;
        Ok(Listed { more, ..listed })
    }
}

/// One item that cannot be read must not hide the others: it is counted in the log, by its key.
fn noted<T>(item: &Item, read: impl Fn(&Item) -> Result<T, Trouble>) -> Option<T> {
    let unreadable = |trouble: &Trouble| {
        note(
            "item_unreadable",
            &[("key", item::key(item)), ("because", &trouble.because)],
        );
    };
    read(item).inspect_err(unreadable).ok()
}

fn readable<T>(items: &[Item], read: impl Fn(&Item) -> Result<T, Trouble>) -> Vec<T> {
    items.iter().filter_map(|item| noted(item, &read)).collect()
}

/// The cases, and when those were closed that cannot be read: what a list is sorted by is no part of their text.
fn closed(items: &[Item]) -> (Vec<Case>, Vec<Timestamp>) {
    let (mut cases, mut unread) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        match noted(item, item::case) {
            Some(case) => cases.push(case),
            None => unread.extend(listed_at(item)),
        }
    }
    (cases, unread)
}

fn listed_at(item: &Item) -> Option<Timestamp> {
    item.get("listed_at")?.as_n().ok()?.parse().ok().map(Timestamp)
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

    async fn closed_cases(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<Case>, Vec<Timestamp>, bool), Trouble> {
        let request = self
            .listed(item::CLOSED.to_owned(), true)
            .key_condition_expression("#by = :by AND listed_at < :before")
            .expression_attribute_values(":before", AttributeValue::N(before.0.to_string()));
        let items = self.list(request, limit).await?;
        let (cases, unread) = closed(&items);
        Ok((cases, unread, items.len() == limit))
    }

    async fn case(&self, id: &CaseId) -> Result<Option<Case>, Trouble> {
        self.get(&item::case_key(id))
            .await?
            .map(|item| item::case(&item))
            .transpose()
    }
}

impl Lists for Table {
    async fn refunds(&self, last_in: &str, limit: usize) -> Result<Listed<RefundLine>, Trouble> {
        let request = self.by("refunded", last_in.to_owned());
        self.lines(request, "refund_lines", limit).await
    }

    async fn waits(&self, shard: u8, limit: usize) -> Result<Listed<Waiting>, Trouble> {
        let request = self.by("waiting", shard.to_string());
        self.lines(request, "waiting_lines", limit).await
    }
}

impl LookUp for Table {
    async fn known_by(&self, what: KnownBy<'_>, limit: usize) -> Result<Vec<OrderId>, Trouble> {
        let (index, value) = item::known_by(what);
        let request = self
            .by(index, value)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = request
            .send()
            .await
            .map_err(|failed| trouble("look an order up", &failed))?;
        Ok(page.items().iter().filter_map(item::named).collect())
    }
}

#[cfg(test)]
mod tests {
    use domain::case::Class;

    use super::*;

    #[test]
    fn a_closed_case_that_cannot_be_read_is_counted_at_its_place() {
        let id = "case_1".to_owned();
        let case = Case::without_order(id, Class::AccessLeft, Timestamp(7), String::new(), None);
        let readable = item::of_case(&case).expect("an item");
        let mut newer = readable.clone();
        newer.insert("schema".to_owned(), AttributeValue::N("9".to_owned()));
        newer.insert("listed_at".to_owned(), AttributeValue::N("5".to_owned()));
        assert_eq!(closed(&[readable, newer]), (vec![case], vec![Timestamp(5)]));
    }
}
