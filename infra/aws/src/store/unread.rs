//! Items that cannot be read: those of a newer tradewind, damaged ones, and those whose service does
//! not answer now.

use super::keys::PK;
use super::rare_lists::say;
use super::values::{Item, get_text};
use tradewind_engine::ports::{Hidden, Place, Unavailable};
use tradewind_engine::stored::Unreadable;

/// Why an item could not be read.
#[derive(Debug)]
pub(super) enum NotRead {
    /// It cannot be read, whoever asks here.
    Unreadable(Unreadable),
    /// It may be read the next time.
    Unavailable(Unavailable),
}

impl From<Unreadable> for NotRead {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl From<Unavailable> for NotRead {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<NotRead> for Unavailable {
    fn from(not_read: NotRead) -> Self {
        match not_read {
            NotRead::Unreadable(unreadable) => unreadable.into(),
            NotRead::Unavailable(unavailable) => unavailable,
        }
    }
}

/// What was read, and what could not be. One whose service does not answer is in neither: it comes
/// with the next look.
pub(super) fn told_apart<T>(read: Vec<(Place, Result<T, NotRead>)>) -> (Vec<T>, Vec<Hidden>) {
    let (mut records, mut hidden) = (Vec::new(), Vec::new());
    for (place, read) in read {
        match read {
            Ok(record) => records.push(record),
            Err(NotRead::Unreadable(why)) => {
                say(&place.id, &why);
                hidden.push(Hidden { place, why });
            }
            Err(NotRead::Unavailable(error)) => {
                tracing::error!(item.id = place.id, %error, "a stored item is left out for now");
            }
        }
    }
    (records, hidden)
}

/// The id in the key of an item, such as that of a run.
pub(super) fn id_of(pk: &str) -> &str {
    pk.split_once('#').map_or(pk, |(_, id)| id)
}

/// The same, out of the item.
pub(super) fn id_in(item: &Item) -> String {
    id_of(get_text(item, PK).unwrap_or_default()).to_owned()
}
