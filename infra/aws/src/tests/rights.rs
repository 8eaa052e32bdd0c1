//! What the adapters of a port ask of the runs table is what the port has rights to: each call is made
//! against clients that answer anything, and every key of every request is held against the rights.

use super::adapters::{Adapters, NOW, event, now, run, write};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::jobs::Job;
use tradewind_engine::limits::{Allowance, CallEnd, Caller};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{
    Audit, DeadLetters, Events, Expiry, Jobs, Journal, Limits, Outbox, Place, Refusals, Replies,
    RunFilter, Runs, Schedules, Token, TokenKey, Tokens,
};
use tradewind_engine::protocol::{Change, Command, WakeUp};
use tradewind_engine::queues::Queue;
use tradewind_engine::refusals::{Reached, RefusedDelivery};
use tradewind_stack::kinds::Kind;
use tradewind_stack::ports::Port;

#[tokio::test]
async fn a_refused_delivery_is_all_that_a_way_in_writes() {
    let adapters = Adapters::over((Kind::Refused, "REFUSED"));
    let text = || "text".to_owned();
    let refused = RefusedDelivery {
        at: now(),
        since: now(),
        count: 1,
        names: Reached::Endpoint,
        provider: text(),
        connection: text(),
        code: text(),
        reason: text(),
        path: text(),
        cure: text(),
        warning: None,
    };
    Refusals::record_refusal(&adapters.store, refused).await.unwrap();
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
    let allowance =
        Allowance { rate: Some((1, Duration::from_secs(1))), concurrency: Some(1), waits: false };
    limits.admit(&"shop".into(), allowance, caller, now()).await.unwrap();
    for end in [CallEnd::Limited(now() + Duration::from_secs(60)), CallEnd::Unreachable] {
        limits.report(&"shop".into(), caller, end, now()).await.unwrap();
    }
    limits.is_closed(&"books".into(), now()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Limits]);
}

#[tokio::test]
async fn how_a_connection_stands_is_read_and_not_written() {
    let adapters = Adapters::over((Kind::Limit, "LIMIT"));
    adapters.limits.is_closed(&"books".into(), now()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Standing]);
}

#[tokio::test]
async fn what_people_do_is_noted_in_kinds_of_its_own() {
    let adapters = Adapters::over((Kind::Audit, "AUDIT"));
    let text = || "text".to_owned();
    let line =
        AuditLine { at: now(), actor: text(), action: text(), subject: text(), detail: text() };
    Audit::append_line(&adapters.store, line).await.unwrap();
    Audit::list(&adapters.store, 10).await.unwrap();
    adapters.asked_no_more_than(&[Port::Audit]);

    let adapters = Adapters::over((Kind::Reply, "REPLY"));
    adapters.store.reserve_key("key", now()).await.unwrap();
    let reply = Reply { request: text(), status: 200, body: text() };
    Replies::store_reply(&adapters.store, "key", reply, now()).await.unwrap();
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

    let adapters = Adapters::over((Kind::Schedule, "SCHEDULE"));
    adapters.store.note_fired(&"daily".into(), now(), None).await.unwrap();
    adapters.store.note_fired(&"daily".into(), now(), Some(now())).await.unwrap();
    adapters.store.fired(&"daily".into()).await.unwrap();
    adapters.asked_no_more_than(&[Port::Schedules]);
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
        Command::DeadLetter { of: Queue::Action("sheet.append_row".into()), wake: wake.clone() },
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
    Outbox::store_entry(&adapters.store, entry).await.unwrap();
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
    adapters.letters.settle_letter(&wake).await.unwrap();
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
