//! What the adapters of a port ask of the runs table is what the port is granted: each call is made
//! against clients that answer anything, and every key of every request is held against the grants.

use crate::bus::AwsBus;
use crate::clients::canned::{Asked, Canned};
use crate::journal::{AwsJournal, Settled};
use crate::letters::Letters;
use crate::limits::SharedLimits;
use crate::queues::Queues;
use crate::stage::Stage;
use crate::store::Store;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::events::EventRecord;
use tradewind_engine::jobs::Job;
use tradewind_engine::limits::{Allowance, CallEnd, Caller};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{
    Audit, DeadLetters, Events, Expiry, Jobs, Journal, Limits, Outbox, Place, Refusals, Replies,
    RunFilter, Runs, Token, TokenKey, Tokens,
};
use tradewind_engine::protocol::{Change, Command, WakeUp, Write};
use tradewind_engine::refusals::{Named, RefusedDelivery};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;
use tradewind_memory::{SeededIds, VirtualClock};
use tradewind_platform::deployed::Deployed;
use tradewind_stack::kinds::Kind;
use tradewind_stack::ports::Port;

const NOW: &str = "2026-03-01T08:00:00Z";
const DYNAMODB: &str = "DynamoDB_20120810.";

/// The adapters over clients whose indexes are full of one kind of item.
struct Adapters {
    canned: Canned,
    store: Store,
    letters: Letters,
    limits: SharedLimits,
    journal: AwsJournal,
}

