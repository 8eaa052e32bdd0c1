//! Definitions, outbox, tokens, audit and replies.

use super::World;
use super::given::plan;
use super::records::history;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::time::Duration;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::definitions::{
    Current, DEFINITIONS_VERSION, DefinitionsChange, ProviderFile, StoredProject, WorkflowHead,
    WorkflowVersion, version_of_project,
};
use tradewind_engine::ids::{ProviderId, RunId};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Expiry, KEY_HELD_FOR, KeyUse, Token, TokenKey};
use tradewind_engine::time::{Timestamp, after};

const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn definitions_are_changed_from_the_newest_revision_only(world: &World) {
    let definitions = world.definitions();
    assert_eq!(definitions.current().await.unwrap(), Current::default());
    let first = DefinitionsChange {
        from_revision: 0,
        project: Some(project()),
        heads: vec![head("b", 1, world.now()), head("a", 1, world.now())],
        versions: vec![version("a", 1, world.now())],
        provider_files: Vec::new(),
    };
    assert!(definitions.change(&first).await.unwrap());
    let stale = DefinitionsChange {
        heads: vec![head("c", 1, world.now())],
        versions: vec![version("c", 1, world.now())],
        ..first.clone()
    };
    assert!(!definitions.change(&stale).await.unwrap());
    assert_eq!(definitions.version(&"c".into(), 1).await.unwrap(), None);

    let second = DefinitionsChange {
        from_revision: 1,
        project: None,
        heads: vec![head("a", 2, world.now())],
        versions: vec![version("a", 2, world.now())],
        provider_files: Vec::new(),
    };
    assert!(definitions.change(&second).await.unwrap());
    let current = definitions.current().await.unwrap();
    assert_eq!((current.revision, current.project), (2, Some(project())));
    assert_eq!(current.workflows, [head("a", 2, world.now()), head("b", 1, world.now())]);
}

pub(super) async fn a_version_never_changes(world: &World) {
    let definitions = world.definitions();
    let first = version("a", 1, world.now());
    let other = WorkflowVersion { source: "name: Other".to_owned(), ..first.clone() };
    for (from_revision, version) in [(0, first.clone()), (1, other)] {
        let versions = vec![version];
        let change = DefinitionsChange { from_revision, versions, ..DefinitionsChange::default() };
        assert!(definitions.change(&change).await.unwrap());
    }
    assert_eq!(definitions.version(&"a".into(), 1).await.unwrap(), Some(first));
    assert_eq!(definitions.version(&"a".into(), 2).await.unwrap(), None);
}

pub(super) async fn the_file_of_a_provider_is_kept_by_its_digest(world: &World) {
    let definitions = world.definitions();
    let acme = ProviderId::from("acme");
    let file = |digest: &str, source: &str| ProviderFile {
        v: DEFINITIONS_VERSION,
        id: acme.clone(),
        digest: digest.to_owned(),
        source: source.to_owned(),
    };
    let [first, second] = [file("0a", "title: Acme"), file("0b", "title: Acme Ltd.")];
    for (from_revision, file) in [(0, &first), (1, &second)] {
        let mut project = project();
        project.providers = [(acme.clone(), file.digest.clone())].into();
        project.v = version_of_project(&project.providers);
        let change = DefinitionsChange {
            from_revision,
            project: Some(project.clone()),
            provider_files: vec![file.clone()],
            ..DefinitionsChange::default()
        };
        assert!(definitions.change(&change).await.unwrap());
        assert_eq!(definitions.current().await.unwrap().project, Some(project));
    }
    for file in [first, second] {
        let found = definitions.provider_file(&acme, &file.digest).await.unwrap();
        assert_eq!(found, Some(file));
    }
    assert_eq!(definitions.provider_file(&acme, "0c").await.unwrap(), None);
    assert_eq!(definitions.provider_file(&"other".into(), "0a").await.unwrap(), None);
}

pub(super) async fn of_many_changes_one_is_made(world: &World) {
    let change = DefinitionsChange { project: Some(project()), ..DefinitionsChange::default() };
    let changes = (0..20).map(|_| world.definitions().change(&change));
    let made = join_all(changes).await.into_iter().filter(|made| *made.as_ref().unwrap()).count();
    assert_eq!(made, 1);
}

