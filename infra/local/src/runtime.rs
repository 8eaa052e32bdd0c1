//! Tradewind as one process: everything is put together here, started, and stopped in an orderly
//! way.

mod address;
mod parts;

pub use crate::private::{API_FILE, TOKEN_FILE};
pub use address::ApiAddress;
pub use parts::Parts;

use crate::gateway::{self, ListenerLimits, SharedBodyBudget, router};
use crate::secrets::LocalSecrets;
use crate::store::{OpenError, Store};
use crate::tokens::{self, LocalGrants};
use crate::work::alarm::{Watching, keep_watching};
use crate::work::clock_steps::ClockSteps;
use crate::work::health::Health;
use crate::work::in_flight::InFlight;
use crate::work::progress::Progress;
use crate::work::sweeper::{Sweeper, keep_sweeping};
use crate::work::workers::{self, LARGE_KIB_MAX, Loops};
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tradewind_api::Api;
use tradewind_api::access::{HostName, OwnHosts};
use tradewind_api::hooks::{Hooks, Pace, Rows};
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ports::{Clock, Http};
use tradewind_engine::protocol::Times;
use tradewind_platform::apply::{Applied, NotApplied, ProjectFiles, apply};
use tradewind_platform::endpoints::{Endpoint, endpoints};
use tradewind_platform::receive::Receiving;
use tradewind_system::{GuardedHttp, SystemClock};

/// The longest body of a webhook.
const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;
/// The longest attempt ends within this; what is still at work then is left to the next start.
const STOP_WITHIN: Duration = Duration::from_secs(55);

/// How often it is looked at whether the database is still in its place.
const LOOK_AT_PLACE_EVERY: Duration = Duration::from_secs(1);

/// How to run.
pub struct Options {
    /// The project to apply; its `env` is what `${{ env.… }}` may name.
    pub files: ProjectFiles,
    /// The project folder: where file connections write.
    pub dir: PathBuf,
    /// Where the data is kept.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The hosts that the operator allowed besides those of the providers.
    pub allowed_hosts: AllowedHosts,
    /// Other host names by which the API may be asked.
    pub api_hosts: Vec<HostName>,
    /// The environment of the process, for `TRADEWIND_SECRET_…`.
    pub environment: BTreeMap<String, String>,
}

