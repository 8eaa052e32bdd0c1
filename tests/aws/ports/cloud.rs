//! The adapters of AWS as the facts see them, on an emulator. Stores go by the clock that the fact
//! moves, queues by real seconds.

use super::tampered::Tables;
use super::world::{Adapters, Message, Queues as Waiting, START, Scale, World};
use crate::emulator::Emulator;
use crate::tables;
use async_trait::async_trait;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tradewind_aws::backlog::StageBacklog;
use tradewind_aws::blobs::Blobs;
use tradewind_aws::bus::{AwsBus, Envelope};
use tradewind_aws::clients::Clients;
use tradewind_aws::journal::{AwsJournal, End, Settled};
use tradewind_aws::letters::Letters;
use tradewind_aws::queues::Queues;
use tradewind_aws::stage::Stage;
use tradewind_aws::store::Store;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::definitions::ProviderFile;
use tradewind_engine::definitions::{Current, DefinitionsChange, WorkflowVersion};
use tradewind_engine::events::Event;
use tradewind_engine::events::{EventRecord, Verdict};
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ids::{EventId, JobId, RunId, WorkflowId};
use tradewind_engine::jobs::Job;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::marks::{Mark, MarkKey};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::*;
use tradewind_engine::protocol::{Command, Committed, RECEIVES_MAX, WakeUp};
use tradewind_engine::runs::Run;
use tradewind_engine::slots::{Slot, SlotKey};
use tradewind_engine::time::Timestamp;
use tradewind_memory::VirtualClock;
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_system::{SystemClock, SystemIds};

const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";
const BUCKET: &str = "facts";
/// The queues that facts name.
const QUEUES: [&str; 4] = ["sheet-append-row", "chat-post", "chat", "dispatch"];
/// A look into a queue takes a second, and the machine may be busy.
const SCALE: Scale = Scale {
    visibility: Duration::from_secs(6),
    pause: Duration::from_secs(5),
    moment: Duration::from_secs(3),
};
/// How often a message is looked for that should be there: for less than it takes to show again.
const LOOKS: usize = 4;

/// All adapters of a stage.
pub(super) struct Cloud {
    store: Store,
    journal: AwsJournal,
    settled: Settled,
    letters: Letters,
    bus: AwsBus,
    queues: Queues,
    backlog: StageBacklog,
    blobs: Blobs,
    pub(super) tables: Tables,
}

/// The bucket that all facts share: what is in it is named by its content.
pub(super) async fn make_bucket(emulator: &Emulator) {
    emulator.clients().s3().create_bucket().bucket(BUCKET).send().await.unwrap();
}

/// The name of a table of the template in that stage.
pub(super) fn table(stage: &str, logical: &str) -> String {
    format!("{stage}-{logical}")
}

