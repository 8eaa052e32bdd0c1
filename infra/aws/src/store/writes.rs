//! Writes on a condition: an item that does not meet it comes back with the refusal, so that nobody has
//! to read it.

use super::Store;
use super::items::SERVICE;
use super::values::Item;
use crate::clients::unavailable;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use tradewind_engine::ports::Unavailable;

/// What became of an item that is written on a condition.
pub(super) enum Put {
    /// It was written.
    Written,
    /// The condition did not hold for this one.
    Was(Item),
}

impl Store {
    /// Writes the item, whatever was there.
    pub(super) async fn put_item(&self, item: Item) -> Result<(), Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }

    /// Writes the item unless there is one with its key.
    pub(super) async fn put_first(&self, item: Item) -> Result<Put, Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        put_if(put.condition_expression("attribute_not_exists(pk)")).await
    }
}

/// Writes on the condition that stands in the request.
pub(super) async fn put_if(put: PutItemFluentBuilder) -> Result<Put, Unavailable> {
    match put.return_values_on_condition_check_failure(AllOld).send().await {
        Ok(_) => Ok(Put::Written),
        Err(failed) => match failed.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(check)) => {
                Ok(Put::Was(check.item().cloned().unwrap_or_default()))
            }
            _ => Err(unavailable(SERVICE, &failed)),
        },
    }
}

/// What became of an update on a condition. An empty item is none.
pub(crate) enum Updated {
    /// It was made; what the request asked to be told of the item.
    Made(Item),
    /// The condition did not hold for this one.
    Was(Item),
}

/// Updates on the condition that stands in the request.
pub(crate) async fn update_if(update: UpdateItemFluentBuilder) -> Result<Updated, Unavailable> {
    match update.return_values_on_condition_check_failure(AllOld).send().await {
        Ok(made) => Ok(Updated::Made(made.attributes.unwrap_or_default())),
        Err(failed) => match failed.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(check)) => {
                Ok(Updated::Was(check.item().cloned().unwrap_or_default()))
            }
            _ => Err(unavailable(SERVICE, &failed)),
        },
    }
}
