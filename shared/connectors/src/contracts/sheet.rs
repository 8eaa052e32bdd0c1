//! `sheet.append_row`: a line in a spreadsheet, once for each key.

use crate::action::Action;
use crate::providers::{csv, google_sheets, sandbox};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::OnUnknown;

/// One row. A second append with the same key changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetRow {
    /// The sheet (Google: the tab; CSV: the file without `.csv`).
    pub sheet: String,
    /// What makes the row unique, such as the order number; kept in the connection's key column.
    pub key: String,
    /// Cells by column name. A column that the sheet does not have is an error.
    pub row: Map<String, Value>,
}

/// The row is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowAppended {
    /// The row's number, from 1, the header included.
    pub row_number: Option<u64>,
    /// False: a row with this key was there before.
    pub appended: bool,
}

/// Add one row to a spreadsheet.
pub fn append_row() -> Action {
    Action::new::<SheetRow, RowAppended>(
        "sheet.append_row",
        "Add one row to a spreadsheet, once for each key",
        OnUnknown::Hold,
    )
    .by(google_sheets::sheet_append_row())
    .by(csv::sheet_append_row())
    .by(sandbox::sheet_append_row())
}
