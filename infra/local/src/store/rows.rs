//! Rows that hold a stored form.
//!
//! Invariant: a row that cannot be read hides no other. It is named where it was met, it is counted
//! for people, and it is logged once.

use super::errors::Fault;
use super::times::from_column;
use rusqlite::Rows;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tradewind_engine::ports::{Clock, Hidden, Page, Place};
use tradewind_engine::stored::{StoredForm, Unreadable, read_stored};
use tradewind_engine::time::{Timestamp, before};
use tradewind_platform::newer;
use tradewind_platform::sweep::UNREADABLE_AGAIN;

/// Rows that are remembered, at most: more are counted no more.
const REMEMBERED_MAX: usize = 10_000;
/// For so long after it was met: the sweeper meets a run that is due twice in that time.
const REMEMBERED_FOR: Duration = UNREADABLE_AGAIN.saturating_mul(2);

/// A limit as SQL takes it.
pub(super) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The condition that no newer tradewind wrote the form in this column: one of a later version than
/// `known`. What is no JSON at all is nobody's.
pub(super) fn not_newer(column: &str, known: u32) -> String {
    let version = |path| format!("coalesce(CAST(json_extract({column}, '{path}') AS INTEGER), 1)");
    let (own, events) = (version("$.v"), version("$.event.v"));
    format!("CASE WHEN json_valid({column}) THEN max({own}, {events}) <= {known} ELSE TRUE END")
}

/// The rows of id, form and time, of which at most `wanted` were asked for.
pub(super) fn read_page<T: StoredForm>(
    mut rows: Rows<'_>,
    wanted: usize,
    unread: &Unread,
) -> Result<Page<T, Place>, Fault> {
    let mut page = Page::of(Vec::new());
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?;
        let id = String::from_utf8_lossy(id).into_owned();
        let form = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
        let place = Place { at: from_column(row.get(2)?), id };
        match read_stored(form) {
            Ok(form) => {
                unread.forget::<T>(&place.id);
                page.records.push(form);
            }
            Err(why) => {
                unread.record::<T>(&place.id, &why);
                page.hidden.push(Hidden { place: place.clone(), why });
            }
        }
        page.next = Some(place);
    }
    if page.seen() < wanted {
        page.next = None;
    }
    Ok(page)
}

/// All that could be read of the rows of id, form and time.
pub(super) fn read_rows<T: StoredForm>(rows: Rows<'_>, unread: &Unread) -> Result<Vec<T>, Fault> {
    Ok(read_page(rows, usize::MAX, unread)?.records)
}

/// The rows that could not be read when this process met them last.
pub(super) struct Unread {
    clock: Arc<dyn Clock>,
    rows: Mutex<BTreeMap<(&'static str, String), Met>>,
}

#[derive(Clone, Copy)]
struct Met {
    at: Timestamp,
    is_newer: bool,
}

impl Unread {
    /// Nothing was met yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, rows: Mutex::default() }
    }

    /// How many rows a newer tradewind wrote, and how many make no sense. One that was not met for
    /// long is gone.
    pub(super) fn counts(&self) -> (usize, usize) {
        let since = before(self.clock.now(), REMEMBERED_FOR);
        let rows = self.rows();
        let met = rows.values().filter(|met| met.at >= since);
        met.fold((0, 0), |(newer, damaged), met| match met.is_newer {
            true => (newer + 1, damaged),
            false => (newer, damaged + 1),
        })
    }

    fn record<T: StoredForm>(&self, id: &str, why: &Unreadable) {
        let mut rows = self.rows();
        if rows.len() >= REMEMBERED_MAX {
            return;
        }
        let met = Met { at: self.clock.now(), is_newer: why.is_newer() };
        let is_new = rows.insert((T::KIND, id.to_owned()), met).is_none();
        drop(rows);
        if why.is_newer() {
            newer::log_once(&why.clone().into());
        } else if is_new {
            tracing::error!(row.id = id, error = %why, "a stored row is left alone");
        }
    }

    fn forget<T: StoredForm>(&self, id: &str) {
        let mut rows = self.rows();
        if !rows.is_empty() {
            rows.remove(&(T::KIND, id.to_owned()));
        }
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<(&'static str, String), Met>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