/// A stage of that name.
pub(super) fn stage(emulator: &Emulator, name: &str) -> Stage {
    let prefix = format!("tradewind-{name}-");
    let variables = [
        ("TRADEWIND_STAGE", name.to_owned()),
        ("DEFINITIONS_TABLE", table(name, tables::DEFINITIONS)),
        ("RUNS_TABLE", table(name, tables::RUNS)),
        ("BUS_NAME", format!("tradewind-{name}")),
        ("BUCKET", BUCKET.to_owned()),
        ("QUEUES_URL", format!("{}/{ACCOUNT}/{prefix}", emulator.url())),
        ("QUEUES_ARN", format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{prefix}")),
        ("SCHEDULER_ROLE_ARN", format!("arn:aws:iam::{ACCOUNT}:role/scheduler")),
        ("SCHEDULE_GROUP", "default".to_owned()),
        ("SECRETS_PREFIX", format!("/tradewind/{name}/secrets/")),
        ("QUEUE_DELAY_MAX_SECONDS", "900".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_ENDPOINT_URL", emulator.url()),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value)))
}

/// A store with empty tables of its own, its clients and its clock.
pub(super) async fn store(emulator: &Emulator, name: &str) -> (Store, Clients, VirtualClock) {
    let stage = stage(emulator, name);
    let clients = Clients::new(&stage).unwrap();
    for logical in [tables::DEFINITIONS, tables::RUNS] {
        tables::make(&clients.dynamodb(), logical, &table(name, logical)).await;
    }
    let clock = VirtualClock::new(START.parse().unwrap());
    let store = Store::new(&clients, &stage, Arc::new(clock.clone())).unwrap();
    (store, clients, clock)
}

impl World {
    /// Everything on AWS, and nothing in it.
    pub(super) async fn on_aws(emulator: &Arc<Emulator>, name: &str) -> Self {
        let (store, clients, clock) = store(emulator, name).await;
        let stage = stage(emulator, name);
        make_queues(&clients, name).await;
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let queues = Queues::new(&clients, &stage, Arc::clone(&shared_clock)).unwrap();
        let bus = AwsBus::new(
            &clients,
            &stage,
            queues.clone(),
            Arc::clone(&shared_clock),
            Arc::new(SystemIds),
        );
        let bus = bus.unwrap();
        let letters = Letters::new(store.clone(), queues.clone(), Arc::clone(&shared_clock));
        let deployed = Deployed::new(Arc::new(store.clone()), shared_clock, CURRENT_FOR);
        let settled = Settled::default();
        let journal = AwsJournal::new(
            store.clone(),
            queues.clone(),
            bus.clone(),
            letters.clone(),
            Arc::new(deployed),
            settled.clone(),
        );
        let blobs = Blobs::new(&clients, &stage).unwrap();
        let tokens = Box::new(store.clone());
        let tables = Tables::of(&clients, name);
        let names = ["sheet.append_row", "chat.post"].map(str::to_owned);
        let backlog = StageBacklog::new(queues.clone(), store.clone(), names.into());
        let cloud = Cloud { store, journal, settled, letters, bus, queues, backlog, blobs, tables };
        Self {
            clock,
            all_or_nothing: false,
            scale: SCALE,
            adapters: Box::new(cloud),
            folder: PathBuf::new(),
            tokens,
            _rest: Box::new(Arc::clone(emulator)),
        }
    }
}

/// The queues with their dead letters, and a bus whose events go to the dispatch queue.
async fn make_queues(clients: &Clients, stage: &str) {
    let sqs = clients.sqs();
    let arn = |queue: &str| format!("arn:aws:sqs:{REGION}:{ACCOUNT}:tradewind-{stage}-{queue}");
    for queue in QUEUES {
        let dead = format!("{queue}-dead");
        sqs.create_queue().queue_name(format!("tradewind-{stage}-{dead}")).send().await.unwrap();
        let redrive = json!({ "deadLetterTargetArn": arn(&dead), "maxReceiveCount": RECEIVES_MAX });
        let create = sqs.create_queue().queue_name(format!("tradewind-{stage}-{queue}"));
        let create = create.attributes(QueueAttributeName::RedrivePolicy, redrive.to_string());
        create.send().await.unwrap();
    }
    let (events, bus) = (clients.eventbridge(), format!("tradewind-{stage}"));
    events.create_event_bus().name(&bus).send().await.unwrap();
    let rule = format!("{bus}-dispatch");
    let pattern = r#"{"source":["tradewind"]}"#;
    let put = events.put_rule().name(&rule).event_bus_name(&bus).event_pattern(pattern);
    put.send().await.unwrap();
    let target = Target::builder().id("dispatch").arn(arn("dispatch")).input_path("$.detail");
    let put = events.put_targets().rule(&rule).event_bus_name(&bus);
    put.targets(target.build().unwrap()).send().await.unwrap();
}

impl Cloud {
    async fn take(&self, queue: &str, max: usize) -> Vec<Message> {
        let received = self.queues.receive(queue, max, SCALE.visibility).await.unwrap();
        let message = |one: tradewind_aws::queues::Received| Message {
            receipt: one.receipt,
            body: one.body,
            receives: one.receives,
        };
        received.into_iter().map(message).collect()
    }
}

#[async_trait]
impl Waiting for Cloud {
    /// Waits for the first, and gathers all that show then.
    async fn receive(&self, queue: &str, max: usize, _now: Timestamp) -> Vec<Message> {
        let mut received = Vec::new();
        for _ in 0..LOOKS {
            let more = self.take(queue, max - received.len()).await;
            let is_all = more.is_empty() && !received.is_empty();
            received.extend(more);
            if is_all || received.len() == max {
                break;
            }
        }
        received
    }

    async fn look(&self, queue: &str, _now: Timestamp) -> Vec<Message> {
        self.take(queue, 10).await
    }

    async fn wait(&self, by: Duration) {
        SystemClock.sleep(by).await;
    }

    async fn event(&self, message: &Message) -> Event {
        let event = Envelope::open(&message.body, &self.blobs).await.unwrap();
        serde_json::from_str(&event).unwrap()
    }

    async fn collect(&self, queue: &str) {
        self.letters.collect(&[queue]).await.unwrap();
    }
}

impl Adapters for Cloud {}

/// What Lambda does once its function has answered comes with it.
#[async_trait]
impl Journal for Cloud {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let end = self.journal.commit(receipt, commands).await;
        if let Some(receipt) = receipt
            && let Some(End::Done) = self.settled.take_end(receipt)
        {
            self.queues.delete(receipt).await?;
        }
        end
    }
}

/// Everything else is handed on as it is.
macro_rules! handed_on {
    ($($port:ident by $part:ident {
        $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*
    })*) => {
        $(#[async_trait]
        impl $port for Cloud {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, Unavailable> {
                $port::$name(&self.$part, $($argument),*).await
            })*
        })*
    };
}

handed_on! {
    Bus by bus { fn publish(events: &[Event]) -> (); }
    DeadLetters by letters {
        fn list(limit: usize) -> Vec<DeadLetter>;
        fn letter(id: &str) -> Option<DeadLetter>;
        fn dismiss(id: &str) -> bool;
        fn redrive(id: &str) -> bool;
        fn settle_letter(letter: &WakeUp) -> ();
    }
    Backlog by backlog { fn standing(now: Timestamp) -> Vec<QueueStanding>; }
    Runs by store {
        fn read(run: &RunId) -> Option<Run>;
        fn list(filter: &RunFilter) -> Page<Run, RunId>;
        fn due(now: Timestamp, from: Option<&Place>, limit: usize) -> Page<Run, Place>;
        fn postpone_check(met: &Place, until: Timestamp) -> ();
        fn unredacted(ended_before: Timestamp, from: Option<&Place>, limit: usize) -> Page<Run, Place>;
        fn branches(run: &RunId) -> Vec<RunId>;
        fn purge(expiry: &Expiry, limit: usize) -> usize;
    }
    Events by store {
        fn read(event: &EventId) -> Option<EventRecord>;
        fn list(before: Option<&EventId>, limit: usize) -> Page<EventRecord, EventId>;
        fn unredacted(accepted_before: Timestamp, from: Option<&Place>, limit: usize) -> Page<EventId, Place>;
        fn redact(event: &EventId, now: Timestamp) -> ();
    }
    Definitions by store {
        fn current() -> Current;
        fn version(workflow: &WorkflowId, version: u32) -> Option<WorkflowVersion>;
        fn provider_file(provider: &ProviderId, digest: &str) -> Option<ProviderFile>;
        fn change(change: &DefinitionsChange) -> bool;
    }
    Outbox by store {
        fn store_entry(entry: OutboxEntry) -> OutboxEntry;
        fn list(run: Option<&RunId>, limit: usize) -> Vec<OutboxEntry>;
        fn forget(run: &RunId) -> ();
    }
    Audit by store {
        fn append_line(line: AuditLine) -> ();
        fn list(limit: usize) -> Vec<AuditLine>;
    }
    Replies by store {
        fn reserve_key(key: &str, now: Timestamp) -> KeyUse;
        fn store_reply(key: &str, reply: Reply, now: Timestamp) -> ();
        fn release(key: &str, begun_at: Timestamp) -> ();
    }
    Schedules by store {
        fn fired(workflow: &WorkflowId) -> Option<Timestamp>;
        fn note_fired(workflow: &WorkflowId, due: Timestamp, before: Option<Timestamp>) -> bool;
    }
    Holds by store {
        fn hold(key: &HoldKey) -> Option<Hold>;
        fn save_hold(hold: &Hold, read: Option<&Hold>) -> bool;
        fn remove_hold(read: &Hold) -> ();
        fn due_holds(before: Timestamp, from: Option<&Place>, limit: usize) -> Vec<Place>;
        fn postpone_hold(met: &Place, until: Timestamp) -> ();
        fn settle_event(event: &EventId, verdict: &Verdict) -> ();
    }
    Slots by store {
        fn slot(key: &SlotKey) -> Option<Slot>;
        fn save_slot(slot: &Slot, read: Option<&Slot>) -> bool;
        fn remove_slot(read: &Slot) -> bool;
    }
    Marks by store {
        fn marks(key: &MarkKey) -> Vec<Mark>;
    }
    Jobs by store {
        fn add(job: &Job) -> ();
        fn read(job: &JobId) -> Option<Job>;
        fn open(limit: usize) -> Vec<Job>;
        fn save(job: &Job) -> bool;
        fn list(limit: usize) -> Vec<Job>;
    }
}
