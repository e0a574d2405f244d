//! The brake: one item, written on its version.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::brake::Brake;
use flow::ports::{Control, Trouble};

use super::{Table, item};

impl Control for Table {
    async fn brake(&self) -> Result<Brake, Trouble> {
        match self.get(item::BRAKE).await? {
            Some(found) => item::brake(&found),
            None => Ok(Brake::default()),
        }
    }

    async fn set_brake(&self, brake: &Brake) -> Result<bool, Trouble> {
        let before = brake.version.saturating_sub(1);
        let version = (":v", AttributeValue::N(before.to_string()));
        let condition = "attribute_not_exists(pk) OR version = :v";
        self.put_if("write the brake", item::of_brake(brake)?, condition, Some(version))
            .await
    }
}