/// What is around the process.
pub struct Outside {
    /// The way to the services.
    pub http: Arc<dyn Http>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Why the process could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The project has problems, or could not be applied.
    #[error(transparent)]
    NotApplied(#[from] NotApplied),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; if the port is taken, choose another with --port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file in the data directory cannot be written.
    #[error("cannot use {}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The secrets are not safe where they are.
    #[error(transparent)]
    Secrets(#[from] crate::secrets::Error),
    /// The HTTP client cannot be made.
    #[error("{0}")]
    Http(String),
}

/// A running process.
pub struct Runtime {
    /// Where it listens.
    pub url: String,
    /// What the start applied.
    pub applied: Applied,
    /// The address under which the outside reaches it, where the project names one.
    pub public_url: Option<String>,
    /// Where webhooks come in.
    pub endpoints: Vec<Endpoint>,
    /// What it is made of.
    pub parts: Arc<Parts>,
    stop: watch::Sender<bool>,
    // Each task gives its name when it ends.
    workers: JoinSet<String>,
    server: JoinSet<String>,
    timers: JoinSet<String>,
    address: ApiAddress,
}

impl Runtime {
    /// Applies the folder and starts to serve.
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        let http = GuardedHttp::new(options.allowed_hosts.clone());
        let http = http.map_err(|error| StartError::Http(error.to_string()))?;
        let outside = Outside { http: Arc::new(http), clock: Arc::new(SystemClock) };
        Self::start_with(options, outside).await
    }

    /// The same with another network or another time around it.
    pub async fn start_with(options: &Options, outside: Outside) -> Result<Self, StartError> {
        let Outside { http, clock } = outside;
        let store = Store::open(&options.data_dir, clock.clone())?;
        let address = SocketAddr::new(options.listen, options.port);
        let listening = TcpListener::bind(address).await;
        let listener = listening.map_err(|source| StartError::Listen { address, source })?;
        let bound =
            listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
        let token = options.data_dir.join(TOKEN_FILE);
        tokens::ensure(&token).map_err(|source| StartError::Access { path: token, source })?;
        let secrets = Arc::new(LocalSecrets::new(&options.data_dir, &options.environment));
        secrets.check_key()?;
        let parts = Arc::new(Parts::new(store, secrets, http, options, clock));
        let applied = apply(&parts.applying(), &options.files, None).await?;
        let url = format!("http://{bound}");
        let (stop, stopping) = watch::channel(false);
        let progress = Arc::new(Progress::default());
        let in_flight = Arc::new(InFlight::new(parts.limits.clone()));
        let (store, clock) = (parts.store.clone(), parts.clock.clone());
        let health = Arc::new(Health::new(store, progress.clone(), in_flight.clone(), clock));
        let loops = Loops {
            store: parts.store.clone(),
            clock: parts.clock.clone(),
            times: Times::STANDARD,
            progress,
            in_flight,
            large_kib: Arc::new(Semaphore::new(LARGE_KIB_MAX as usize)),
            stop: stopping.clone(),
        };
        let executing = Arc::new(parts.executing());
        let workers = workers::start(&loops, Arc::new(parts.dispatching()), executing.clone());
        let clock_steps = ClockSteps::since_last_write(&parts.store).await;
        let watching = Watching {
            store: parts.store.clone(),
            health: health.clone(),
            executing,
            clock_steps: Mutex::new(clock_steps.map_err(NotApplied::Unavailable)?),
        };
        let hosts = OwnHosts::new(options.listen, options.api_hosts.clone());
        let api = Arc::new(parts.api(LocalGrants::in_folder(&options.data_dir), hosts));
        let mut timers = JoinSet::new();
        let sweeper = Sweeper {
            sweeping: parts.sweeping(),
            advancing: parts.acting().advancing(),
            health: health.clone(),
            store: parts.store.clone(),
            api: api.clone(),
        };
        timers.spawn(keep_sweeping(sweeper));
        timers.spawn(keep_watching(watching));
        let current = parts.deployed.current().await.map_err(NotApplied::Unavailable)?;
        let endpoints = endpoints(&current, &parts.catalog, &*parts.secrets).await;
        let public_url = current.project.as_ref().and_then(|project| project.public_url.clone());
        // Whoever hears that it is healthy must find it.
        let address = ApiAddress::publish(&options.data_dir, bound, parts.store.start())?;
        let mut server = JoinSet::new();
        server.spawn(serve(listener, &parts, api, health, stopping));
        Ok(Self {
            url,
            applied,
            public_url,
            endpoints,
            parts,
            stop,
            workers,
            server,
            timers,
            address,
        })
    }

    /// Takes nothing new, finishes what is at work, and ends; then the data directory is free for
    /// the next process. Nothing is lost if it takes too long: the next start takes up what was left.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.address.withdraw();
        // Who is only aborted may still hold the store.
        self.timers.shutdown().await;
        let clock = self.parts.clock.clone();
        let ended = async {
            while self.workers.join_next().await.is_some() {}
            while self.server.join_next().await.is_some() {}
        };
        let is_late = tokio::select! {
            () = ended => false,
            () = clock.sleep(STOP_WITHIN) => true,
        };
        if is_late {
            tracing::warn!("some work was not finished in time; the next start takes it up");
            self.workers.shutdown().await;
            self.server.shutdown().await;
        }
    }

    /// Returns, with the reason, when a part has ended that has to go on for as long as the process
    /// does. Nothing brings it back: the process should end, be seen, and be started again.
    pub async fn ended(&mut self) -> String {
        let joined = tokio::select! {
            Some(joined) = self.workers.join_next() => joined,
            Some(joined) = self.timers.join_next() => joined,
            Some(joined) = self.server.join_next() => joined,
            () = self.parts.store.ended() => Ok("the thread that writes to the database".to_owned()),
            reason = displaced(&self.parts) => return reason,
        };
        let part = joined.unwrap_or_else(|_| "a task that panicked".to_owned());
        format!("{part} has ended, which is a bug; nothing that was accepted is lost")
    }
}

/// Returns when the database is not where it was: what is accepted from then on would be lost.
async fn displaced(parts: &Parts) -> String {
    loop {
        if let Err(unavailable) = parts.store.check_place() {
            return unavailable.reason;
        }
        parts.clock.sleep(LOOK_AT_PLACE_EVERY).await;
    }
}

fn serve(
    listener: TcpListener,
    parts: &Arc<Parts>,
    api: Arc<Api>,
    health: Arc<Health>,
    mut stopping: watch::Receiver<bool>,
) -> impl Future<Output = String> + use<> {
    let receiving = Receiving {
        deployed: parts.deployed.clone(),
        secrets: parts.secrets.clone(),
        bus: Arc::new(parts.store.clone()),
        clock: parts.clock.clone(),
        body_bytes_max: BODY_BYTES_MAX,
        one_large: Default::default(),
        refreshed: Mutex::new(HashMap::new()),
        unset: Mutex::default(),
    };
    let hooks = Hooks {
        receiving,
        providers: parts.catalog.providers.clone(),
        refusals: parts.refusals.clone(),
        rows: Rows::default(),
        pace: Pace::default(),
        body_budget: Arc::new(SharedBodyBudget::new(parts.clock.clone())),
        clock: parts.clock.clone(),
    };
    let app = router(Arc::new(hooks), api, health);
    async move {
        let stopped = async move {
            // An error means that the runtime is gone, which is a stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        gateway::serve(listener, app, ListenerLimits::of_this_process(), stopped).await;
        "the listener".to_owned()
    }
}
