//! What was asked of AWS: requests by service, and the units that DynamoDB charges for them.
//!
//! Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>

use crate::weight::{self, Item};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What belongs to one run or event stands below a key that begins with one of these. All else is
/// shared by runs: leases of calls, tokens, what was applied.
const OF_A_RUN: [&str; 2] = ["RUN", "EVENT"];
const DYNAMODB: &str = "DynamoDB_";

/// What passed since it was last taken.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Notes>);

#[derive(Default)]
struct Notes {
    asked: BTreeMap<Asked, Units>,
    /// What the indexes hold of each item, by its key.
    indexed: HashMap<String, weight::Indexed>,
    /// Bytes of each item that is stored, by its key.
    stored: HashMap<String, u64>,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// The service, such as `DynamoDB`.
    pub(crate) service: String,
    /// The operation, such as `PutItem`.
    pub(crate) operation: String,
    /// What it is about, in DynamoDB: the first words of its key, such as `RUN/OUT`.
    pub(crate) about: String,
}

/// How much of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Units {
    /// Requests; every try counts.
    pub(crate) requests: u64,
    /// What DynamoDB calls write request units, of tables.
    pub(crate) write_units: u64,
    /// The same of their indexes.
    pub(crate) index_units: u64,
    /// Halves of them, because a read that need not be consistent costs half of one.
    pub(crate) half_read_units: u64,
    /// Bytes of the largest item that was written.
    pub(crate) largest: u64,
}

impl Asked {
    /// Whether each run asks it, however many there are at the time.
    pub(crate) fn is_of_a_run(&self) -> bool {
        let first = self.about.split('/').next().unwrap_or_default();
        self.service != "DynamoDB" || OF_A_RUN.contains(&first)
    }
}

impl Ledger {
    /// Notes a request and its answer.
    pub(crate) fn note(&self, operation: &str, body: &[u8], is_success: bool, answer: &[u8]) {
        let (service, name) = named(operation);
        let mut notes = self.notes();
        let (mut about, mut units) = (String::new(), Units { requests: 1, ..Units::default() });
        if service == "DynamoDB" {
            let request = serde_json::from_slice(body).unwrap_or_default();
            let answer = serde_json::from_slice(answer).unwrap_or_default();
            about = about_of(&request);
            notes.weigh(name, &request, is_success, &answer, &mut units);
        }
        let asked = Asked { service: service.to_owned(), operation: name.to_owned(), about };
        let sum = notes.asked.entry(asked).or_default();
        sum.requests += units.requests;
        sum.write_units += units.write_units;
        sum.index_units += units.index_units;
        sum.half_read_units += units.half_read_units;
        sum.largest = sum.largest.max(units.largest);
    }

    /// All that was noted since this was last asked.
    pub(crate) fn take(&self) -> BTreeMap<Asked, Units> {
        std::mem::take(&mut self.notes().asked)
    }

    /// Bytes of all items that were written by what passed, and stand.
    pub(crate) fn stored(&self) -> u64 {
        self.notes().stored.values().sum()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn weigh(&mut self, name: &str, request: &Value, done: bool, answer: &Value, to: &mut Units) {
        // What is written, where the request or its answer says so; an item of a few numbers else.
        let written = match name {
            "PutItem" => request["Item"].as_object(),
            "UpdateItem" => answer["Attributes"].as_object(),
            _ => None,
        };
        match name {
            // A write whose condition fails costs as much, but leaves the indexes as they are.
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                to.write_units += written.map_or(1, weight::write_units);
                to.largest = written.map_or(0, weight::bytes_of);
                if let (true, Some(item)) = (done, written) {
                    to.index_units += self.index(request, item);
                }
                if let (true, "DeleteItem", Some(key)) = (done, name, request["Key"].as_object()) {
                    self.stored.remove(&key_of(request, key));
                }
            }
            "GetItem" | "Query" | "BatchGetItem" => {
                let halves = if is_consistent(request) { 2 } else { 1 };
                to.half_read_units += halves * weight::read_units(answer);
            }
            _ => {}
        }
    }

    /// What keeping the indexes true costs.
    fn index(&mut self, request: &Value, item: &Item) -> u64 {
        let key = key_of(request, item);
        self.stored.insert(key.clone(), weight::bytes_of(item));
        let after = weight::indexed(item);
        let before = self.indexed.insert(key, after.clone()).unwrap_or_default();
        weight::index_writes(&before, &after)
    }
}

/// Of an item, or of a request that names it by its key.
fn key_of(request: &Value, item: &Item) -> String {
    format!("{}/{}/{}", request["TableName"], item["pk"], item["sk"])
}

fn is_consistent(request: &Value) -> bool {
    let batch = request["RequestItems"].as_object().and_then(|tables| tables.values().next());
    request["ConsistentRead"] == true || batch.is_some_and(|table| table["ConsistentRead"] == true)
}

/// Service and operation.
fn named(operation: &str) -> (&'static str, &str) {
    let last = operation.rsplit('.').next().unwrap_or_default();
    match operation {
        _ if operation.starts_with(DYNAMODB) => ("DynamoDB", last),
        _ if operation.starts_with("AmazonSQS.") => ("SQS", last),
        _ if operation.starts_with("AWSEvents.") => ("EventBridge", last),
        _ if operation.starts_with("AmazonSSM.") => ("SSM", last),
        _ if operation.contains(" /schedules/") => ("Scheduler", "CreateSchedule"),
        _ => ("S3", operation.split(' ').next().unwrap_or_default()),
    }
}

/// The first words of the key, or the table where a request is not about one item.
fn about_of(request: &Value) -> String {
    let word = |text: &Value| {
        let text = text["S"].as_str().unwrap_or_default();
        text.split('#').next().unwrap_or_default().to_owned()
    };
    let batch = request["RequestItems"].as_object().and_then(|tables| tables.values().next());
    let batch = batch.map_or(&Value::Null, |table| &table["Keys"][0]);
    let keys = [&request["Item"], &request["Key"], batch];
    match keys.into_iter().find(|key| key["pk"].is_object()) {
        Some(key) if word(&key["pk"]) == word(&key["sk"]) => word(&key["pk"]),
        Some(key) => format!("{}/{}", word(&key["pk"]), word(&key["sk"])),
        None => {
            let values = request["ExpressionAttributeValues"].as_object();
            let words = values.into_iter().flatten().map(|(_, value)| word(value));
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("/")
        }
    }
}
