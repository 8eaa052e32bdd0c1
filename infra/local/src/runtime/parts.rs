//! What the process is made of, and the ports that each use case gets of it.

use super::options::{Options, Outside};
use crate::files::FolderFiles;
use crate::links::LocalLinkKeys;
use crate::secrets::LocalSecrets;
use crate::store::Store;
use crate::tokens::LocalGrants;
use std::sync::Arc;
use tradewind_api::Api;
use tradewind_api::access::{OwnHosts, Strangers};
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ports::{Clock, Files, Http, Ids, LinkKeys, Refusals, Secrets, Tokens};
use tradewind_engine::protocol::Times;
use tradewind_memory::{MemoryLimits, MemoryRefusals, MemoryTokens};
use tradewind_platform::apply::{Applying, Served};
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::execute::{Deadline, Executing};
use tradewind_platform::people::Acting;
use tradewind_platform::schedules::Scheduling;
use tradewind_platform::sweep::Sweeping;
use tradewind_system::SystemIds;

/// Everything that the use cases work with.
pub struct Parts {
    /// All that lasts.
    pub store: Store,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Everything there is.
    pub catalog: Arc<Catalog>,
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    http: Arc<dyn Http>,
    allowed_hosts: AllowedHosts,
    files: Arc<dyn Files>,
    pub(super) link_keys: Arc<dyn LinkKeys>,
    pub(super) limits: Arc<MemoryLimits>,
    pub(super) refusals: Arc<dyn Refusals>,
    // One process needs no shared tokens, and what is not on the disk cannot leak from a backup.
    tokens: Arc<dyn Tokens>,
    ids: Arc<dyn Ids>,
}

impl Parts {
    pub(super) fn new(
        store: Store,
        secrets: Arc<LocalSecrets>,
        link_keys: LocalLinkKeys,
        outside: Outside,
        options: &Options,
    ) -> Self {
        let Outside { http, clock } = outside;
        let deployed = Arc::new(Deployed::new(Arc::new(store.clone()), clock.clone(), CURRENT_FOR));
        Self {
            store,
            secrets,
            catalog: Arc::new(catalog()),
            deployed,
            clock,
            http,
            allowed_hosts: options.allowed_hosts.clone(),
            files: Arc::new(FolderFiles::new(&options.dir)),
            link_keys: Arc::new(link_keys),
            limits: Arc::new(MemoryLimits::default()),
            refusals: Arc::new(MemoryRefusals::default()),
            tokens: Arc::new(MemoryTokens::default()),
            ids: Arc::new(SystemIds),
        }
    }

    pub(super) fn applying(&self) -> Applying {
        Applying {
            deployed: self.deployed.clone(),
            definitions: Arc::new(self.store.clone()),
            catalog: self.catalog.clone(),
            allowed_hosts: self.allowed_hosts.clone(),
            served: Served::Everything,
            clock: self.clock.clone(),
        }
    }

    pub(super) fn dispatching(&self) -> Dispatching {
        Dispatching {
            deployed: self.deployed.clone(),
            journal: Arc::new(self.store.clone()),
            marks: Arc::new(self.store.clone()),
            holds: Arc::new(self.store.clone()),
            events: Arc::new(self.store.clone()),
            runs: Arc::new(self.store.clone()),
            clock: self.clock.clone(),
        }
    }

    pub(super) fn executing(&self) -> Executing {
        Executing {
            deployed: self.deployed.clone(),
            actions: Arc::new(catalog().actions),
            journal: Arc::new(self.store.clone()),
            secrets: self.secrets.clone(),
            tokens: self.tokens.clone(),
            link_keys: self.link_keys.clone(),
            limits: self.limits.clone(),
            http: self.http.clone(),
            outbox: Arc::new(self.store.clone()),
            files: self.files.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            times: Times::STANDARD,
            deadline: Deadline::default(),
        }
    }

    pub(super) fn sweeping(&self) -> Sweeping {
        Sweeping {
            deployed: self.deployed.clone(),
            runs: Arc::new(self.store.clone()),
            events: Arc::new(self.store.clone()),
            holds: Arc::new(self.store.clone()),
            outbox: Arc::new(self.store.clone()),
            journal: Arc::new(self.store.clone()),
            limits: self.limits.clone(),
            clock: self.clock.clone(),
        }
    }

    pub(super) fn scheduling(&self) -> Scheduling {
        Scheduling {
            deployed: self.deployed.clone(),
            schedules: Arc::new(self.store.clone()),
            events: Arc::new(self.store.clone()),
            bus: Arc::new(self.store.clone()),
            clock: self.clock.clone(),
        }
    }

    pub(super) fn acting(&self) -> Acting {
        Acting {
            deployed: self.deployed.clone(),
            definitions: Arc::new(self.store.clone()),
            runs: Arc::new(self.store.clone()),
            dead_letters: Arc::new(self.store.clone()),
            journal: Arc::new(self.store.clone()),
            jobs: Arc::new(self.store.clone()),
            bus: Arc::new(self.store.clone()),
            catalog: self.catalog.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        }
    }

    pub(super) fn api(&self, grants: LocalGrants, hosts: OwnHosts) -> Api {
        Api {
            acting: self.acting(),
            applying: self.applying(),
            dispatching: self.dispatching(),
            events: Arc::new(self.store.clone()),
            outbox: Arc::new(self.store.clone()),
            audit: Arc::new(self.store.clone()),
            replies: Arc::new(self.store.clone()),
            backlog: Arc::new(self.store.clone()),
            limits: self.limits.clone(),
            refusals: self.refusals.clone(),
            slots: Arc::new(self.store.clone()),
            secrets: self.secrets.clone(),
            grants: Arc::new(grants),
            hosts: Some(hosts),
            strangers: Strangers::default(),
        }
    }
}
