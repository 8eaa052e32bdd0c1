//! A trigger endpoint: webhooks of one provider.
//!
//! Invariant: a service that hangs is given up on while the sender still waits, which is five seconds:
//! two for what holds, the secret or S3, two for the bus, two for each try with the queue.

use super::Parts;
use lambda_runtime::Error;
use std::sync::Arc;
use tradewind_api::hooks::{Hooks, Pace, Rows, UnboundedBudget, router};
use tradewind_connectors::provider::Provider;
use tradewind_stack::naming;

pub(super) async fn serve(parts: Parts, provider: &Arc<Provider>) -> Result<(), Error> {
    let parts = parts.fail_fast()?;
    let takes_own = provider.id == naming::OWN_TRIGGERS;
    let secrets = match takes_own {
        true => parts.secrets()?.of_trigger(provider),
        false => parts.secrets()?,
    };
    let elsewhere = if takes_own { parts.stage.triggers()? } else { Vec::new() };
    let hooks = Hooks {
        receiving: parts.receiving(Arc::new(secrets))?,
        providers: vec![provider.clone()],
        takes_own,
        elsewhere,
        refusals: Arc::new(parts.store.clone()),
        rows: Rows::default(),
        pace: Pace::default(),
        body_budget: Arc::new(UnboundedBudget),
        clock: parts.clock.clone(),
    };
    lambda_http::run(router(Arc::new(hooks))).await
}
