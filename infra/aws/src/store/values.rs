//! Values as DynamoDB keeps them: times as numbers that sort, documents as compressed JSON.

use crate::packing::{pack, unpack};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use ring::digest::{SHA256, digest};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use tradewind_engine::digests::hex;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::stored::{StoredForm, Unreadable, check_version, read_stored};
use tradewind_engine::time::Timestamp;

/// The longest document that is unpacked: nothing we keep is near it, so a longer one is damage.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The version of what an item holds. An item without one is of the first.
pub(super) const V: &str = "v";
/// The condition that no newer tradewind wrote the item; `#v` and `:v` have to be given.
pub(super) const IS_KNOWN: &str = "(attribute_not_exists(#v) OR #v <= :v)";

/// An item, or a part of one.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Nanoseconds since the epoch: exact, and in the order of time.
pub(crate) fn time(time: Timestamp) -> AttributeValue {
    number(time.as_nanosecond())
}

/// JSON, compressed.
pub(super) fn packed(document: &impl Serialize) -> AttributeValue {
    AttributeValue::B(Blob::new(deflated(document)))
}

/// The same as bytes, for whoever has to look at the length first.
pub(super) fn deflated(document: &impl Serialize) -> Vec<u8> {
    pack(&serde_json::to_vec(document).expect("documents have texts as keys"))
}

/// What [`deflated`] made.
pub(super) fn inflated<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(&unpack(bytes, DOCUMENT_BYTES_MAX)?).ok()
}

pub(crate) fn get_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(crate) fn get_number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(crate) fn get_time(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_nanosecond(get_number(item, name)?).ok()
}

pub(super) fn get_packed<T: DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    inflated(item.get(name)?.as_b().ok()?.as_ref())
}

/// An error where a newer tradewind wrote the item.
pub(super) fn check_item<T: StoredForm>(item: &Item) -> Result<(), Unreadable> {
    check_version::<T>(get_number(item, V).unwrap_or(1))
}

/// What [`packed`] made of a form that has a version.
pub(super) fn read_packed<T: StoredForm>(item: &Item, name: &str) -> Result<T, Unreadable> {
    check_item::<T>(item)?;
    let packed = item.get(name).and_then(|packed| packed.as_b().ok());
    read_deflated(packed.map_or(&[], |packed| packed.as_ref()))
}

/// What [`deflated`] made of a form that has a version.
pub(super) fn read_deflated<T: StoredForm>(bytes: &[u8]) -> Result<T, Unreadable> {
    let json = unpack(bytes, DOCUMENT_BYTES_MAX);
    read_stored(&json.ok_or_else(|| Unreadable::damaged::<T>("it cannot be unpacked"))?)
}

/// Enough of a digest to tell contents apart that stand below one name.
pub(super) fn short_digest(bytes: &[u8]) -> String {
    hex(&digest(&SHA256, bytes).as_ref()[..16])
}

/// An item that cannot be read is not passed over: whoever needs it has to know.
pub(super) fn damaged(what: &str) -> Unavailable {
    Unavailable::new("store", format!("{what} cannot be read"))
}
