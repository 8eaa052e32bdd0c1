//! Google Sheets.
//!
//! Page: <https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append>

use crate::action::{Cx, Implementation};
use crate::contracts::sheet::{SheetRow, RowAppended};
use crate::provider::Provider;
use tradewind_engine::effects::{ActionError, EffectClass};

/// Google Sheets.
pub static PROVIDER: Provider = Provider {
    id: "google_sheets",
    title: "Google Sheets",
    documentation: "https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append",
    settings: || serde_json::Value::Null,
    secrets: &["service_account"],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// The implementation.
pub fn sheet_append_row() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Queryable, |cx, input| Box::pin(perform(cx, input)))
}

async fn perform(_cx: &Cx<'_>, _input: SheetRow) -> Result<RowAppended, ActionError> {
    Err(ActionError::refused("not written yet"))
}
