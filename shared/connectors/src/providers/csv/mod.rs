//! Tables in CSV files of the project folder.
//!
//! Invariant: a text, or a column's name, that a spreadsheet program would run as a formula is written behind
//! a `'`, and a row is there once for each key.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc4180>

mod formulas;
mod table;

pub use table::with_row;

use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::SheetAppendRow;
use crate::contracts::sheet::{RowAppended, SheetRow, key_column};
use crate::provider::{BuiltIn, Provider};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::FileError;

/// CSV files.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let provider = Provider::plain("csv", "CSV file", "https://www.rfc-editor.org/rfc/rfc4180");
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        concurrency: Some(1),
        ..provider
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(SheetAppendRow::ID, sheet_append_row)];

#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// A folder below the project folder, where `Orders` is the file `Orders.csv`; or one file
    /// ending in `.csv`, which is then every sheet.
    path: String,
    /// The column that holds the key.
    #[serde(default = "key_column")]
    key_column: String,
}

/// `sheet.append_row` into a CSV file.
fn sheet_append_row() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| {
        Box::pin(append_row(cx, input))
    })
}

async fn append_row(cx: &Cx<'_>, row: SheetRow) -> Result<RowAppended, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let row = row.checked()?;
    let path = file(&settings.path, &row.sheet)?;
    let mut outcome = None;
    let mut change =
        |content: Option<&[u8]>| match table::with_row(content, &row, &settings.key_column) {
            Ok((appended, content)) => {
                outcome = Some(Ok(appended));
                content
            }
            Err(error) => {
                outcome = Some(Err(error));
                None
            }
        };
    cx.files.update(&path, &mut change).await.map_err(|error| match error {
        FileError::NotAllowed(reason) => ActionError::needs_repair(reason),
        FileError::Failed(reason) => ActionError::not_now(reason, None),
    })?;
    outcome.unwrap_or_else(|| Err(ActionError::not_now("the file was not looked at", None)))
}

// The sheet's name may come from a payload, so it is never more than a name.
fn file(path: &str, sheet: &str) -> Result<String, ActionError> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.ends_with(".csv") {
        return Ok(path.to_owned());
    }
    if sheet.starts_with('.') || sheet.contains(['/', '\\', ':']) {
        return Err(ActionError::bad_data("sheet_invalid", "sheet"));
    }
    match path {
        "" | "." => Ok(format!("{sheet}.csv")),
        folder => Ok(format!("{folder}/{sheet}.csv")),
    }
}
