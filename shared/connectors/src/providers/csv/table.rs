//! The text of a CSV table, and what it becomes with one row more.
//!
//! Invariant: what stands in the file already is kept byte for byte.

use super::formulas::{inert, inert_earlier};
use crate::contracts::sheet::{RowAppended, SheetRow};
use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use serde_json::Value;
use tradewind_engine::effects::ActionError;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The row's place, and the new content of the file; `None` where it is to stay as it is.
pub fn with_row(
    content: Option<&[u8]>,
    row: &SheetRow,
    key_column: &str,
) -> Result<(RowAppended, Option<Vec<u8>>), ActionError> {
    let records = records(content.unwrap_or_default())?;
    let Some(header) = records.first() else {
        return new_table(content.unwrap_or_default(), row, key_column);
    };
    let header: Vec<String> = header.iter().map(|name| meant(name, row, key_column)).collect();
    let cells = row.cells(&header, key_column)?;
    if let Some(index) = position(&records, &header, key_column, &row.key) {
        return Ok((place(index, false), None));
    }
    let content = content.unwrap_or_default();
    let terminator = terminator(content);
    let mut content = content.to_vec();
    if !content.ends_with(b"\n") {
        content.extend_from_slice(terminator_bytes(terminator));
    }
    content.extend(line(cells.iter().map(text), terminator)?);
    let written = self::records(&content)?;
    if position(&written, &header, key_column, &row.key) != Some(records.len()) {
        // It would be a part of the last cell, and be added again with every try.
        let reason =
            "file_invalid: the last line of the file does not end: a quote is never closed";
        return Err(ActionError::refused(reason));
    }
    Ok((place(records.len(), true), Some(content)))
}

/// In a file that has no line yet: a mark of its encoding, or empty lines, stay where they are.
fn new_table(
    before: &[u8],
    row: &SheetRow,
    key_column: &str,
) -> Result<(RowAppended, Option<Vec<u8>>), ActionError> {
    let mut header: Vec<String> = row.row.keys().cloned().collect();
    if !row.row.contains_key(key_column) {
        header.insert(0, key_column.to_owned());
    }
    let cells = row.cells(&header, key_column)?;
    let mut content = before.to_vec();
    content.extend(line(header.iter().map(|name| inert(name)), Terminator::CRLF)?);
    content.extend(line(cells.iter().map(text), Terminator::CRLF)?);
    Ok((place(1, true), Some(content)))
}

fn records(content: &[u8]) -> Result<Vec<StringRecord>, ActionError> {
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
    let records: Result<_, csv::Error> = reader.into_records().collect();
    records.map_err(|error| ActionError::refused(format!("file_invalid: {error}")))
}

/// The column that a name in the header means: names are guarded where they are written.
fn meant(written: &str, row: &SheetRow, key_column: &str) -> String {
    let mut columns = row.row.keys().map(String::as_str).chain([key_column]);
    let is_as_it_is = columns.clone().any(|column| column == written);
    let guarded = if is_as_it_is { None } else { columns.find(|column| inert(column) == written) };
    guarded.unwrap_or(written).to_owned()
}

fn position(
    records: &[StringRecord],
    header: &[String],
    key_column: &str,
    key: &str,
) -> Option<usize> {
    let column = header.iter().position(|name| name == key_column)?;
    let written = [key.to_owned(), inert(key), inert_earlier(key)];
    let is_it = |record: &StringRecord| {
        record.get(column).is_some_and(|cell| written.iter().any(|one| one == cell))
    };
    records.iter().skip(1).position(is_it).map(|index| index + 1)
}

fn place(index: usize, appended: bool) -> RowAppended {
    RowAppended { row_number: u64::try_from(index + 1).ok(), appended }
}

fn text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => inert(text),
        other => other.to_string(),
    }
}

fn terminator(content: &[u8]) -> Terminator {
    let first_line_end = content.iter().position(|byte| *byte == b'\n');
    match first_line_end {
        Some(end) if end == 0 || content[end - 1] != b'\r' => Terminator::Any(b'\n'),
        _ => Terminator::CRLF,
    }
}

fn terminator_bytes(terminator: Terminator) -> &'static [u8] {
    match terminator {
        Terminator::Any(_) => b"\n",
        _ => b"\r\n",
    }
}

fn line(
    cells: impl Iterator<Item = String>,
    terminator: Terminator,
) -> Result<Vec<u8>, ActionError> {
    let mut writer = WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
    let written = writer.write_record(cells.map(String::into_bytes));
    let failed = |what: String| ActionError::refused(format!("row_invalid: {what}"));
    written.map_err(|error| failed(error.to_string()))?;
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What becomes of a file when Ada is added under the key 1.
    fn check(before: &str, expected: &str) {
        let row = json!({ "sheet": "s", "key": "1", "row": { "A": "Ada" } });
        let row: SheetRow = serde_json::from_value(row).unwrap();
        let (_, content) = with_row(Some(before.as_bytes()), &row, "Key").unwrap();
        let content = content.unwrap();
        assert_eq!(String::from_utf8(content.clone()).unwrap(), expected);
        let (again, unchanged) = with_row(Some(&content), &row, "Key").unwrap();
        assert_eq!((again.appended, unchanged), (false, None));
    }

    #[test]
    fn a_row_is_never_added_to_a_cell_that_does_not_end() {
        let row = json!({ "sheet": "s", "key": "1", "row": { "A": "Ada" } });
        let row: SheetRow = serde_json::from_value(row).unwrap();
        let refused = with_row(Some(b"Key,A\n0,\"\n"), &row, "Key").unwrap_err();
        assert!(refused.to_string().contains("a quote is never closed"), "{refused}");
    }

    #[test]
    fn a_file_without_a_line_keeps_what_it_holds() {
        check("", "Key,A\r\n1,Ada\r\n");
        check("\u{feff}", "\u{feff}Key,A\r\n1,Ada\r\n");
        check("\n\n", "\n\nKey,A\r\n1,Ada\r\n");
        check("\r", "\rKey,A\r\n1,Ada\r\n");
    }
}
