//! A table, as the template lays it out, with a bucket, and stores over them.

use super::lossy::Lossy;
use crate::ports::given;
pub(super) use crate::ports::given::plan;
use crate::tables;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tradewind_aws::clients::Clients;
use tradewind_aws::stage::Stage;
use tradewind_aws::store::Store;
use tradewind_engine::ports::Clock as _;
use tradewind_engine::protocol::{Change, Write};
use tradewind_engine::runs::{Run, StepRecord};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::VirtualClock;

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A stage of one table and one bucket.
pub(crate) struct Stand {
    pub(super) clients: Clients,
    pub(super) clock: VirtualClock,
    stage: Stage,
    emulator: String,
    name: String,
}

impl Stand {
    /// One of its own on the emulator at this address, such as `127.0.0.1:40001`.
    pub(crate) async fn new(emulator: &str) -> Self {
        let name = format!("runs-of-stand{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let stage = stage(&name, emulator);
        let clients = Clients::new(&stage).unwrap();
        let clock = VirtualClock::new("2026-03-01T08:00:00.123456789Z".parse().unwrap());
        let stand = Self { clients, clock, stage, emulator: emulator.to_owned(), name };
        tables::make(&stand.clients.dynamodb(), tables::RUNS, stand.table()).await;
        let bucket = stand.stage.bucket().unwrap();
        stand.clients.s3().create_bucket().bucket(bucket).send().await.unwrap();
        stand
    }

    /// The store of a process that has seen nothing yet.
    pub(super) fn store(&self) -> Store {
        Store::new(&self.clients, &self.stage, Arc::new(self.clock.clone())).unwrap()
    }

    /// A store whose answers can get lost on their way.
    pub(super) async fn lossy_store(&self) -> (Lossy, Store) {
        let lossy = Lossy::before(&self.emulator).await;
        let stage = stage(&self.name, &lossy.address());
        let clients = Clients::new(&stage).unwrap();
        let store = Store::new(&clients, &stage, Arc::new(self.clock.clone())).unwrap();
        (lossy, store)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance_to(after(self.now(), by));
    }

    /// The sort keys of all that stands below this key.
    pub(super) async fn below(&self, pk: &str) -> Vec<String> {
        let query = self.clients.dynamodb().query().table_name(self.table());
        let query = query.key_condition_expression("pk = :pk");
        let value = aws_sdk_dynamodb::types::AttributeValue::S(pk.to_owned());
        let items = query.expression_attribute_values(":pk", value).send().await.unwrap();
        items.items().iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
    }

    /// How many objects the bucket holds.
    pub(super) async fn objects(&self) -> usize {
        let bucket = self.stage.bucket().unwrap();
        let listed = self.clients.s3().list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().len()
    }

    pub(super) fn table(&self) -> &str {
        self.stage.runs_table().unwrap()
    }
}

fn stage(name: &str, emulator: &str) -> Stage {
    let variables = [
        ("RUNS_TABLE", name),
        ("DEFINITIONS_TABLE", name),
        ("BUCKET", name),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", &format!("http://{emulator}")),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// A run without a step.
pub(super) fn run(id: &str, now: Timestamp) -> Run {
    Run { steps: BTreeMap::new(), ..given::run(id, now) }
}

/// A run that waits for this step.
pub(super) fn run_at(id: &str, path: &str, now: Timestamp) -> Run {
    let plan = plan(path);
    let steps = BTreeMap::from([(plan.path.clone(), StepRecord::ready(&plan))]);
    Run { steps, ..run(id, now) }
}

/// Makes a change that has to be allowed.
pub(super) async fn make(store: &Store, run: &str, change: Change) -> Run {
    let write = Write { run: run.into(), change };
    store.write(&write).await.unwrap().unwrap_or_else(|_| panic!("refused: {write:?}"))
}

pub(super) async fn start(store: &Store, run: &Run) {
    make(store, run.id.as_str(), Change::Start(Box::new(run.clone()))).await;
}

pub(super) fn claim(path: &str, now: Timestamp) -> Change {
    let lease_until = after(now, Duration::from_secs(90));
    Change::Claim { id: "claim".into(), path: path.into(), now, lease_until }
}

/// A text that hardly shrinks, always the same for a `seed`.
pub(super) fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut character = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from(state % 94).unwrap())
    };
    (0..length).map(|_| character()).collect()
}
