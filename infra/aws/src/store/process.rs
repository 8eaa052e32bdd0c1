//! What one process remembers beside the tables.
//!
//! Invariant: nothing in here is needed: a process that has just started asks the tables instead.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::{Token, TokenKey};
use tradewind_engine::time::Timestamp;

#[derive(Default)]
pub(super) struct Process {
    number: AtomicU64,
    tokens: Mutex<BTreeMap<TokenKey, Token>>,
    refused: Mutex<BTreeMap<(String, String), LastRefused>>,
}

/// Refusals of one endpoint and code.
#[derive(Default)]
pub(super) struct LastRefused {
    /// When one was last kept.
    pub(super) kept_at: Option<Timestamp>,
    /// How many came since.
    pub(super) count: u64,
    /// When the first of them came.
    pub(super) since: Option<Timestamp>,
}

impl Process {
    /// Counts up: things of one moment that one process keeps stay in their order.
    pub(super) fn number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// The access tokens that this process has seen.
    pub(super) fn tokens(&self) -> MutexGuard<'_, BTreeMap<TokenKey, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was refused last, by endpoint and code: names that strangers make up are none.
    pub(super) fn refused(&self) -> MutexGuard<'_, BTreeMap<(String, String), LastRefused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
