//! Items that are written and removed only in the state in which they were read: the stamp tells it.

use super::Store;
use super::items::SERVICE;
use super::rare_lists::DOCUMENT;
use super::values::{IS_KNOWN, Item, V, number, packed, read_packed, text};
use super::writes::{Put, put_if};
use crate::clients::unavailable;
use serde::Serialize;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::stored::StoredForm;

/// The state that it was written in.
const STAMP: &str = "stamp";

impl Store {
    /// The form of the item with this key, every write before seen.
    pub(super) async fn read_stamped<T: StoredForm>(
        &self,
        key: Item,
    ) -> Result<Option<T>, Unavailable> {
        let item = self.item(key).await?;
        Ok(item.map(|item| read_packed(&item, DOCUMENT)).transpose()?)
    }

    /// Keeps the form in an item that begins so, in place of the one with the stamp that was read. Whether that
    /// stood there, or none where none was read.
    pub(super) async fn put_stamped<T: StoredForm + Serialize + PartialEq + Sync>(
        &self,
        mut item: Item,
        form: &T,
        stamp: String,
        read: Option<String>,
    ) -> Result<bool, Unavailable> {
        item.insert(V.to_owned(), number(form.version().unwrap_or(1)));
        item.insert(STAMP.to_owned(), text(stamp));
        item.insert(DOCUMENT.to_owned(), packed(form));
        let put = match read {
            None => self.put_first(item).await?,
            Some(read) => {
                let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
                let put = put
                    .condition_expression(format!("{STAMP} = :read AND {IS_KNOWN}"))
                    .expression_attribute_names("#v", V)
                    .expression_attribute_values(":v", number(T::VERSION))
                    .expression_attribute_values(":read", text(read));
                put_if(put).await?
            }
        };
        match put {
            Put::Written => Ok(true),
            Put::Was(nothing) if nothing.is_empty() => Ok(false),
            // Ours, where the answer to a first try was lost.
            Put::Was(kept) => Ok(read_packed::<T>(&kept, DOCUMENT)? == *form),
        }
    }

    /// Removes the item with that stamp. Whether it stood there.
    pub(super) async fn remove_stamped(
        &self,
        key: Item,
        stamp: String,
    ) -> Result<bool, Unavailable> {
        let delete = self.dynamodb.delete_item().table_name(&self.runs);
        let delete = delete
            .set_key(Some(key))
            .condition_expression(format!("{STAMP} = :read"))
            .expression_attribute_values(":read", text(stamp));
        match delete.send().await {
            Ok(_) => Ok(true),
            Err(failed) => match failed.as_service_error() {
                Some(error) if error.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(unavailable(SERVICE, &failed)),
            },
        }
    }
}
