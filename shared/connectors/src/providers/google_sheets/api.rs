//! The three calls that an append takes.

use super::{ON_500, Settings, range};
use crate::action::Cx;
use crate::connection::Connection;
use crate::providers::answers::{
    AttemptEnd, clear_text, failure, harmless, judge_status, retry_after,
};
use crate::providers::oauth::{token_key, with_token};
use crate::providers::requests::{get, post, with_credential};
use http::{StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpError, HttpRequest, HttpResponse};

const BASE_URL: &str = "https://sheets.googleapis.com";

/// One sheet of the connection's spreadsheet, during one attempt.
pub(super) struct Sheet<'a> {
    cx: &'a Cx<'a>,
    settings: &'a Settings,
    name: &'a str,
    attempt_end: AttemptEnd,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(cx: &'a Cx<'a>, settings: &'a Settings, name: &'a str) -> Self {
        Self { cx, settings, name, attempt_end: AttemptEnd::of(cx) }
    }

    /// The names in the first row.
    pub(super) async fn header(&self) -> Result<Vec<String>, ActionError> {
        let values = self.read("1:1", "ROWS").await?;
        let header: Vec<String> = values.iter().map(text).collect();
        match header.first().is_some_and(|name| !name.is_empty()) {
            true => Ok(header),
            // Google would begin the new row further right or left than the header.
            false => Err(ActionError::refused(format!(
                "column_missing: A: the header of sheet {} has to begin in its first cell",
                self.name
            ))),
        }
    }

    /// The number of the row that has the key.
    pub(super) async fn find_row(
        &self,
        header: &[String],
        key_column: &str,
        key: &str,
    ) -> Result<Option<u64>, ActionError> {
        let Some(index) = header.iter().position(|name| name == key_column) else {
            return Ok(None);
        };
        let column = range::column(index);
        let values = self.read(&format!("{column}:{column}"), "COLUMNS").await?;
        let row = values.iter().skip(1).position(|cell| text(cell) == key);
        Ok(row.and_then(|row| u64::try_from(row + 2).ok()))
    }

    /// Adds the row below the table; answers its number.
    pub(super) async fn append(&self, cells: Vec<Value>) -> Result<Option<u64>, ActionError> {
        let url =
            format!("{}:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS", self.url("A1"));
        let body = json!({ "majorDimension": "ROWS", "values": [cells] });
        let response = self.send(&post(self.cx, url, &body), failure).await?;
        if response.status != StatusCode::OK {
            return Err(self.failure(&response, EffectClass::Queryable));
        }
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        Ok(answer["updates"]["updatedRange"].as_str().and_then(range::first_row))
    }

    async fn read(&self, cells: &str, dimension: &str) -> Result<Vec<Value>, ActionError> {
        let url = format!("{}?majorDimension={dimension}", self.url(cells));
        let response = self.send(&get(url, self.cx.timeout), unread).await.map_err(harmless)?;
        if response.status != StatusCode::OK {
            return Err(harmless(self.failure(&response, EffectClass::Natural)));
        }
        let answer: Value = serde_json::from_slice(&response.body)
            .map_err(|_| ActionError::not_now("Google Sheets answered without JSON", None))?;
        // What names no range is none of theirs, and no proof that a key is not there.
        if !answer["range"].is_string() {
            return Err(ActionError::not_now("Google Sheets answered without a range", None));
        }
        // An empty range has no `values`.
        Ok(answer["values"][0].as_array().cloned().unwrap_or_default())
    }

    fn url(&self, cells: &str) -> String {
        let base_url = self.cx.connection.base_url(BASE_URL);
        let spreadsheet = range::segment(&self.settings.spreadsheet_id);
        let range = range::segment(&range::of(self.name, cells));
        format!("{base_url}/v4/spreadsheets/{spreadsheet}/values/{range}")
    }

    async fn send(
        &self,
        request: &HttpRequest,
        failed: fn(&Connection, &HttpError) -> ActionError,
    ) -> Result<HttpResponse, ActionError> {
        let (cx, account) = (self.cx, &self.settings.service_account);
        let token_url = self.settings.token_url.as_deref();
        let key = token_key(cx, &[&account.client_email, account.private_key.expose_secret()]);
        let send = async |token: tradewind_engine::ports::SecretText| {
            let bearer = format!("Bearer {}", token.expose_secret());
            let request =
                HttpRequest { timeout: self.attempt_end.time_left(cx)?, ..request.clone() };
            let request =
                with_credential(request, header::AUTHORIZATION, &bearer, "service_account")?;
            cx.http
                .send(&cx.connection.recipient(), request)
                .await
                .map_err(|error| failed(cx.connection, &error))
        };
        let renew = || account.token(cx, token_url, self.attempt_end);
        with_token(cx, &key, self.attempt_end, renew, send).await
    }

    fn failure(&self, response: &HttpResponse, class: EffectClass) -> ActionError {
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let detail = answer["error"]["message"].as_str().unwrap_or_default();
        let status = response.status;
        let mut reason = format!("Google Sheets answered {}", status.as_u16());
        if !detail.is_empty() {
            reason = format!("{reason}: {}", clear_text(self.cx.connection, detail));
        }
        if status == StatusCode::FORBIDDEN {
            let account = &self.settings.service_account.client_email;
            reason = format!("{reason} (is the spreadsheet shared with {account}?)");
        }
        let wait = retry_after(&response.headers, self.cx.clock.now());
        judge_status(status, reason, wait, class, ON_500)
    }
}

/// A column of keys that has grown too long stays so: trying again cannot help.
fn unread(connection: &Connection, error: &HttpError) -> ActionError {
    match error {
        HttpError::Oversize(_) => ActionError::refused(
            "sheet_too_long: the sheet has more keys than can be read (5 MB); begin a new one",
        ),
        other => failure(connection, other),
    }
}

fn text(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
