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
    refused: Mutex<BTreeMap<String, Timestamp>>,
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

    /// When a refused delivery was last kept, by the provider whose endpoint it came to.
    pub(super) fn refused(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
