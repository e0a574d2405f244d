//! What concerns all orders: one item each, written on its version; the breakers among them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::breaker::Breaker;
use domain::control::Item;
use domain::receipt::Step;
use flow::ports::{Breakers, Control, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Table, item};
use crate::stage::Stage;

fn control_key<C: Item>() -> String {
    format!("control#{}", C::NAME)
}

fn breaker_key(step: Step) -> String {
    format!("control#breaker#{}", step.name())
}

impl Table {
    async fn read_control<T: Default + DeserializeOwned>(&self, key: &str) -> Result<T, Trouble> {
        match self.get(key).await? {
            Some(found) => item::control(&found),
            None => Ok(T::default()),
        }
    }

    async fn write_control(&self, key: &str, version: u64, control: &impl Serialize) -> Result<bool, Trouble> {
        let before = version.saturating_sub(1);
        let before = (":v", AttributeValue::N(before.to_string()));
        let condition = "attribute_not_exists(pk) OR version = :v";
        let item = item::of_control(key, version, control)?;
        self.put_if("write a control item", item, condition, Some(before)).await
    }
}

const STAGE: &str = "control#stage";

impl Table {
    /// Holds the stage that the table bears against ours. False: it bears none.
    ///
    /// # Errors
    /// When it is another's, or the table cannot be asked.
    pub async fn belongs_to(&self, ours: &Stage) -> Result<bool, Trouble> {
        let Some(bears) = self.get(STAGE).await? else {
            return Ok(false);
        };
        let bears: Stage = item::control(&bears)?;
        if bears == *ours {
            return Ok(true);
        }
        Err(Trouble {
            wanted: "use the table",
            because: format!("other_stage: it belongs to {bears}, and this function to {ours}"),
        })
    }

    /// A table that bears no stage is ours from now on.
    ///
    /// # Errors
    /// As [`Self::belongs_to`].
    pub async fn mark(&self, ours: &Stage) -> Result<(), Trouble> {
        let item = item::of_control(STAGE, 1, ours)?;
        let first = "attribute_not_exists(pk)";
        if !self.put_if("mark the table", item, first, None).await? {
            // Somebody was faster.
            self.belongs_to(ours).await?;
        }
        Ok(())
    }
}

impl Control for Table {
    async fn control<C: Item>(&self) -> Result<C, Trouble> {
        self.read_control(&control_key::<C>()).await
    }

    async fn set_control<C: Item>(&self, item: &C) -> Result<bool, Trouble> {
        self.write_control(&control_key::<C>(), item.version(), item).await
    }
}

impl Breakers for Table {
    async fn breaker(&self, step: Step) -> Result<Breaker, Trouble> {
        self.read_control(&breaker_key(step)).await
    }

    async fn set_breaker(&self, step: Step, breaker: &Breaker) -> Result<bool, Trouble> {
        self.write_control(&breaker_key(step), breaker.version, breaker).await
    }
}
