//! Queues, a bus with its rule, tables and a bucket, as the template lays them out, and the adapters
//! over them.

use super::front::Front;
use crate::tables;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tradewind_aws::blobs::Blobs;
use tradewind_aws::bus::AwsBus;
use tradewind_aws::clients::Clients;
use tradewind_aws::journal::{AwsJournal, Settled};
use tradewind_aws::letters::Letters;
use tradewind_aws::queues::{Queues, Received};
use tradewind_aws::stage::Stage;
use tradewind_aws::store::Store;
use tradewind_engine::ports::Clock;
use tradewind_platform::deployed::Deployed;
use tradewind_system::{SystemClock, SystemIds};

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// How often SQS hands a message out before it gives up on it here.
pub(super) const RECEIVES_MAX: u32 = 2;
/// Long enough to look at a message.
pub(super) const LOOK: Duration = Duration::from_secs(20);
/// The action whose queue is there.
pub(super) const ACTION: &str = "sheet.append_row";

/// A stage without functions.
pub(crate) struct Stand {
    pub(super) clients: Clients,
    pub(super) stage: Stage,
    pub(super) name: String,
    pub(super) front: Front,
    pub(super) clock: Arc<dyn Clock>,
}

impl Stand {
    /// One of its own on the emulator at this address, such as `127.0.0.1:40001`.
    pub(crate) async fn new(emulator: &str) -> Self {
        let name = format!("stand{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let front = Front::before(emulator).await;
        let stage = stage(&name, &front.url());
        let clients = Clients::new(&stage).unwrap();
        let stand = Self { clients, stage, name, front, clock: Arc::new(SystemClock) };
        for queue in ["sheet-append-row", "dispatch"] {
            stand.create_queue(queue).await;
        }
        let undelivered = format!("tradewind-{}-undelivered", stand.name);
        stand.clients.sqs().create_queue().queue_name(undelivered).send().await.unwrap();
        stand.create_bus().await;
        stand.create_tables().await;
        let bucket = stand.stage.bucket().unwrap().to_owned();
        stand.clients.s3().create_bucket().bucket(bucket).send().await.unwrap();
        let group = stand.stage.schedule_group().unwrap().to_owned();
        stand.clients.scheduler().create_schedule_group().name(group).send().await.unwrap();
        stand
    }

    pub(super) fn queues(&self) -> Queues {
        Queues::new(&self.clients, &self.stage, Arc::clone(&self.clock)).unwrap()
    }

    pub(super) fn bus(&self) -> AwsBus {
        let clock = Arc::clone(&self.clock);
        let ids = Arc::new(SystemIds);
        AwsBus::new(&self.clients, &self.stage, self.queues(), clock, ids).unwrap()
    }

    pub(super) fn blobs(&self) -> Blobs {
        Blobs::new(&self.clients, &self.stage).unwrap()
    }

    pub(super) fn store(&self) -> Store {
        Store::new(&self.clients, &self.stage, Arc::clone(&self.clock)).unwrap()
    }

    pub(super) fn letters(&self) -> Letters {
        Letters::new(self.store(), self.queues(), Arc::clone(&self.clock))
    }

    pub(super) fn journal(&self, settled: &Settled) -> AwsJournal {
        let (store, queues, bus) = (self.store(), self.queues(), self.bus());
        let clock = Arc::clone(&self.clock);
        let deployed = Arc::new(Deployed::new(Arc::new(store.clone()), clock, Duration::ZERO));
        AwsJournal::new(store, queues, bus, self.letters(), deployed, settled.clone())
    }

    /// The next message of a queue, which has to come within a minute and a half.
    pub(super) async fn next(&self, queue: &str) -> Received {
        for _ in 0..90 {
            // A look takes a second where nothing is there.
            let mut received = self.queues().receive(queue, 1, LOOK).await.unwrap();
            if let Some(message) = received.pop() {
                return message;
            }
        }
        panic!("nothing comes through {queue}");
    }

    /// Whatever is in a queue now.
    pub(super) async fn all(&self, queue: &str) -> Vec<Received> {
        self.queues().receive(queue, 10, LOOK).await.unwrap()
    }

    pub(super) async fn create_queue(&self, queue: &str) {
        let name = format!("tradewind-{}-{queue}", self.name);
        let dead = self.clients.sqs().create_queue().queue_name(format!("{name}-dead"));
        dead.send().await.unwrap();
        let arn = format!("{}{queue}-dead", self.stage.queues_arn().unwrap());
        let policy = serde_json::json!({
            "deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES_MAX,
        });
        let created = self.clients.sqs().create_queue().queue_name(name);
        let created = created.attributes("RedrivePolicy".into(), policy.to_string());
        created.send().await.unwrap();
    }

    async fn create_bus(&self) {
        use aws_sdk_eventbridge::types::Target;
        let (events, bus) = (self.clients.eventbridge(), self.stage.bus().unwrap());
        events.create_event_bus().name(bus).send().await.unwrap();
        let rule = events.put_rule().name("events").event_bus_name(bus);
        rule.event_pattern(r#"{"source":["tradewind"]}"#).send().await.unwrap();
        let arn = format!("{}dispatch", self.stage.queues_arn().unwrap());
        let target = Target::builder().id("dispatch").arn(arn).input_path("$.detail");
        let targets = events.put_targets().rule("events").event_bus_name(bus);
        targets.targets(target.build().unwrap()).send().await.unwrap();
    }

    async fn create_tables(&self) {
        let dynamodb = self.clients.dynamodb();
        tables::make(&dynamodb, tables::RUNS, self.stage.runs_table().unwrap()).await;
        let definitions = self.stage.definitions_table().unwrap();
        tables::make(&dynamodb, tables::DEFINITIONS, definitions).await;
    }
}

fn stage(name: &str, url: &str) -> Stage {
    let variables = [
        ("TRADEWIND_STAGE", name.to_owned()),
        ("BUS_NAME", format!("tradewind-{name}")),
        ("BUCKET", format!("tradewind-{name}")),
        ("RUNS_TABLE", format!("tradewind-{name}-runs")),
        ("DEFINITIONS_TABLE", format!("tradewind-{name}-definitions")),
        ("QUEUES_URL", format!("{url}/000000000000/tradewind-{name}-")),
        ("QUEUES_ARN", format!("arn:aws:sqs:us-east-1:000000000000:tradewind-{name}-")),
        ("QUEUE_DELAY_MAX_SECONDS", "3".to_owned()),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::000000000000:role/schedules".to_owned()),
        ("SCHEDULE_GROUP", format!("tradewind-{name}")),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", url.to_owned()),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value)))
}
