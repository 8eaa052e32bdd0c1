//! What was applied, compiled and cached.
//!
//! Invariant: a version never changes, so it is compiled once; what holds now is read again after
//! a few seconds. A store that does not answer is asked no more often than one that does.
//! Invariant: whoever asks for what held at a moment never gets older things.

use crate::own_providers::OwnProviders;
use futures::future::{join_all, try_join_all};
use futures::lock::Mutex as Turn;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_engine::definitions::{Current, WorkflowVersion};
use tradewind_engine::ids::{ProviderId, WorkflowId};
use tradewind_engine::ports::{Clock, Definitions, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, until};
use tradewind_engine::workflows::{Step, Workflow};

/// How long what holds now may be taken from memory, where reading it costs next to nothing.
pub const CURRENT_FOR: Duration = Duration::from_secs(2);
/// How many compiled versions are kept in memory.
const COMPILED_MAX: usize = 500;

/// A version of a workflow, ready to work with.
pub struct Compiled {
    /// As it was applied.
    pub version: WorkflowVersion,
    /// Its syntax tree.
    pub workflow: Workflow,
}

/// What was applied, as the use cases see it.
pub struct Deployed {
    definitions: Arc<dyn Definitions>,
    clock: Arc<dyn Clock>,
    current_for: Duration,
    current: Mutex<Option<Cached>>,
    // One reads, and all who waited for it take part.
    turn: Turn<()>,
    // How often it was told that what holds has changed.
    changes: AtomicU64,
    compiled: Mutex<HashMap<(WorkflowId, u32), Arc<Compiled>>>,
    own: Mutex<Option<(Digests, Arc<OwnProviders>)>>,
}

/// The digests of the files of the project's own providers.
type Digests = BTreeMap<ProviderId, String>;

/// What held when it was read.
#[derive(Clone)]
struct Cached {
    current: Arc<Current>,
    read_at: Timestamp,
    // When it was read, or when the store was last asked in vain.
    asked_at: Timestamp,
    // How often the definitions had been changed before it was read, where they know.
    changes: Option<u64>,
}

impl Deployed {
    /// Nothing is read until it is needed. `current_for`: how long what holds now may be taken from
    /// memory, the same for all processes of a runtime.
    pub fn new(
        definitions: Arc<dyn Definitions>,
        clock: Arc<dyn Clock>,
        current_for: Duration,
    ) -> Self {
        Self {
            definitions,
            clock,
            current_for,
            current: Mutex::default(),
            turn: Turn::default(),
            changes: AtomicU64::new(0),
            compiled: Mutex::default(),
            own: Mutex::default(),
        }
    }

    /// The providers of the project's own.
    pub async fn own_providers(&self, current: &Current) -> Result<Arc<OwnProviders>, Unavailable> {
        let none = Digests::new();
        let digests = current.project.as_ref().map_or(&none, |project| &project.providers);
        if digests.is_empty() {
            return Ok(Arc::default());
        }
        if let Some((known, own)) = &*lock(&self.own)
            && known == digests
        {
            return Ok(own.clone());
        }
        let files = try_join_all(digests.iter().map(|(provider, digest)| async move {
            let file = self.definitions.provider_file(provider, digest).await?;
            file.ok_or_else(|| {
                let gone = format!("providers/{provider}.yaml is not there as it was applied");
                Unavailable::new("definitions", gone)
            })
        }));
        let own = Arc::new(OwnProviders::of(&files.await?)?);
        *lock(&self.own) = Some((digests.clone(), own.clone()));
        Ok(own)
    }

    /// After so long a change has reached all processes.
    pub fn current_for(&self) -> Duration {
        self.current_for
    }

    /// What holds now, at most `current_for` old; older while it cannot be read.
    pub async fn current(&self) -> Result<Arc<Current>, Unavailable> {
        let now = self.clock.now();
        let cached = self.cached();
        if let Some(cached) = &cached
            && (self.still_holds(cached)
                || cached.asked_at <= now && until(cached.asked_at, now) < self.current_for)
        {
            return Ok(cached.current.clone());
        }
        match (self.read().await, cached) {
            (Err(unavailable), Some(stale)) => {
                tracing::warn!(error = %unavailable.logged(),
                    "what holds could not be read again; what was read before is used");
                self.ask_later(&stale);
                Ok(stale.current)
            }
            (read, _) => read,
        }
    }

