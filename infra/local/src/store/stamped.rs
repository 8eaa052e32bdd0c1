//! Rows that are written and removed only in the state in which they were read: the stamp tells it.

use super::batch::Cx;
use super::errors::Fault;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use serde::Serialize;
use tradewind_engine::stored::{StoredForm, read_stored};

/// A row as it is to be kept.
pub(super) struct Stamped {
    key: String,
    stamp: String,
    document: String,
    /// When it is due, in a table that keeps that.
    due_at: Option<i64>,
}

impl Stamped {
    /// The row of this form.
    pub(super) fn of(
        key: &str,
        stamp: String,
        form: &impl Serialize,
        due_at: Option<i64>,
    ) -> Result<Self, Fault> {
        let document = serde_json::to_string(form)?;
        Ok(Self { key: key.to_owned(), stamp, document, due_at })
    }

    /// Keeps it in place of the one with the stamp that was read. Whether that stood there, or none where none was
    /// read.
    pub(super) fn save(
        &self,
        cx: &Cx<'_>,
        table: &str,
        read: Option<&String>,
    ) -> Result<bool, Fault> {
        let (column, value, set) = match self.due_at {
            Some(_) => (", due_at", ", ?4", ", due_at = ?4"),
            None => ("", "", ""),
        };
        let mut values: Vec<&dyn ToSql> = vec![&self.key, &self.stamp, &self.document];
        values.extend(self.due_at.iter().map(|due_at| due_at as &dyn ToSql));
        let sql = match read {
            None => format!(
                "INSERT INTO {table} (key, stamp, document{column}) VALUES (?1, ?2, ?3{value})
                 ON CONFLICT (key) DO NOTHING"
            ),
            Some(read) => {
                values.push(read);
                format!(
                    "UPDATE {table} SET stamp = ?2, document = ?3{set}
                     WHERE key = ?1 AND stamp = ?{}",
                    values.len()
                )
            }
        };
        Ok(cx.connection.prepare_cached(&sql)?.execute(values.as_slice())? == 1)
    }
}

/// The form below that key.
pub(super) fn read_stamped<T: StoredForm>(
    connection: &Connection,
    table: &str,
    key: &str,
) -> Result<Option<T>, Fault> {
    let sql = format!("SELECT document FROM {table} WHERE key = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let document: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
    Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
}

/// Removes the row with that stamp. Whether it stood there.
pub(super) fn remove_stamped(
    cx: &Cx<'_>,
    table: &str,
    key: &str,
    stamp: &str,
) -> Result<bool, Fault> {
    let sql = format!("DELETE FROM {table} WHERE key = ?1 AND stamp = ?2");
    Ok(cx.connection.prepare_cached(&sql)?.execute(params![key, stamp])? == 1)
}
