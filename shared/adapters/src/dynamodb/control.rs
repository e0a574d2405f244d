//! The brake, the budget, the heartbeat, the breakers and how far Stripe's lists are read: one item each, written on its version.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::Books;
use domain::audit::access::Access;
use domain::bookmark::Bookmark;
use domain::brake::Brake;
use domain::breaker::Breaker;
use domain::budget::Budget;
use domain::heartbeat::Heartbeat;
use domain::receipt::Step;
use flow::ports::{Breakers, Control, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Table, item};

const BRAKE: &str = "control#brake";
const BOOKMARK: &str = "control#bookmark";
const BUDGET: &str = "control#budget";
const BOOKS: &str = "control#books";
const ACCESS: &str = "control#access";
const HEARTBEAT: &str = "control#heartbeat";

fn breaker_key(step: Step) -> String {
    format!("control#breaker#{}", step.name())
}

impl Table {
    async fn control<T: Default + DeserializeOwned>(&self, key: &str) -> Result<T, Trouble> {
        match self.get(key).await? {
            Some(found) => item::control(&found),
            None => Ok(T::default()),
        }
    }

    async fn set_control(&self, key: &str, version: u64, control: &impl Serialize) -> Result<bool, Trouble> {
        let before = version.saturating_sub(1);
        let before = (":v", AttributeValue::N(before.to_string()));
        let condition = "attribute_not_exists(pk) OR version = :v";
        let item = item::of_control(key, version, control)?;
        self.put_if("write a control item", item, condition, Some(before)).await
    }
}

impl Control for Table {
    async fn brake(&self) -> Result<Brake, Trouble> {
        self.control(BRAKE).await
    }

    async fn set_brake(&self, brake: &Brake) -> Result<bool, Trouble> {
        self.set_control(BRAKE, brake.version, brake).await
    }

    async fn bookmark(&self) -> Result<Bookmark, Trouble> {
        self.control(BOOKMARK).await
    }

    async fn set_bookmark(&self, bookmark: &Bookmark) -> Result<bool, Trouble> {
        self.set_control(BOOKMARK, bookmark.version, bookmark).await
    }

    async fn budget(&self) -> Result<Budget, Trouble> {
        self.control(BUDGET).await
    }

    async fn set_budget(&self, budget: &Budget) -> Result<bool, Trouble> {
        self.set_control(BUDGET, budget.version, budget).await
    }

    async fn books(&self) -> Result<Books, Trouble> {
        self.control(BOOKS).await
    }

    async fn set_books(&self, books: &Books) -> Result<bool, Trouble> {
        self.set_control(BOOKS, books.version, books).await
    }

    async fn access(&self) -> Result<Access, Trouble> {
        self.control(ACCESS).await
    }

    async fn set_access(&self, access: &Access) -> Result<bool, Trouble> {
        self.set_control(ACCESS, access.version, access).await
    }

    async fn heartbeat(&self) -> Result<Heartbeat, Trouble> {
        self.control(HEARTBEAT).await
    }

    async fn set_heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, Trouble> {
        self.set_control(HEARTBEAT, heartbeat.version, heartbeat).await
    }
}

impl Breakers for Table {
    async fn breaker(&self, step: Step) -> Result<Breaker, Trouble> {
        self.control(&breaker_key(step)).await
    }

    async fn set_breaker(&self, step: Step, breaker: &Breaker) -> Result<bool, Trouble> {
        self.set_control(&breaker_key(step), breaker.version, breaker).await
    }
}