pub(super) async fn the_outbox_keeps_the_first_entry_of_a_key(world: &World) {
    let first = entry("run_1:mail", "run_1", world.now());
    let second = OutboxEntry { input: json!({ "to": "other" }), ..first.clone() };
    assert_eq!(world.outbox().store_entry(first.clone()).await.unwrap(), first);
    assert_eq!(world.outbox().store_entry(second).await.unwrap(), first);
    assert_eq!(world.outbox().list(None, 10).await.unwrap(), [first]);
}

pub(super) async fn the_outbox_lists_newest_first_and_forgets_by_run(world: &World) {
    for (key, run) in [("k1", "run_1"), ("k2", "run_2"), ("k3", "run_1")] {
        world.outbox().store_entry(entry(key, run, world.now())).await.unwrap();
    }
    let keys = async |run: Option<&str>, limit| {
        let run = run.map(RunId::from);
        let entries = world.outbox().list(run.as_ref(), limit).await.unwrap();
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(None, 10).await, ["k3", "k2", "k1"]);
    assert_eq!(keys(Some("run_1"), 10).await, ["k3", "k1"]);
    assert_eq!(keys(Some("run_1"), 1).await, ["k3"]);
    assert_eq!(keys(Some("run_3"), 1).await, [""; 0]);
    world.outbox().forget(&"run_1".into()).await.unwrap();
    assert_eq!(keys(None, 10).await, ["k2"]);
}

pub(super) async fn one_of_many_takes_the_lease_of_a_token(world: &World) {
    let (key, now) = (TokenKey("shop".to_owned()), world.now());
    let leases = (0..20).map(|_| world.tokens().lease(&key, now, after(now, MINUTE)));
    let won = join_all(leases).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
    let other = TokenKey("mail".to_owned());
    assert!(world.tokens().lease(&other, now, after(now, MINUTE)).await.unwrap());
}

pub(super) async fn a_lease_ends_with_its_time_or_with_a_token(world: &World) {
    let (tokens, key) = (world.tokens(), TokenKey("shop".to_owned()));
    let lease = async || tokens.lease(&key, world.now(), after(world.now(), MINUTE)).await.unwrap();
    assert!(lease().await);
    assert!(tokens.read(&key).await.unwrap().is_none(), "a lease is no token");
    world.pass(MINUTE - Duration::from_nanos(1));
    assert!(!lease().await);
    world.pass(Duration::from_nanos(1));
    assert!(lease().await);
    tokens.release(&key).await.unwrap();
    assert!(lease().await);

    let expires_at = after(world.now(), MINUTE);
    let token = Token { value: SecretString::from("token-1"), expires_at };
    tokens.store(&key, token).await.unwrap();
    assert!(lease().await, "storing a token gives the lease back");
    tokens.release(&key).await.unwrap();
    world.pass(MINUTE * 2);
    let stored = tokens.read(&key).await.unwrap().expect("an expired token is shown too");
    assert_eq!((stored.value.expose_secret(), stored.expires_at), ("token-1", expires_at));
}

pub(super) async fn the_audit_log_lists_newest_first(world: &World) {
    let line = |action: &str| AuditLine {
        at: world.now(),
        actor: "admin".to_owned(),
        action: action.to_owned(),
        subject: "run_1".to_owned(),
        detail: String::new(),
    };
    for action in ["run.replay", "run.cancel", "run.resolve"] {
        world.audit().append_line(line(action)).await.unwrap();
    }
    let newest = world.audit().list(2).await.unwrap();
    assert_eq!(newest, [line("run.resolve"), line("run.cancel")]);
}

pub(super) async fn the_first_reply_stays(world: &World) {
    let first = Reply { request: "digest".to_owned(), status: 202, body: "{}".to_owned() };
    let second = Reply { status: 409, ..first.clone() };
    assert_eq!(begun(world, "key").await, KeyUse::New);
    for reply in [first.clone(), second] {
        world.replies().store_reply("key", reply, world.now()).await.unwrap();
    }
    assert_eq!(begun(world, "key").await, KeyUse::Answered(first.clone()));
    assert_eq!(begun(world, "other").await, KeyUse::New);
    world.replies().release("key", world.now()).await.unwrap();
    world.pass(KEY_HELD_FOR * 2);
    assert_eq!(begun(world, "key").await, KeyUse::Answered(first));
}

