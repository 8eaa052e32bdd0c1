//! What functions are made of. The way to the store is common to all; the rest is made by who needs it.

use crate::backlog::StageBacklog;
use crate::bus::AwsBus;
use crate::clients::Clients;
use crate::journal::{AwsJournal, Settled};
use crate::letters::Letters;
use crate::limits::SharedLimits;
use crate::queues::Queues;
use crate::secrets::StageSecrets;
use crate::stage::{Stage, StageError};
use crate::store::Store;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ports::{Clock, Ids, Secrets};
use tradewind_engine::queues::{DISPATCH_QUEUE, FLOW_QUEUE};
use tradewind_platform::deployed::Deployed;
use tradewind_platform::receive::Receiving;
use tradewind_system::{SystemClock, SystemIds};

/// The longest body of a webhook. An event of Lambda holds 6 MB, and may carry the body in base64.
const BODY_BYTES_MAX: usize = 4_400_000;
/// How long what holds may be taken from memory: an apply is seen by every function within it.
const CURRENT_FOR: Duration = Duration::from_secs(5);

/// The stage, and the way to its services.
pub(super) struct Parts {
    pub(super) stage: Stage,
    pub(super) clients: Clients,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) store: Store,
    pub(super) deployed: Arc<Deployed>,
    /// What the protocol decided about the messages in flight.
    pub(super) settled: Settled,
}

impl Parts {
    pub(super) fn new(stage: Stage) -> Result<Self, StageError> {
        let clients = Clients::new(&stage)?;
        Self::of(stage, clients)
    }

    /// The same for a function whose caller waits for a few seconds only.
    pub(super) fn fail_fast(self) -> Result<Self, StageError> {
        let clients = self.clients.fail_fast();
        Self::of(self.stage, clients)
    }

    fn of(stage: Stage, clients: Clients) -> Result<Self, StageError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::new(&clients, &stage, clock.clone())?;
        let deployed = Deployed::new(Arc::new(store.clone()), clock.clone(), CURRENT_FOR);
        Ok(Self {
            stage,
            clients,
            clock,
            ids: Arc::new(SystemIds),
            store,
            deployed: Arc::new(deployed),
            settled: Settled::default(),
        })
    }

    pub(super) fn secrets(&self) -> Result<StageSecrets, StageError> {
        StageSecrets::new(&self.clients, &self.stage, self.clock.clone())
    }

    pub(super) fn limits(&self) -> Result<Arc<SharedLimits>, StageError> {
        Ok(Arc::new(SharedLimits::new(&self.clients, &self.stage, self.ids.clone())?))
    }

    pub(super) fn queues(&self) -> Result<Queues, StageError> {
        Queues::new(&self.clients, &self.stage, self.clock.clone())
    }

    pub(super) fn bus(&self) -> Result<AwsBus, StageError> {
        let (queues, clock, ids) = (self.queues()?, self.clock.clone(), self.ids.clone());
        AwsBus::new(&self.clients, &self.stage, queues, clock, ids)
    }

    pub(super) fn letters(&self) -> Result<Letters, StageError> {
        Ok(Letters::new(self.store.clone(), self.queues()?, self.clock.clone()))
    }

    /// What the queues that lead to dead letters belong to.
    pub(super) fn queue_names(&self) -> Result<Vec<String>, StageError> {
        let served = self.stage.served()?;
        let actions = catalog().actions.into_iter().map(|action| action.id);
        let actions = actions.filter(|action| served.has_action(action)).map(|action| action.0);
        let platform = [DISPATCH_QUEUE, FLOW_QUEUE].map(str::to_owned);
        Ok(actions.chain(platform).collect())
    }

    pub(super) fn backlog(&self) -> Result<StageBacklog, StageError> {
        Ok(StageBacklog::new(self.queues()?, self.store.clone(), self.queue_names()?))
    }

    pub(super) fn journal(&self) -> Result<Arc<AwsJournal>, StageError> {
        let (store, queues, letters) = (self.store.clone(), self.queues()?, self.letters()?);
        let (deployed, settled) = (self.deployed.clone(), self.settled.clone());
        let journal = AwsJournal::new(store, queues, self.bus()?, letters, deployed, settled);
        Ok(Arc::new(journal))
    }

    pub(super) fn receiving(&self, secrets: Arc<dyn Secrets>) -> Result<Receiving, StageError> {
        Ok(Receiving {
            deployed: self.deployed.clone(),
            secrets,
            bus: Arc::new(self.bus()?),
            clock: self.clock.clone(),
            body_bytes_max: BODY_BYTES_MAX,
            one_large: Default::default(),
            refreshed: Mutex::new(HashMap::new()),
            unset: Mutex::default(),
        })
    }
}
