//! Google Sheets.
//! Page: <https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append>

mod answers;
mod requests;
mod tokens;

use super::accounts::settings;
use super::stage::Subject;
use crate::fakes::{Answer, FakeServer};
use serde_json::{Value, json};

const SUBJECT: Subject = Subject {
    action: "sheet.append_row",
    provider: "google_sheets",
    settings: |url| settings("google_sheets", url),
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
