//! Google Sheets.
//! Page: <https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append>

mod answers;
mod requests;
mod tokens;

use super::stage::Subject;
use crate::fakes::{Answer, FakeServer};
use serde_json::{Value, json};

pub(super) const COVERS: &[(&str, &str)] = &[("sheet.append_row", "google_sheets")];

const SUBJECT: Subject = Subject {
    action: "sheet.append_row",
    provider: "google_sheets",
    settings: |url| {
        json!({
            "service_account": include_str!("service_account.json"),
            "spreadsheet_id": "sheet-1",
            "base_url": url,
            "token_url": format!("{url}/token"),
        })
    },
    input: || {
        json!({
            "sheet": "Orders",
            "key": "00123",
            "row": { "Total": 57.5, "Name": "=HYPERLINK(\"x\")", "Paid": true, "Note": null },
        })
    },
};

fn token(value: &str) -> Answer {
    Answer::json(200, json!({ "access_token": value, "expires_in": 3599, "token_type": "Bearer" }))
}

fn row(values: Value) -> Answer {
    Answer::json(
        200,
        json!({ "range": "Orders!A1:Z1", "majorDimension": "ROWS", "values": [values] }),
    )
}

fn header() -> Answer {
    row(json!(["Name", "Key", "Note", "Total", "Paid"]))
}

fn keys() -> Answer {
    row(json!(["Key", "00121", "122"]))
}

fn appended() -> Answer {
    Answer::json(
        200,
        json!({
            "spreadsheetId": "sheet-1",
            "tableRange": "Orders!A1:E3",
            "updates": { "updatedRange": "Orders!A4:E4", "updatedRows": 1, "updatedCells": 4 },
        }),
    )
}

/// Up to the append.
fn before() -> [Answer; 3] {
    [token("token-1"), header(), keys()]
}

async fn server(answers: impl IntoIterator<Item = Answer>) -> FakeServer {
    FakeServer::scripted(answers).await
}
