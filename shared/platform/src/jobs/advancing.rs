//! What working on jobs takes.

use crate::deployed::Deployed;
use std::sync::Arc;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::ports::{Clock, DeadLetters, Jobs, Journal, Runs};

/// What working on jobs needs.
#[derive(Clone)]
pub struct Advancing {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The jobs.
    pub jobs: Arc<dyn Jobs>,
    /// The runs.
    pub runs: Arc<dyn Runs>,
    /// The dead letters.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Everything there is.
    pub catalog: Arc<Catalog>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}
