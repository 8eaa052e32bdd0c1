//! The adapters over clients that answer anything and remember what they were asked.

use crate::bus::AwsBus;
use crate::clients::canned::{Asked, Canned};
use crate::journal::{AwsJournal, Settled};
use crate::letters::Letters;
use crate::limits::SharedLimits;
use crate::queues::Queues;
use crate::stage::Stage;
use crate::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::events::EventRecord;
use tradewind_engine::protocol::{Change, Command, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;
use tradewind_memory::{SeededIds, VirtualClock};
use tradewind_platform::deployed::Deployed;
use tradewind_stack::kinds::Kind;
use tradewind_stack::ports::Port;

pub(super) const NOW: &str = "2026-03-01T08:00:00Z";
const DYNAMODB: &str = "DynamoDB_20120810.";

/// The adapters over clients whose indexes are full of one kind of item.
pub(super) struct Adapters {
    pub(super) canned: Canned,
    pub(super) store: Store,
    pub(super) letters: Letters,
    pub(super) limits: SharedLimits,
    pub(super) journal: AwsJournal,
}

impl Adapters {
    /// `found`: the key that every index gives.
    pub(super) fn over(found: (Kind, &'static str)) -> Self {
        let canned = Canned::new(move |operation, body| (200, answer(operation, body, found)));
        let variables = [
            ("RUNS_TABLE", "runs"),
            ("DEFINITIONS_TABLE", "definitions"),
            ("BUS_NAME", "tradewind-live"),
            ("BUCKET", "bucket"),
            ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
        ];
        let stage = Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let clients = canned.clients();
        let clock = Arc::new(VirtualClock::new(now()));
        let ids = Arc::new(SeededIds::new(1));
        let store = Store::new(&clients, &stage, clock.clone()).unwrap();
        let deployed = Deployed::new(Arc::new(store.clone()), clock.clone(), Duration::ZERO);
        let queues = Queues::new(&clients, &stage, clock.clone()).unwrap();
        let bus =
            AwsBus::new(&clients, &stage, queues.clone(), clock.clone(), ids.clone()).unwrap();
        let letters = Letters::new(store.clone(), queues.clone(), clock);
        let settled = Settled::default();
        let deployed = Arc::new(deployed);
        let journal =
            AwsJournal::new(store.clone(), queues, bus, letters.clone(), deployed, settled);
        let limits = SharedLimits::new(&clients, &stage, ids).unwrap();
        Self { canned, store, letters, limits, journal }
    }

    /// Holds what was asked of the runs table so far against what these ports are granted.
    #[track_caller]
    pub(super) fn asked_no_more_than(&self, ports: &[Port]) {
        let touched: Vec<_> = self.canned.asked().iter().flat_map(touched).collect();
        assert!(!touched.is_empty(), "{ports:?} asked for nothing");
        for (action, key) in touched {
            let rights = ports.iter().flat_map(|port| port.rights(Some("email-send"), &[], None));
            let mut kinds = rights
                .filter(|right| right.actions.contains(&action.as_str()))
                .flat_map(|right| right.resources)
                .filter_map(|resource| resource.kind());
            let is_granted = kinds.any(|kind| key.starts_with(&kind.key("")));
            assert!(is_granted, "{ports:?} may not {action} {key}");
        }
    }

    /// The requests that were made, by name.
    pub(super) fn made(&self) -> BTreeSet<String> {
        self.canned.asked().iter().flat_map(touched).map(|(action, _)| action).collect()
    }
}

fn answer(operation: &str, body: &Value, (kind, sk): (Kind, &str)) -> Value {
    match operation.strip_prefix(DYNAMODB) {
        Some("Query") if body["IndexName"].is_string() => {
            let due_at = now().as_nanosecond().to_string();
            let place = format!("{:021}#1", now().as_nanosecond());
            json!({ "Items": [{
                "pk": { "S": kind.key("1") }, "sk": { "S": sk }, "due_at": { "N": due_at },
                "list_sk": { "S": place },
            }] })
        }
        // The keys below a run's own.
        Some("Query") => {
            let pk = body["ExpressionAttributeValues"][":pk"].clone();
            json!({ "Items": [{ "pk": pk, "sk": { "S": "OUTPUT#1" } }] })
        }
        _ => json!({ "MessageId": "1" }),
    }
}

/// The requests to the runs table, each with the partition keys that it touches.
fn touched((operation, body): &Asked) -> Vec<(String, String)> {
    let Some(operation) = operation.strip_prefix(DYNAMODB) else { return Vec::new() };
    let of_batch = |item: &Value| item["DeleteRequest"]["Key"]["pk"]["S"].clone();
    let keys: Vec<Value> = match operation {
        _ if body["TableName"] == "definitions" || body["IndexName"].is_string() => Vec::new(),
        "PutItem" => vec![body["Item"]["pk"]["S"].clone()],
        "GetItem" | "UpdateItem" => vec![body["Key"]["pk"]["S"].clone()],
        "Query" => vec![body["ExpressionAttributeValues"][":pk"]["S"].clone()],
        "BatchGetItem" => {
            let keys = body["RequestItems"]["runs"]["Keys"].as_array().unwrap();
            keys.iter().map(|key| key["pk"]["S"].clone()).collect()
        }
        "BatchWriteItem" => {
            body["RequestItems"]["runs"].as_array().unwrap().iter().map(of_batch).collect()
        }
        other => panic!("{other} is asked of no table"),
    };
    let text = |key: Value| key.as_str().expect("every request names its keys").to_owned();
    keys.into_iter().map(|key| (format!("dynamodb:{operation}"), text(key))).collect()
}

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(super) fn run() -> Run {
    let run = json!({
        "v": 1, "id": "run_1", "workflow": "order-log", "version": 1, "event": "e", "key": "1",
        "generation": 0, "test": false, "state": "active", "gen": 0, "input": "x".repeat(20_000),
        "steps": { "log": {
            "state": "ready", "action": "sheet.append_row", "provider": "google_sheets",
            "class": "natural", "on_unknown": "retry", "fence": 0, "attempts": 0, "asked": 0,
            "tried": [],
        } },
        "dead_lettered": false, "quiet": false, "hops": 1, "created_at": NOW,
    });
    serde_json::from_value(run).unwrap()
}

pub(super) fn event() -> EventRecord {
    let event = json!({
        "v": 1, "id": "evt_1", "name": "order.placed", "accepted_at": NOW, "test": false, "data": {},
    });
    let event = serde_json::from_value(event).unwrap();
    EventRecord { event, verdicts: Vec::new(), redacted_at: None }
}

pub(super) fn write(change: Change) -> Command {
    Command::Write(Write { run: "run_1".into(), change })
}