    /// What held at that moment or later: for whoever decides about something that came in then. An
    /// error where that cannot be read, however much is remembered.
    pub async fn current_since(&self, at: Timestamp) -> Result<Arc<Current>, Unavailable> {
        if let Some(current) = self.cached_since(at) {
            return Ok(current);
        }
        let _turn = self.turn.lock().await;
        match self.cached_since(at) {
            Some(current) => Ok(current),
            None => self.read().await,
        }
    }

    async fn read(&self) -> Result<Arc<Current>, Unavailable> {
        let (read_at, forgotten) = (self.clock.now(), self.changes.load(Ordering::SeqCst));
        let changes = self.definitions.changes();
        let current = Arc::new(self.definitions.current().await?);
        let mut cache = lock(&self.current);
        // What was read before a change must not be kept after it.
        if self.changes.load(Ordering::SeqCst) == forgotten {
            let current = current.clone();
            *cache = Some(Cached { current, read_at, asked_at: read_at, changes });
        }
        Ok(current)
    }

    /// Forgets what it knows of the present, because it was just changed.
    pub fn refresh(&self) {
        let mut cache = lock(&self.current);
        self.changes.fetch_add(1, Ordering::SeqCst);
        *cache = None;
    }

    /// A version, compiled. `Ok(None)`: it does not exist or does not compile, which a check before
    /// every apply excludes.
    pub async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<Arc<Compiled>>, Unavailable> {
        let key = (workflow.clone(), version);
        if let Some(compiled) = lock(&self.compiled).get(&key) {
            return Ok(Some(compiled.clone()));
        }
        let Some(stored) = self.definitions.version(workflow, version).await? else {
            return Ok(None);
        };
        let tree = match Workflow::parse(workflow, &stored.source) {
            Ok(tree) => tree,
            Err(problems) => {
                tracing::error!(workflow.id = %workflow, workflow.version = version,
                    problem = problems.first().map(ToString::to_string),
                    "an applied version can no longer be read");
                return Ok(None);
            }
        };
        let stored = with_connections(stored, &tree);
        let compiled = Arc::new(Compiled { version: stored, workflow: tree });
        let mut cache = lock(&self.compiled);
        if cache.len() >= COMPILED_MAX {
            cache.clear();
        }
        cache.insert(key, compiled.clone());
        Ok(Some(compiled))
    }

    /// The versions that these runs keep to, each found once, where it can be read.
    pub async fn versions_of<'a>(
        &self,
        runs: impl IntoIterator<Item = &'a Run>,
    ) -> BTreeMap<(WorkflowId, u32), Arc<Compiled>> {
        let kept: BTreeSet<_> =
            runs.into_iter().map(|run| (run.workflow.clone(), run.version)).collect();
        let found = join_all(kept.into_iter().map(|key| async {
            let compiled = self.version(&key.0, key.1).await.ok().flatten()?;
            Some((key, compiled))
        }));
        found.await.into_iter().flatten().collect()
    }

    /// Whoever waited for a store that hangs spares the next ones the same. What was read or forgotten
    /// meanwhile stays as it is.
    fn ask_later(&self, stale: &Cached) {
        if let Some(cached) = &mut *lock(&self.current)
            && Arc::ptr_eq(&cached.current, &stale.current)
        {
            cached.asked_at = self.clock.now();
        }
    }

    /// Whether the definitions themselves say that nothing was changed since.
    fn still_holds(&self, cached: &Cached) -> bool {
        cached.changes.is_some() && cached.changes == self.definitions.changes()
    }

    fn cached(&self) -> Option<Cached> {
        lock(&self.current).clone()
    }

    fn cached_since(&self, at: Timestamp) -> Option<Arc<Current>> {
        // What was read in the future was read before the clock stepped back.
        let is_new = |cached: &Cached| at <= cached.read_at && cached.read_at <= self.clock.now();
        let holds = |cached: &Cached| self.still_holds(cached) || is_new(cached);
        let cached = self.cached().filter(holds)?;
        Some(cached.current)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is inside is replaced whole, so a panic elsewhere cannot have left half of it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plans that were stored before they named their connection get it from the workflow.
pub(crate) fn with_connections(
    mut version: WorkflowVersion,
    workflow: &Workflow,
) -> WorkflowVersion {
    for plan in &mut version.steps {
        if let Some(work) = plan.work.action_mut()
            && work.via.is_none()
        {
            let step = workflow.step(&plan.path).and_then(Step::action);
            work.via = step.map(|action| action.via.clone());
        }
    }
    version
}

#[cfg(test)]
mod tests;
