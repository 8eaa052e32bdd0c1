//! What the one listener of the process serves.

use super::parts::Parts;
use crate::gateway::{self, ListenerLimits, SharedBodyBudget, router};
use crate::work::health::Health;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tradewind_api::Api;
use tradewind_api::hooks::{Hooks, Pace, Rows};
use tradewind_api::links::Links;
use tradewind_platform::receive::Receiving;

/// The longest body of a webhook.
const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Serves until the process is to stop; gives its name when it ends.
pub(super) fn serve(
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
        takes_own: true,
        elsewhere: Vec::new(),
        refusals: parts.refusals.clone(),
        rows: Rows::default(),
        pace: Pace::default(),
        body_budget: Arc::new(SharedBodyBudget::new(parts.clock.clone())),
        clock: parts.clock.clone(),
    };
    let links = Links { deciding: api.acting.deciding(), keys: parts.link_keys.clone() };
    let app = router(Arc::new(hooks), Arc::new(links), api, health);
    async move {
        let stopped = async move {
            // An error means that the runtime is gone, which is a stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        gateway::serve(listener, app, ListenerLimits::of_this_process(), stopped).await;
        "the listener".to_owned()
    }
}
