//! Google Sheets: rows through the Sheets API v4, as a service account.
//!
//! Invariant: rows are written with `RAW`, which stores texts as they are: no formula runs and no
//! leading zero is lost. Google knows no idempotency key, so the key column is looked at before
//! every append and after every lost answer.
//!
//! Page: <https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append>

mod account;
mod api;
mod key_file;
mod range;

use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::SheetAppendRow;
use crate::contracts::sheet::{RowAppended, SheetRow, key_column};
use crate::provider::{Address, BuiltIn, Provider, RateLimit, owned};
use crate::providers::answers::On500;
use api::Sheet;
use key_file::ServiceAccount;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::effects::{ActionError, Asked, EffectClass};

/// Google asks for every 5xx, 500 first of all, to be tried again with longer and longer pauses.
/// <https://developers.google.com/workspace/drive/api/guides/handle-errors#500-error>
const ON_500: On500 = On500::NothingDone;

/// Google Sheets. In a minute one user may read 60 times and write 60 times
/// (<https://developers.google.com/workspace/sheets/api/limits>); each append reads twice.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let provider = Provider::plain(
        "google_sheets",
        "Google Sheets",
        "https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append",
    );
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        secrets: owned(&["service_account", "service_account.private_key"]),
        hosts: owned(HOSTS),
        addresses: vec![
            Address::new(Some("sheets.googleapis.com"), &["base_url"], &["service_account"]),
            Address::new(
                Some("oauth2.googleapis.com"),
                &["token_url", "service_account.token_uri"],
                &["service_account"],
            ),
        ],
        limit: Some(RateLimit { calls: 30, per: Duration::from_secs(60) }),
        concurrency: Some(1),
        ..provider
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(SheetAppendRow::ID, sheet_append_row)];

/// The API, and the token endpoints that key files name: the one of today and those of older files.
/// <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>
const HOSTS: &[&str] = &[
    "sheets.googleapis.com",
    "oauth2.googleapis.com",
    "accounts.google.com",
    "www.googleapis.com",
];

/// How long after an append that went unanswered it is certain to be seen, if it happened.
const SEARCH_LAG: Duration = Duration::from_secs(10);

#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The service account's key, the JSON file as Google gives it. The spreadsheet is shared with
    /// its `client_email`.
    #[serde(deserialize_with = "key_file::text_or_map")]
    #[schemars(with = "String")]
    service_account: ServiceAccount,
    /// The spreadsheet's id: the long part of its address.
    spreadsheet_id: String,
    /// The column that holds the key.
    #[serde(default = "key_column")]
    key_column: String,
    /// Where access tokens come from, if not from Google.
    token_url: Option<String>,
}

/// `sheet.append_row` by Google Sheets.
fn sheet_append_row() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Queryable, |cx, input| {
        Box::pin(append_row(cx, input))
    })
    .ask(SEARCH_LAG, |cx, input| Box::pin(ask_sheet(cx, input)))
}

async fn append_row(cx: &Cx<'_>, row: SheetRow) -> Result<RowAppended, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let row = row.checked()?;
    let sheet = Sheet::new(cx, &settings, &row.sheet);
    let header = sheet.header().await?;
    let cells = row.cells(&header, &settings.key_column)?;
    if let Some(number) = sheet.find_row(&header, &settings.key_column, &row.key).await? {
        return Ok(RowAppended { row_number: Some(number), appended: false });
    }
    let row_number = sheet.append(cells).await?;
    Ok(RowAppended { row_number, appended: true })
}

async fn ask_sheet(cx: &Cx<'_>, row: SheetRow) -> Result<Asked, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    let number = find_row_number(cx, &settings, &row).await?;
    Ok(number.map_or(Asked::DidNot, |number| {
        let output = RowAppended { row_number: Some(number), appended: true };
        Asked::Happened(serde_json::to_value(output).unwrap_or(Value::Null))
    }))
}

async fn find_row_number(
    cx: &Cx<'_>,
    settings: &Settings,
    row: &SheetRow,
) -> Result<Option<u64>, ActionError> {
    let sheet = Sheet::new(cx, settings, &row.sheet);
    let header = sheet.header().await?;
    row.cells(&header, &settings.key_column)?;
    sheet.find_row(&header, &settings.key_column, &row.key).await
}
