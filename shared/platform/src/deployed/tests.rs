//! How long what holds now is taken from memory.

use super::*;
use crate::given::{clock, memory, ready};
use async_trait::async_trait;
use futures::FutureExt;
use tradewind_engine::definitions::ProviderFile;
use tradewind_engine::definitions::{DEFINITIONS_VERSION, DefinitionsChange};
use tradewind_engine::ids::ProviderId;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

#[test]
fn what_holds_is_read_again_after_as_long_as_it_was_told() {
    for current_for in [CURRENT_FOR, Duration::from_secs(5)] {
        let (clock, nanosecond) = (clock(), Duration::from_nanos(1));
        let memory = memory(&clock);
        let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), current_for);
        let revision = || {
            let current = deployed.current().now_or_never().expect("nothing waits in here");
            current.unwrap().revision
        };
        assert_eq!((revision(), deployed.current_for()), (0, current_for));
        let change = DefinitionsChange::default();
        assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
        clock.advance_to(after(clock.now(), current_for - nanosecond));
        assert_eq!(revision(), 0);
        clock.advance_to(after(clock.now(), nanosecond));
        assert_eq!(revision(), 1);
    }
}

#[test]
fn a_version_that_many_runs_keep_to_is_read_once() {
    let clock = clock();
    let store = Arc::new(Counted {
        memory: memory(&clock),
        changes: AtomicU64::new(0),
        reads: AtomicU64::new(0),
        versions: AtomicU64::new(0),
    });
    let (v, id, steps, version) = (DEFINITIONS_VERSION, "w".into(), Vec::new(), 1);
    let source =
        "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: a, wait: { for: 1m } }\n";
    let (source, applied_at) = (source.to_owned(), clock.now());
    let versions = vec![WorkflowVersion { v, id, version, source, steps, applied_at }];
    let change = DefinitionsChange { versions, ..DefinitionsChange::default() };
    assert_eq!(store.memory.change(&change).now_or_never(), Some(Ok(true)));
    let deployed = Deployed::new(store.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    let mut runs = vec![ready(clock.now(), "neither", "hold"); 200];
    runs[7].version = 2;
    let found = deployed.versions_of(&runs).now_or_never().unwrap();
    let keys: Vec<_> = found.keys().map(|(id, version)| (id.as_str(), *version)).collect();
    assert_eq!(keys, [("w", 1)], "the other one cannot be read");
    assert_eq!(store.versions.load(Ordering::SeqCst), 2);
}

#[test]
fn who_is_about_to_say_no_asks_again_for_what_may_have_been_applied_since() {
    let clock = clock();
    let memory = memory(&clock);
    let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    let now = || clock.now();
    let since = |at| {
        let current = deployed.current_since(at).now_or_never().expect("nothing waits in here");
        current.unwrap().revision
    };
    let begin = now();
    assert_eq!(since(begin), 0);
    let change = DefinitionsChange::default();
    assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
    clock.advance_to(after(now(), Duration::from_nanos(1)));
    assert_eq!(since(begin), 0, "what is remembered is as new as that");
    assert_eq!(since(now()), 1);
}

#[test]
fn what_held_at_a_moment_is_never_answered_with_older_things() {
    let clock = clock();
    let takes = Duration::ZERO;
    let store = Arc::new(AnswersOnce { clock: clock.clone(), takes, asked: AtomicU64::new(0) });
    let deployed = Deployed::new(store, Arc::new(clock.clone()), CURRENT_FOR);
    let since = |at| {
        let current = deployed.current_since(at).now_or_never().expect("nothing waits in here");
        current.map(|current| current.revision).ok()
    };
    let begin = clock.now();
    assert_eq!(since(begin), Some(7));
    clock.advance_to(after(begin, CURRENT_FOR));
    assert_eq!(since(clock.now()), None, "the store does not answer");
    // Whoever can do with older things may have told others not to ask.
    let current = deployed.current().now_or_never().expect("nothing waits in here");
    assert_eq!(current.map(|current| current.revision), Ok(7));
    assert_eq!((since(clock.now()), since(begin)), (None, Some(7)));
}

/// Definitions through which every change passes, and whose answer to a change may be lost.
struct Counted {
    memory: Arc<tradewind_memory::Memory>,
    changes: AtomicU64,
    reads: AtomicU64,
    versions: AtomicU64,
}

#[async_trait]
impl Definitions for Counted {
    async fn current(&self) -> Result<Current, Unavailable> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.memory.current().await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        self.versions.fetch_add(1, Ordering::SeqCst);
        Definitions::version(&*self.memory, workflow, version).await
    }

    fn changes(&self) -> Option<u64> {
        Some(self.changes.load(Ordering::SeqCst))
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        self.memory.provider_file(provider, digest).await
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        self.memory.change(change).await?;
        self.changes.fetch_add(1, Ordering::SeqCst);
        Err(Unavailable::new("definitions", "the answer was lost"))
    }
}

