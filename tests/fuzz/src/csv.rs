//! A table, and a row that is added to it: what stands there stays byte for byte, and the same key is added once.

use serde_json::{Map, Value};
use tradewind_connectors::contracts::sheet::SheetRow;
use tradewind_connectors::providers::csv::with_row;

/// The key, a cell and the file, with zero bytes between them.
pub fn check(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let mut text = || parts.next().map(|part| String::from_utf8_lossy(part).into_owned());
    let (Some(key), Some(cell)) = (text(), text()) else { return };
    let content = parts.next();
    let row: Map<String, Value> = [("A".to_owned(), Value::String(cell))].into_iter().collect();
    let row = SheetRow { sheet: "table".to_owned(), key, row };
    let Ok(row) = row.checked() else { return };
    let Ok((place, Some(new))) = with_row(content, &row, "Key") else { return };
    assert!(place.appended);
    assert!(new.starts_with(content.unwrap_or_default()), "what stood there is changed");
    let (again, unchanged) =
        with_row(Some(&new), &row, "Key").expect("what was written can be read");
    assert!(!again.appended && unchanged.is_none(), "the same key is added twice");
    assert_eq!(again.row_number, place.row_number);
}
