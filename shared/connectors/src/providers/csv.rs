//! CSV file.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc4180>

use crate::action::{Cx, Implementation};
use crate::contracts::sheet::{SheetRow, RowAppended};
use crate::provider::Provider;
use tradewind_engine::effects::{ActionError, EffectClass};

/// CSV file.
pub static PROVIDER: Provider = Provider {
    id: "csv",
    title: "CSV file",
    documentation: "https://www.rfc-editor.org/rfc/rfc4180",
    settings: || serde_json::Value::Null,
    secrets: &[],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// The implementation.
pub fn sheet_append_row() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| Box::pin(perform(cx, input)))
}

async fn perform(_cx: &Cx<'_>, _input: SheetRow) -> Result<RowAppended, ActionError> {
    Err(ActionError::refused("not written yet"))
}