#[test]
fn a_change_is_seen_at_once_although_whoever_asked_for_it_never_heard_of_it() {
    let clock = clock();
    let (changes, reads) = (AtomicU64::new(0), AtomicU64::new(0));
    let definitions =
        Arc::new(Counted { memory: memory(&clock), changes, reads, versions: AtomicU64::new(0) });
    let deployed = Deployed::new(definitions.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    let since = |at| {
        let current = deployed.current_since(at).now_or_never().expect("nothing waits in here");
        (current.unwrap().revision, definitions.reads.load(Ordering::SeqCst))
    };
    assert_eq!(since(clock.now()), (0, 1));
    clock.advance_to(after(clock.now(), 10 * CURRENT_FOR));
    assert_eq!(since(clock.now()), (0, 1), "nothing was changed");
    let change = DefinitionsChange::default();
    assert!(definitions.change(&change).now_or_never().unwrap().is_err());
    assert_eq!(since(clock.now()), (1, 2));
    let now = deployed.current().now_or_never().unwrap().unwrap();
    assert_eq!((now.revision, definitions.reads.load(Ordering::SeqCst)), (1, 2));
}

/// Answers once; after that, whoever asks waits in vain for so long.
struct AnswersOnce {
    clock: VirtualClock,
    takes: Duration,
    asked: AtomicU64,
}

#[async_trait]
impl Definitions for AnswersOnce {
    async fn current(&self) -> Result<Current, Unavailable> {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 0 {
            return Ok(Current { revision: 7, ..Current::default() });
        }
        self.clock.advance_to(after(self.clock.now(), self.takes));
        Err(Unavailable::new("definitions", "no answer"))
    }

    async fn version(
        &self,
        _: &WorkflowId,
        _: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        Ok(None)
    }

    async fn provider_file(
        &self,
        _: &ProviderId,
        _: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        Ok(None)
    }

    async fn change(&self, _: &DefinitionsChange) -> Result<bool, Unavailable> {
        Ok(false)
    }
}

#[test]
fn a_store_that_does_not_answer_is_asked_no_more_often_than_one_that_does() {
    let (clock, current_for) = (clock(), Duration::from_secs(5));
    let takes = Duration::from_secs(2);
    let store = Arc::new(AnswersOnce { clock: clock.clone(), takes, asked: AtomicU64::new(0) });
    let deployed = Deployed::new(store.clone(), Arc::new(clock.clone()), current_for);
    let ask_after = |pause: Duration| {
        clock.advance_to(after(clock.now(), pause));
        let current = deployed.current().now_or_never().expect("nothing waits in here");
        (current.map(|current| current.revision).ok(), store.asked.load(Ordering::SeqCst))
    };
    let moment = Duration::from_millis(1);
    assert_eq!(ask_after(Duration::ZERO), (Some(7), 1));
    assert_eq!(ask_after(current_for), (Some(7), 2));
    assert_eq!(ask_after(current_for - moment), (Some(7), 2));
    assert_eq!(ask_after(moment), (Some(7), 3));
    // Nothing is kept of what was changed.
    deployed.refresh();
    assert_eq!(ask_after(Duration::ZERO), (None, 4));
}
