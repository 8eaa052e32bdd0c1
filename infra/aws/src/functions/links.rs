//! Links by which people decide approvals.
//!
//! Invariant: it can read runs, record a decision and wake the step that asked, and nothing else.

use super::Parts;
use crate::journal::DecidingJournal;
use crate::links::StageLinkKeys;
use lambda_runtime::Error;
use std::sync::Arc;
use tradewind_api::links::{Links, router};
use tradewind_platform::people::Deciding;

pub(super) async fn serve(parts: Parts) -> Result<(), Error> {
    let parts = parts.fail_fast()?;
    let journal = DecidingJournal::new(parts.store.clone(), parts.queues()?);
    let deciding = Deciding {
        runs: Arc::new(parts.store.clone()),
        journal: Arc::new(journal),
        clock: parts.clock.clone(),
    };
    let keys = StageLinkKeys::new(&parts.clients, &parts.stage, parts.clock.clone());
    lambda_http::run(router(Arc::new(Links { deciding, keys: Arc::new(keys) }))).await
}
