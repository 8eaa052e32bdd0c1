//! The services of a shop behind one address: mail, spreadsheet and orders. They remember what was
//! done through them, as the real ones do, so that a test can ask what really happened.

use super::{Answer, FakeServer, Seen, sendgrid};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The order that is read where a test did not say another.
const ORDER: &str = include_str!("../../../infra/local/src/demo/project/order.json");

/// Services that always do what they are asked.
pub(crate) struct Services {
    server: FakeServer,
    happened: Arc<Happened>,
}

/// What really happened.
#[derive(Default)]
pub(crate) struct Happened {
    /// How many mails went out with each subject.
    pub(crate) mails: Mutex<BTreeMap<String, u32>>,
    /// Subjects of mails that are refused when they come next.
    pub(crate) refused: Mutex<BTreeSet<String>>,
    /// The rows below the header, as they were appended.
    pub(crate) rows: Mutex<Vec<Vec<Value>>>,
    /// How often each order was approved.
    pub(crate) approvals: Mutex<BTreeMap<String, u32>>,
    calls: watch::Sender<u64>,
}

impl Services {
    /// Starts them; the sheet has this header.
    pub(crate) async fn start(header: &'static [&'static str]) -> Self {
        let happened = Arc::<Happened>::default();
        let serving = Arc::clone(&happened);
        let server = FakeServer::deciding(move |request| {
            serving.calls.send_modify(|calls| *calls += 1);
            serving.answer(header, request)
        });
        Self { server: server.await, happened }
    }

    /// Their address.
    pub(crate) fn url(&self) -> &str {
        &self.server.url
    }

    /// What was done through them.
    pub(crate) fn happened(&self) -> &Happened {
        &self.happened
    }

    /// How many requests came; it changes with each.
    pub(crate) fn calls(&self) -> watch::Receiver<u64> {
        self.happened.calls.subscribe()
    }
}

impl Happened {
    /// How many mails with that subject there are.
    pub(crate) fn mails(&self, subject: &str) -> u32 {
        self.mails.lock().unwrap().get(subject).copied().unwrap_or_default()
    }

    /// How many rows with that text in the first column there are.
    pub(crate) fn rows(&self, key: &str) -> usize {
        self.rows.lock().unwrap().iter().filter(|row| row[0] == key).count()
    }

    /// How often the order was approved.
    pub(crate) fn approvals(&self, order: &str) -> u32 {
        self.approvals.lock().unwrap().get(order).copied().unwrap_or_default()
    }

    /// What the services say to a request.
    pub(crate) fn answer(&self, header: &[&str], request: &Seen) -> Answer {
        let path = request.target.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path) {
            ("POST", "/v3/mail/send") => self.mail(request),
            ("POST", "/oauth/token" | "/token") => Answer::json(
                200,
                json!({ "access_token": "token-1", "token_type": "bearer", "expires_in": 3600 }),
            ),
            ("PATCH", path) => self.approve(path.trim_start_matches("/api/orders/")),
            ("GET", path) if path.starts_with("/api/orders/") => {
                self.order(path.trim_start_matches("/api/orders/"))
            }
            (_, path) if path.starts_with("/v4/spreadsheets/") => self.sheet(header, request),
            _ => Answer::status(404),
        }
    }

    fn mail(&self, request: &Seen) -> Answer {
        let mail: Value = serde_json::from_slice(&request.body).unwrap();
        let subject = mail["subject"].as_str().unwrap().to_owned();
        if self.refused.lock().unwrap().remove(&subject) {
            return Answer::status(400);
        }
        *self.mails.lock().unwrap().entry(subject).or_default() += 1;
        sendgrid::taken()
    }

    fn sheet(&self, header: &[&str], request: &Seen) -> Answer {
        let mut rows = self.rows.lock().unwrap();
        if request.method == "POST" {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            rows.push(body["values"][0].as_array().unwrap().clone());
            let range = format!("Orders!A{0}:D{0}", rows.len() + 1);
            return Answer::json(200, json!({ "updates": { "updatedRange": range } }));
        }
        if request.target.ends_with("majorDimension=ROWS") {
            return Answer::json(200, json!({ "range": "Orders!A1:Z1", "values": [header] }));
        }
        let keys = std::iter::once(json!(header[0])).chain(rows.iter().map(|row| row[0].clone()));
        Answer::json(200, json!({ "range": "Orders!B1:B9", "values": [keys.collect::<Vec<_>>()] }))
    }

    fn approve(&self, id: &str) -> Answer {
        let mut approvals = self.approvals.lock().unwrap();
        let times = approvals.entry(id.to_owned()).or_default();
        if *times > 0 {
            let error = json!({
                "title": "invalid", "detail": "status - cannot be approved",
                "code": "VALIDATION_ERROR", "status": "422",
            });
            return Answer::json(422, json!({ "errors": [error] }));
        }
        *times += 1;
        drop(approvals);
        self.order(id)
    }

    fn order(&self, id: &str) -> Answer {
        let mut order: Value = serde_json::from_str(ORDER).unwrap();
        order["data"]["id"] = json!(id);
        let status = if self.approvals(id) > 0 { "approved" } else { "placed" };
        order["data"]["attributes"]["status"] = json!(status);
        Answer::json(200, order)
    }
}