/// As long as the API gives them, of a text that no packing makes shorter.
pub(super) async fn a_long_reply_is_given_again_whole_and_goes_whole(world: &World) {
    let body = noise(900_000);
    let reply = Reply { request: "digest".to_owned(), status: 200, body };
    assert_eq!(begun(world, "key").await, KeyUse::New);
    world.replies().store_reply("key", reply.clone(), world.now()).await.unwrap();
    let second = Reply { body: "{}".to_owned(), ..reply.clone() };
    world.replies().store_reply("key", second, world.now()).await.unwrap();
    assert_eq!(begun(world, "key").await, KeyUse::Answered(reply));
    world.pass(MINUTE);
    let expiry = Expiry { replies: world.now(), ..history(Timestamp::MIN) };
    assert_eq!(world.runs().purge(&expiry, 10).await.unwrap(), 1);
    assert_eq!(begun(world, "key").await, KeyUse::New);
}

/// A text that hardly shrinks, always the same.
fn noise(length: usize) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let character = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from(state % 94).unwrap())
    };
    (0..length).map(character).collect()
}

pub(super) async fn of_many_requests_with_a_key_one_is_new(world: &World) {
    let all = join_all((0..20).map(|_| begun(world, "key"))).await;
    assert_eq!(all.iter().filter(|begun| **begun == KeyUse::New).count(), 1);
    assert_eq!(all.iter().filter(|begun| **begun == KeyUse::InProgress).count(), 19);
}

pub(super) async fn a_key_is_held_until_it_is_answered_released_or_too_old(world: &World) {
    let first = world.now();
    assert_eq!(begun(world, "key").await, KeyUse::New);
    world.pass(KEY_HELD_FOR - Duration::from_nanos(1));
    assert_eq!(begun(world, "key").await, KeyUse::InProgress);
    world.pass(Duration::from_nanos(1));
    assert_eq!(begun(world, "key").await, KeyUse::New);
    // Whoever took too long gives back nothing that is not his.
    world.replies().release("key", first).await.unwrap();
    assert_eq!(begun(world, "key").await, KeyUse::InProgress);
    world.replies().release("key", world.now()).await.unwrap();
    assert_eq!(begun(world, "key").await, KeyUse::New);
    world.replies().release("other", world.now()).await.unwrap();
}

async fn begun(world: &World, key: &str) -> KeyUse {
    world.replies().reserve_key(key, world.now()).await.unwrap()
}

pub(super) fn project() -> StoredProject {
    StoredProject {
        v: DEFINITIONS_VERSION,
        providers: Default::default(),
        connections: [].into(),
        alerts: None,
        public_url: Some("https://automation.example.com".to_owned()),
        timezone: None,
        keep_days: 90,
        redact_after_days: 30,
        allowed_hosts: None,
    }
}

pub(super) fn head(id: &str, version: u32, now: Timestamp) -> WorkflowHead {
    WorkflowHead {
        id: id.into(),
        version,
        event: "order.placed".to_owned(),
        from: Some("shop".into()),
        schedule: None,
        enabled: true,
        enabled_at: now,
        enabled_in: None,
        paused: false,
        deleted: false,
        v: DEFINITIONS_VERSION,
        listens: Vec::new(),
        holds: false,
    }
}

pub(super) fn version(id: &str, version: u32, now: Timestamp) -> WorkflowVersion {
    WorkflowVersion {
        v: DEFINITIONS_VERSION,
        id: id.into(),
        version,
        source: "name: Order log".to_owned(),
        steps: vec![plan("log")],
        applied_at: now,
    }
}

pub(super) fn entry(key: &str, run: &str, now: Timestamp) -> OutboxEntry {
    OutboxEntry {
        key: key.to_owned(),
        run: run.into(),
        step: "mail".into(),
        connection: "mail".into(),
        action: "email.send".into(),
        input: json!({ "to": "a@example.com" }),
        output: json!({ "message_id": "m1" }),
        at: now,
    }
}
