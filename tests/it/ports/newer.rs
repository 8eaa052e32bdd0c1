//! Records that a newer tradewind wrote: they wait for it. Nothing about them is changed, given up or
//! removed, nothing beside them is held up, and once they can be read they go on.

use super::World;
use super::given::{branch, cancel, claim, complete, event, record, run, start, write};
use super::records::history;
use super::settings::{entry, head, project, version};
use super::tampering::Kept;
use std::time::Duration;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::definitions::{Current, DefinitionsChange};
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{Job, JobState, JobWork, ReplayRuns};
use tradewind_engine::ports::{KeyUse, RunFilter, Unavailable};
use tradewind_engine::protocol::{Change, Committed};
use tradewind_engine::time::after;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn a_run_of_a_newer_version_waits_untouched(world: &World) {
    let (theirs, ours) = (run("run_1", world.now()), run("run_2", world.now()));
    world.commit(&[start(&theirs), start(&ours)]).await;
    assert!(world.becomes_newer(Kept::Run("run_1")).await);

    check_newer(world.runs().read(&theirs.id).await);
    let any = RunFilter { limit: 10, ..RunFilter::default() };
    let list = world.runs().list(&any).await.unwrap();
    assert_eq!((list.hidden_counts(), list.records), ((1, 0), vec![ours.clone()]));
    let due = world.runs().due(after(world.now(), DAY), None, 10).await.unwrap();
    assert_eq!((due.hidden_counts(), due.records), ((1, 0), vec![ours.clone()]));
    let now = world.now();
    let redact = write(&theirs.id, Change::Redact { now });
    for command in [claim(&theirs, now), cancel(&theirs, now), redact, start(&theirs)] {
        check_newer(world.try_commit(&[command]).await);
    }
    let end = world.commit(&[claim(&ours, now)]).await;
    assert!(matches!(end, Committed::Applied(_)), "{end:?}");

    world.becomes_readable(Kept::Run("run_1")).await;
    assert_eq!(world.runs().read(&theirs.id).await.unwrap(), Some(theirs.clone()));
    let due = world.runs().due(after(now, DAY), None, 10).await.unwrap();
    assert_eq!((due.hidden_counts(), due.len()), ((0, 0), 2), "it has kept its time");
    world.commit(&[claim(&theirs, now)]).await;
    let end = world.commit(&[complete(&theirs, 1, now)]).await;
    assert!(matches!(end, Committed::Applied(_)), "{end:?}");
}

pub(super) async fn an_ended_run_of_a_newer_version_keeps_its_data(world: &World) {
    let theirs = run("run_1", world.now());
    world.commit(&[start(&theirs), cancel(&theirs, world.now())]).await;
    let before = world.runs().read(&theirs.id).await.unwrap();
    world.pass(SECOND);
    world.becomes_newer(Kept::Run("run_1")).await;
    let unredacted = world.runs().unredacted(world.now(), None, 10).await.unwrap();
    assert_eq!((unredacted.len(), unredacted.hidden_counts()), (0, (1, 0)));
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 0);
    world.becomes_readable(Kept::Run("run_1")).await;
    assert_eq!(world.runs().read(&theirs.id).await.unwrap(), before);
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 1);
}

pub(super) async fn the_run_of_a_branch_of_a_newer_version_stays_with_it(world: &World) {
    let ours = run("run_1", world.now());
    let theirs = branch(&ours, "each", 0);
    let now = world.now();
    world.commit(&[start(&ours), start(&theirs), cancel(&theirs, now), cancel(&ours, now)]).await;
    world.pass(SECOND);
    world.becomes_newer(Kept::Run(theirs.id.as_str())).await;
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 0);
    assert!(world.runs().read(&ours.id).await.unwrap().is_some());
    world.becomes_readable(Kept::Run(theirs.id.as_str())).await;
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 1);
    assert!(world.runs().read(&theirs.id).await.unwrap().is_none());
}

pub(super) async fn an_event_of_a_newer_version_is_left_alone(world: &World) {
    let (theirs, ours) = (event("event_1", world.now()), event("event_2", world.now()));
    world.commit(&[record(theirs.clone()), record(ours.clone())]).await;
    assert!(world.becomes_newer(Kept::Event("event_1")).await);
    check_newer(world.events().read(&theirs.id).await);
    let list = world.events().list(None, 10).await.unwrap();
    assert_eq!((list.hidden_counts(), list.len()), ((1, 0), 1));
    assert_eq!(list[0].event, ours);
    check_newer(world.events().redact(&theirs.id, world.now()).await);
    world.events().redact(&ours.id, world.now()).await.unwrap();
    world.pass(SECOND);
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 1);

    world.becomes_readable(Kept::Event("event_1")).await;
    assert_eq!(world.events().read(&theirs.id).await.unwrap().unwrap().event, theirs);
    assert_eq!(world.runs().purge(&history(world.now()), 10).await.unwrap(), 1);
}

