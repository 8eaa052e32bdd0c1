//! The schema, in numbered steps.
//!
//! Invariant: a step that was ever released is never changed; what has to change is a new step.

use super::errors::{Fault, OpenError};
use rusqlite::Connection;
use std::path::Path;

/// Step n leads to schema version n + 1, which stands in `PRAGMA user_version`.
const STEPS: [&str; 13] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
];

/// Brings the database to the newest schema version.
pub(super) fn migrate(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let wrong = |fault: rusqlite::Error| OpenError::database(path, fault.into());
    let found: u32 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(wrong)?;
    let known = STEPS.len() as u32;
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    for (version, step) in (1..).zip(STEPS).skip(found as usize) {
        take_step(connection, version, step).map_err(|fault| OpenError::database(path, fault))?;
    }
    Ok(())
}

fn take_step(connection: &Connection, version: u32, step: &str) -> Result<(), Fault> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", version)?;
    Ok(transaction.commit()?)
}
