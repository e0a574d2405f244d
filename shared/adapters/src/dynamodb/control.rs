//! The brake: one item, written on its version.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::brake::Brake;
use flow::ports::{Control, Trouble};

use super::{Table, item, trouble};

impl Control for Table {
    async fn brake(&self) -> Result<Brake, Trouble> {
        match self.get(item::BRAKE).await? {
            Some(found) => item::brake(&found),
            None => Ok(Brake::default()),
        }
    }

    async fn set_brake(&self, brake: &Brake) -> Result<bool, Trouble> {
        let before = brake.version.saturating_sub(1);
        let request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item::of_brake(brake)?))
            .condition_expression("attribute_not_exists(pk) OR version = :v")
            .expression_attribute_values(":v", AttributeValue::N(before.to_string()));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(failed)
                if failed
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(failed) => Err(trouble("write the brake", &failed)),
        }
    }
}
