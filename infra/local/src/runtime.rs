//! Tradewind as one process: everything is put together here, started, and stopped in an orderly
//! way.

mod address;
mod error;
mod listener;
mod options;
mod parts;

pub use crate::private::{API_FILE, TOKEN_FILE};
pub use address::ApiAddress;
pub use error::StartError;
pub use options::{Options, Outside};
pub use parts::Parts;

use crate::links::LocalLinkKeys;
use crate::private::LINKS_KEY;
use crate::secrets::LocalSecrets;
use crate::store::Store;
use crate::tokens::{self, LocalGrants};
use crate::work::alarm::{Watching, keep_watching};
use crate::work::clock_steps::ClockSteps;
use crate::work::health::Health;
use crate::work::in_flight::InFlight;
use crate::work::progress::Progress;
use crate::work::schedules::keep_firing;
use crate::work::sweeper::{Sweeper, keep_sweeping};
use crate::work::workers::{self, LARGE_KIB_MAX, Loops};
use listener::serve;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tradewind_api::access::OwnHosts;
use tradewind_engine::protocol::Times;
use tradewind_platform::apply::{Applied, NotApplied, apply};
use tradewind_platform::endpoints::{Endpoint, endpoints};
use tradewind_system::{GuardedHttp, SystemClock};

/// The longest attempt ends within this; what is still at work then is left to the next start.
const STOP_WITHIN: Duration = Duration::from_secs(55);

/// How often it is looked at whether the database is still in its place.
const LOOK_AT_PLACE_EVERY: Duration = Duration::from_secs(1);

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
        let link_keys = LocalLinkKeys::in_folder(&options.data_dir).map_err(|source| {
            StartError::Access { path: options.data_dir.join(LINKS_KEY), source }
        })?;
        let outside = Outside { http, clock };
        let parts = Arc::new(Parts::new(store, secrets, link_keys, outside, options));
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
        timers.spawn(keep_firing(parts.scheduling()));
        timers.spawn(keep_watching(watching));
        let current = parts.deployed.current().await.map_err(NotApplied::Unavailable)?;
        let own = parts.deployed.own_providers(&current).await.map_err(NotApplied::Unavailable)?;
        let catalog = own.within(&parts.catalog);
        let endpoints = endpoints(&current, &catalog, &*parts.secrets).await;
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