pub(super) async fn a_job_of_a_newer_version_is_left_to_others(world: &World) {
    let job = |id: &str| {
        let work = JobWork::ReplayRuns(ReplayRuns::default());
        Job::new(JobId::from(id), work, world.now())
    };
    let (theirs, ours) = (job("job_1"), job("job_2"));
    for job in [&theirs, &ours] {
        world.jobs().add(job).await.unwrap();
    }
    assert!(world.becomes_newer(Kept::Job("job_1")).await);
    check_newer(world.jobs().read(&theirs.id).await);
    assert_eq!(world.jobs().open(10).await.unwrap(), std::slice::from_ref(&ours));
    assert_eq!(world.jobs().list(10).await.unwrap(), [ours]);
    let next = Job { state: JobState::Done, revision: 1, ..theirs.clone() };
    check_newer(world.jobs().save(&next).await);
    world.becomes_readable(Kept::Job("job_1")).await;
    assert_eq!(world.jobs().read(&theirs.id).await.unwrap(), Some(theirs));
    assert!(world.jobs().save(&next).await.unwrap());
}

pub(super) async fn definitions_of_a_newer_version_are_neither_used_nor_written_over(
    world: &World,
) {
    let definitions = world.definitions();
    let first = DefinitionsChange {
        from_revision: 0,
        project: Some(project()),
        heads: vec![head("a", 1, world.now())],
        versions: vec![version("a", 1, world.now())],
        provider_files: Vec::new(),
    };
    assert!(definitions.change(&first).await.unwrap());
    let before: Current = definitions.current().await.unwrap();
    let next = DefinitionsChange { from_revision: 1, ..first.clone() };
    for part in [Kept::Project, Kept::Workflow("a")] {
        assert!(world.becomes_newer(part).await);
        check_newer(definitions.current().await);
        check_newer(definitions.change(&next).await);
        world.becomes_readable(part).await;
        assert_eq!(definitions.current().await.unwrap(), before, "{part:?}");
    }
    assert!(world.becomes_newer(Kept::Version("a", 1)).await);
    check_newer(definitions.version(&"a".into(), 1).await);
    world.becomes_readable(Kept::Version("a", 1)).await;
    let kept = definitions.version(&"a".into(), 1).await.unwrap();
    assert_eq!(kept, Some(first.versions[0].clone()));
}

pub(super) async fn what_a_newer_version_noted_hides_no_other(world: &World) {
    let line = |subject: &str| AuditLine {
        at: world.now(),
        actor: "admin".to_owned(),
        action: "run.replay".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    };
    for subject in ["run_1", "run_2"] {
        world.audit().append_line(line(subject)).await.unwrap();
    }
    if world.becomes_newer(Kept::AuditLine("run_1")).await {
        assert_eq!(world.audit().list(10).await.unwrap(), [line("run_2")]);
        world.becomes_readable(Kept::AuditLine("run_1")).await;
    }
    assert_eq!(world.audit().list(10).await.unwrap().len(), 2);

    let entries = ["run_1:k1", "run_1:k2"].map(|key| entry(key, "run_1", world.now()));
    for entry in &entries {
        world.outbox().store_entry(entry.clone()).await.unwrap();
    }
    if world.becomes_newer(Kept::OutboxEntry("run_1:k1")).await {
        check_newer(world.outbox().store_entry(entries[0].clone()).await);
        assert_eq!(world.outbox().list(None, 10).await.unwrap(), [entries[1].clone()]);
        world.becomes_readable(Kept::OutboxEntry("run_1:k1")).await;
    }
    assert_eq!(world.outbox().store_entry(entries[0].clone()).await.unwrap(), entries[0]);

    let reply = Reply { request: "digest".to_owned(), status: 200, body: "{}".to_owned() };
    world.replies().store_reply("key", reply.clone(), world.now()).await.unwrap();
    if world.becomes_newer(Kept::Reply("key")).await {
        check_newer(world.replies().reserve_key("key", world.now()).await);
        world.becomes_readable(Kept::Reply("key")).await;
    }
    let begun = world.replies().reserve_key("key", world.now()).await.unwrap();
    assert_eq!(begun, KeyUse::Answered(reply));
}

fn check_newer<T: std::fmt::Debug>(end: Result<T, Unavailable>) {
    let refused = end.expect_err("a newer version wrote it");
    assert!(refused.is_newer(), "{refused}");
}