impl Adapters {
    /// `found`: the key that every index gives.
    fn over(found: (Kind, &'static str)) -> Self {
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
    fn asked_no_more_than(&self, ports: &[Port]) {
        let touched: Vec<_> = self.canned.asked().iter().flat_map(touched).collect();
        assert!(!touched.is_empty(), "{ports:?} asked for nothing");
        for (action, key) in touched {
            let grants = ports.iter().flat_map(|port| port.grants(Some("email-send"), &[]));
            let mut kinds = grants
                .filter(|grant| grant.actions.contains(&action.as_str()))
                .flat_map(|grant| grant.resources)
                .filter_map(|resource| resource.kind());
            let is_granted = kinds.any(|kind| key.starts_with(&kind.key("")));
            assert!(is_granted, "{ports:?} may not {action} {key}");
        }
    }

    /// The requests that were made, by name.
    fn made(&self) -> BTreeSet<String> {
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

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn run() -> Run {
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

fn event() -> EventRecord {
    let event = json!({
        "v": 1, "id": "evt_1", "name": "order.placed", "accepted_at": NOW, "test": false, "data": {},
    });
    let event = serde_json::from_value(event).unwrap();
    EventRecord { event, verdicts: Vec::new(), redacted_at: None }
}

fn write(change: Change) -> Command {
    Command::Write(Write { run: "run_1".into(), change })
}

#[tokio::test]
async fn a_refused_delivery_is_all_that_a_way_in_writes() {
    let adapters = Adapters::over((Kind::Refused, "REFUSED"));
    let text = || "text".to_owned();
    let refused = RefusedDelivery {
        at: now(),
        since: now(),
        count: 1,
        names: Named::Endpoint,
        provider: text(),
        connection: text(),
        code: text(),
        reason: text(),
        path: text(),
        cure: text(),
        warning: None,
    };
    Refusals::note(&adapters.store, refused).await.unwrap();
    adapters.asked_no_more_than(&[Port::NotedRefusals]);
    Refusals::list(&adapters.store, 10).await.unwrap();
    adapters.asked_no_more_than(&[Port::NotedRefusals, Port::Refusals]);
    assert_eq!(
        adapters.made(),
        ["dynamodb:BatchGetItem", "dynamodb:PutItem"].map(str::to_owned).into()
    );
}

#[tokio::test]
async fn tokens_and_limits_are_kinds_of_their_own() {
    let adapters = Adapters::over((Kind::Token, "TOKEN"));
    let (store, key) = (&adapters.store, TokenKey("shop".to_owned()));
    Tokens::read(store, &key).await.unwrap();
    store.lease(&key, now(), now()).await.unwrap();
    let token = Token { value: SecretString::from("t".to_owned()), expires_at: now() };
    store.store(&key, token).await.unwrap();
    Tokens::release(store, &key).await.unwrap();
    adapters.asked_no_more_than(&[Port::Tokens]);

    let adapters = Adapters::over((Kind::Limit, "LIMIT"));
    let (limits, caller) = (&adapters.limits, Caller { step: 1, fence: 1 });
    let allowance = Allowance { rate: Some((1, Duration::from_secs(1))), concurrency: Some(1) };
    limits.admit(&"shop".into(), allowance, caller, now()).await.unwrap();
    for end in [CallEnd::Limited(now() + Duration::from_secs(60)), CallEnd::Unreachable] {
        limits.report(&"shop".into(), caller, end, now()).await.unwrap();
    }
    limits.is_closed(&"books".into(), now()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Limits]);
}

#[tokio::test]
async fn what_people_do_is_noted_in_kinds_of_its_own() {
    let adapters = Adapters::over((Kind::Audit, "AUDIT"));
    let text = || "text".to_owned();
    let line =
        AuditLine { at: now(), actor: text(), action: text(), subject: text(), detail: text() };
    Audit::note(&adapters.store, line).await.unwrap();
    Audit::list(&adapters.store, 10).await.unwrap();
    adapters.asked_no_more_than(&[Port::Audit]);

    let adapters = Adapters::over((Kind::Reply, "REPLY"));
    adapters.store.begin("key", now()).await.unwrap();
    let reply = Reply { request: text(), status: 200, body: text() };
    Replies::keep(&adapters.store, "key", reply, now()).await.unwrap();
    Replies::release(&adapters.store, "key", now()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Replies]);

    let adapters = Adapters::over((Kind::Job, "JOB"));
    let work = json!({ "wake_runs": { "workflow": "a", "not_before": NOW } });
    let mut job = Job::new("job_1".into(), serde_json::from_value(work).unwrap(), now());
    adapters.store.add(&job).await.unwrap();
    Jobs::read(&adapters.store, &job.id).await.unwrap();
    Jobs::open(&adapters.store, 10).await.unwrap();
    Jobs::list(&adapters.store, 10).await.unwrap();
    job.revision += 1;
    adapters.store.save(&job).await.unwrap();
    adapters.asked_no_more_than(&[Port::Jobs]);
}

#[tokio::test]
async fn the_journal_writes_runs_events_and_nothing_else() {
    let adapters = Adapters::over((Kind::Run, "RUN"));
    let wake = WakeUp::new(&"run_1".into(), &"log".into());
    let lease_until = now() + Duration::from_secs(90);
    let claim = Change::Claim { id: "c".into(), path: "log".into(), now: now(), lease_until };
    for command in [
        write(Change::Start(Box::new(run()))),
        Command::Record(event()),
        write(claim),
        write(Change::Redact { now: now() }),
        Command::DeadLetter { action: "sheet.append_row".into(), wake: wake.clone() },
    ] {
        // That no answer is a run is no matter: it was asked.
        let _ = adapters.journal.commit(None, &[command]).await;
    }
    adapters.letters.forget_stop(&run()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Journal]);
    for made in ["GetItem", "PutItem", "Query", "UpdateItem"] {
        assert!(adapters.made().contains(&format!("dynamodb:{made}")), "{made} was not tried");
    }
    // A message that makes no sense.
    let adapters = Adapters::over((Kind::Run, "RUN"));
    adapters.letters.give_up("email.send", "{}", "no").await.unwrap();
    adapters.asked_no_more_than(&[Port::Queue]);
}

#[tokio::test]
async fn people_read_runs_events_letters_and_outbox() {
    let adapters = Adapters::over((Kind::Run, "RUN"));
    let (store, limit) = (&adapters.store, 10);
    Runs::read(store, &"run_1".into()).await.unwrap();
    let filter = RunFilter { limit, ..RunFilter::default() };
    Runs::list(store, &filter).await.unwrap();
    Runs::list(store, &RunFilter { event: Some("evt_1".into()), ..filter }).await.unwrap();
    Runs::due(store, now(), None, limit).await.unwrap();
    adapters.asked_no_more_than(&[Port::Runs]);

    let adapters = Adapters::over((Kind::Event, "EVENT"));
    Events::read(&adapters.store, &"evt_1".into()).await.unwrap();
    Events::list(&adapters.store, None, limit).await.unwrap();
    Events::unredacted(&adapters.store, now(), None, limit).await.unwrap();
    adapters.asked_no_more_than(&[Port::Events]);

    let adapters = Adapters::over((Kind::Run, "BOX#1"));
    let entry = OutboxEntry {
        key: "run_1:log".to_owned(),
        run: "run_1".into(),
        step: "log".into(),
        connection: "shop".into(),
        action: "email.send".into(),
        input: Value::Null,
        output: Value::Null,
        at: now(),
    };
    Outbox::keep(&adapters.store, entry).await.unwrap();
    Outbox::list(&adapters.store, None, limit).await.unwrap();
    Outbox::list(&adapters.store, Some(&"run_1".into()), limit).await.unwrap();
    adapters.asked_no_more_than(&[Port::Outbox]);

    let adapters = Adapters::over((Kind::Letter, "LETTER"));
    for id in ["run_1:log:2", "dispatch:00112233445566aa"] {
        adapters.letters.list(limit).await.unwrap();
        adapters.letters.letter(id).await.unwrap();
        adapters.letters.redrive(id).await.unwrap();
        adapters.letters.dismiss(id).await.unwrap();
        adapters.store.remove_letter(id).await.unwrap();
    }
    let wake = WakeUp::new(&"run_1".into(), &"log".into());
    adapters.letters.settle(&wake).await.unwrap();
    adapters.letters.collect(&["email.send"]).await.unwrap();
    adapters.asked_no_more_than(&[Port::DeadLetters]);
}

#[tokio::test]
async fn old_data_of_every_kind_that_is_kept_may_be_removed() {
    let later = now() + Duration::from_secs(1);
    let expiry = Expiry { history: later, events_given_up: later, replies: later };
    for (kind, sk) in [
        (Kind::Run, "RUN"),
        (Kind::Run, "LETTER#log#2"),
        (Kind::Event, "EVENT"),
        (Kind::Letter, "LETTER"),
        (Kind::Job, "JOB"),
        (Kind::Audit, "AUDIT"),
        (Kind::Reply, "REPLY"),
    ] {
        let adapters = Adapters::over((kind, sk));
        // What the index gives is not there: that is all the same to what is asked.
        let _ = adapters.store.purge(&expiry, 10).await;
        let met = Place { at: now(), id: "run_1".to_owned() };
        adapters.store.postpone_check(&met, later).await.unwrap();
        Events::redact(&adapters.store, &"evt_1".into(), later).await.unwrap();
        Outbox::forget(&adapters.store, &"run_1".into()).await.unwrap();
        adapters.asked_no_more_than(&[Port::Housekeeping]);
        assert!(adapters.made().contains("dynamodb:BatchWriteItem"), "nothing was removed");
    }
}
