//! Services that repeat every secret of a connection in every form: in bodies and headers, in success and
//! failure.

use super::forms::echo;
use super::planted::{Fate, Planted, access_token};
use crate::fakes::{Answer, FakeServer, Seen};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const ORDER: &str = include_str!("../../../infra/local/src/demo/project/order.json");
/// As many characters of a secret stand in a text that was cut off.
const CUT_CHARACTERS: usize = 24;

/// What has been repeated: connection and secret.
type Repeated = Arc<Mutex<BTreeSet<(String, String)>>>;

/// The services.
pub(crate) struct Hostile {
    pub(crate) server: FakeServer,
    secrets: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
    repeated: Repeated,
}

impl Hostile {
    /// They know no secret yet.
    pub(crate) async fn start() -> Self {
        let secrets: Arc<Mutex<BTreeMap<String, Vec<String>>>> = Arc::default();
        let repeated = Repeated::default();
        let counts: Mutex<BTreeMap<String, usize>> = Mutex::default();
        let (known, noted) = (Arc::clone(&secrets), Arc::clone(&repeated));
        let server = FakeServer::deciding(move |seen| {
            let connection = seen.target.split('/').nth(1).unwrap_or_default().to_owned();
            let Some(fate) = Fate::of(&connection) else { return Answer::status(404) };
            if is_token(seen) && fate != Fate::Closed {
                let token = access_token(&connection);
                return Answer::json(200, json!({ "access_token": token, "expires_in": 7200 }));
            }
            let all = known.lock().unwrap()[&connection].clone();
            let count = {
                let mut counts = counts.lock().unwrap();
                let count = counts.entry(connection.clone()).or_default();
                *count += 1;
                *count
            };
            let secret = all[count % all.len()].clone();
            let answer = answer(&connection, fate, seen, &secret);
            noted.lock().unwrap().insert((connection, secret));
            answer
        });
        Self { server: server.await, secrets, repeated }
    }

    /// From now on they know these.
    pub(crate) fn learn(&self, planted: &[Planted]) {
        let mut secrets = self.secrets.lock().unwrap();
        for one in planted {
            let mut values: Vec<String> =
                one.secrets.iter().map(|(_, value)| value.clone()).collect();
            let is_given_one = Fate::of(&one.name) != Some(Fate::Closed);
            if is_given_one && matches!(one.provider.as_str(), "commercelayer" | "google_sheets") {
                values.push(access_token(&one.name));
            }
            secrets.insert(one.name.clone(), values);
        }
    }

    /// The secrets of acting connections that were never repeated.
    pub(crate) fn never_repeated(&self, planted: &[Planted]) -> Vec<(String, String)> {
        let repeated = self.repeated.lock().unwrap();
        let acting = planted
            .iter()
            .filter(|one| one.provider != "webhook" && Fate::of(&one.name) != Some(Fate::Panics));
        let all = acting
            .flat_map(|one| one.secrets.iter().map(|(_, value)| (one.name.clone(), value.clone())));
        all.filter(|one| !repeated.contains(one)).collect()
    }
}

fn is_token(seen: &Seen) -> bool {
    seen.target.ends_with("/oauth/token") || seen.target.ends_with("/token")
}

fn answer(connection: &str, fate: Fate, seen: &Seen, secret: &str) -> Answer {
    let cut: String = secret.chars().take(CUT_CHARACTERS).collect();
    let all = if fate == Fate::Shortened { format!("the key {cut}") } else { echo(secret) };
    let answer = match fate {
        Fate::Succeeds | Fate::Shortened => success(connection, seen, &all),
        Fate::Cut => error(connection, 400, &format!("there is no such key: {cut}")),
        Fate::Unauthorized => error(connection, 401, &all),
        Fate::Lost => error(connection, 502, &all),
        Fate::Closed if is_token(seen) => Answer::json(401, json!({ "error": all })),
        Fate::Refused | Fate::Closed | Fate::Panics => error(connection, 422, &all),
    };
    let named = |answer: Answer, name| answer.header(name, &all);
    ["x-message-id", "x-request-id", "www-authenticate", "location", "server"]
        .into_iter()
        .fold(answer, named)
}

fn error(connection: &str, status: u16, text: &str) -> Answer {
    let body = match connection.split('_').next().unwrap_or_default() {
        "sendgrid" => json!({ "errors": [{ "message": text, "field": text }] }),
        "postmark" => json!({ "ErrorCode": 300, "Message": text }),
        "commercelayer" => json!({ "errors": [{ "code": "X", "title": text, "detail": text }] }),
        "google" | "http" | "outgoing" => json!({ "error": { "message": text } }),
        _ => return Answer::text(status, text),
    };
    Answer::json(status, body)
}

fn success(connection: &str, seen: &Seen, text: &str) -> Answer {
    match connection.split('_').next().unwrap_or_default() {
        "sendgrid" => Answer::status(202),
        "postmark" => {
            Answer::json(200, json!({ "ErrorCode": 0, "Message": text, "MessageID": text }))
        }
        "commercelayer" => {
            let mut order: Value = serde_json::from_str(ORDER).unwrap();
            for name in ["number", "status", "payment_status", "language_code"] {
                order["data"]["attributes"][name] = json!(text);
            }
            Answer::json(200, order)
        }
        "http" => Answer::json(200, json!({ "id": text })),
        "google" if seen.method == "POST" => {
            Answer::json(200, json!({ "updates": { "updatedRange": format!("{text}!A2:B2") } }))
        }
        "google" => {
            Answer::json(200, json!({ "range": "Orders!A1:B1", "values": [["Key", text]] }))
        }
        _ => Answer::text(200, "ok"),
    }
}
