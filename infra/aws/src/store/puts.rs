//! Writing what stands beside the runs: whole items, mostly on the condition that there is none.

use super::Store;
use super::items::SERVICE;
use super::values::Item;
use crate::clients::unavailable;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use tradewind_engine::ports::Unavailable;

/// What became of an item that is written on a condition.
pub(super) enum Put {
    /// It was written.
    Kept,
    /// The condition did not hold for this one.
    Was(Item),
}

impl Store {
    /// Writes the item, whatever was there.
    pub(super) async fn keep_item(&self, item: Item) -> Result<(), Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }

    /// Writes the item unless there is one with its key.
    pub(super) async fn keep_first(&self, item: Item) -> Result<Put, Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        put_if(put.condition_expression("attribute_not_exists(pk)")).await
    }
}

/// Writes on the condition that stands in the request.
pub(super) async fn put_if(put: PutItemFluentBuilder) -> Result<Put, Unavailable> {
    let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
    match put.return_values_on_condition_check_failure(all_old).send().await {
        Ok(_) => Ok(Put::Kept),
        Err(failed) => match failed.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(check)) => {
                Ok(Put::Was(check.item().cloned().unwrap_or_default()))
            }
            _ => Err(unavailable(SERVICE, &failed)),
        },
    }
}
