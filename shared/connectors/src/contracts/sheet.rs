//! `sheet.append_row`: a line in a spreadsheet, once for each key.

use super::plain::check_number;
use super::text::{check_line, check_lines, check_words};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::{ActionError, OnUnknown};

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

/// The column that holds the key where a connection names no other.
pub(crate) fn key_column() -> String {
    "Key".to_owned()
}

impl SheetRow {
    /// The row as every provider may write it: there is a sheet and a key, and every cell is a
    /// text, a number, true, false or null.
    pub fn checked(self) -> Result<Self, ActionError> {
        for (text, field) in [(&self.sheet, "sheet"), (&self.key, "key")] {
            check_words(text, field)?;
        }
        for (column, value) in &self.row {
            check_cell(column, value)?;
        }
        Ok(self)
    }

    /// The cells in the order of the sheet's `header`, the key among them, null where the row has
    /// nothing. Columns are found by name; one that cannot be told is an error.
    pub fn cells(&self, header: &[String], key_column: &str) -> Result<Vec<Value>, ActionError> {
        self.check_header(header, key_column)?;
        let cell = |name: &String| match name == key_column {
            true => Value::String(self.key.clone()),
            false => self.row.get(name).cloned().unwrap_or_default(),
        };
        Ok(header.iter().map(cell).collect())
    }

    fn check_header(&self, header: &[String], key_column: &str) -> Result<(), ActionError> {
        let sheet = &self.sheet;
        let refused = |code: &str, column: &str, what: &str| {
            Err(ActionError::refused(format!("{code}: {column}: {what} of sheet {sheet}")))
        };
        for (index, name) in header.iter().enumerate() {
            if !name.is_empty() && header[..index].contains(name) {
                return refused("column_ambiguous", name, "stands twice in the header");
            }
        }
        let known = |column: &str| !column.is_empty() && header.iter().any(|name| name == column);
        if !known(key_column) {
            return refused("column_missing", key_column, "the key column is not in the header");
        }
        match self.row.keys().find(|column| !known(column)) {
            Some(column) => refused("column_unknown", column, "is not in the header"),
            None if self.row.get(key_column).is_some_and(|cell| *cell != self.key) => {
                refused("key_ambiguous", key_column, "the row's cell is not the key")
            }
            None => Ok(()),
        }
    }
}

fn check_cell(column: &str, value: &Value) -> Result<(), ActionError> {
    check_line(column, "row")?;
    match value {
        Value::String(text) => check_lines(text, column),
        Value::Number(number) => check_number(number, column),
        Value::Array(_) | Value::Object(_) => Err(ActionError::bad_data("cell_not_plain", column)),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

/// Add one row to a spreadsheet.
pub struct SheetAppendRow;

impl Contract for SheetAppendRow {
    const ID: &'static str = "sheet.append_row";
    const SUMMARY: &'static str = "Add one row to a spreadsheet, once for each key";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    const SAMPLES_SEARCHED_MAX: usize = 1_000;
    type Input = SheetRow;
    type Output = RowAppended;

    fn checked(row: SheetRow) -> Result<SheetRow, ActionError> {
        row.checked()
    }

    /// The rows that were appended to the same sheet stand above this one, below the header.
    fn sample(row: &SheetRow, tried: &Tried<'_, Self>) -> RowAppended {
        let is_above =
            |(other, done): &&(SheetRow, RowAppended)| done.appended && other.sheet == row.sheet;
        let above: Vec<_> = tried.earlier.iter().filter(is_above).collect();
        match above.iter().find(|(other, _)| other.key == row.key) {
            Some((_, done)) => RowAppended { row_number: done.row_number, appended: false },
            None => RowAppended { row_number: u64::try_from(above.len() + 2).ok(), appended: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(cells: Value) -> SheetRow {
        let Value::Object(row) = cells else { unreachable!("a row is a map") };
        SheetRow { sheet: "Orders".to_owned(), key: "00123".to_owned(), row }
    }

    fn check(cells: Value, header: &[&str], expected: Result<Value, &str>) {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let found = row(cells).checked().and_then(|row| row.cells(&header, "Key"));
        let found = found.map(Value::Array).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn cells_go_where_their_columns_are() {
        let cells = json!({ "Total": 5700, "Order": "=1", "Paid": true });
        let header = ["Order", "", "Key", "Note", "Paid", "Total"];
        let placed = json!(["=1", null, "00123", null, true, 5700]);
        check(cells, &header, Ok(placed));
    }

    #[test]
    fn a_header_that_does_not_fit_is_an_error_that_names_the_column() {
        let cells = || json!({ "Total": 1 });
        let unknown = "column_unknown: Total: is not in the header of sheet Orders";
        check(cells(), &["Key", "Sum"], Err(unknown));
        let missing = "column_missing: Key: the key column is not in the header of sheet Orders";
        check(cells(), &["Total"], Err(missing));
        check(cells(), &[], Err(missing));
        let twice = "column_ambiguous: Total: stands twice in the header of sheet Orders";
        check(cells(), &["Key", "Total", "Total"], Err(twice));
        let other_key = "key_ambiguous: Key: the row's cell is not the key of sheet Orders";
        check(json!({ "Key": "124" }), &["Key"], Err(other_key));
        check(json!({ "Key": "00123" }), &["Key"], Ok(json!(["00123"])));
    }

    #[test]
    fn a_cell_is_a_plain_value() {
        check(json!({ "A": [1] }), &["Key", "A"], Err("cell_not_plain: A"));
        check(json!({ "A": {} }), &["Key", "A"], Err("cell_not_plain: A"));
        check(json!({ "A": "\u{0}" }), &["Key", "A"], Err("control_character: A"));
        let large = json!({ "A": 9_007_199_254_740_993_i64 });
        check(large, &["Key", "A"], Err("number_out_of_range: A"));
        check(json!({ "A": "a\nb" }), &["Key", "A"], Ok(json!(["00123", "a\nb"])));
        check(json!({ "A": 12.5 }), &["Key", "A"], Ok(json!(["00123", 12.5])));
    }
}
