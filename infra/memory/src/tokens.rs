//! OAuth tokens in memory.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::{Token, TokenKey, Tokens, Unavailable};
use tradewind_engine::time::Timestamp;

/// Tokens that are gone with the process.
#[derive(Default)]
pub struct MemoryTokens {
    slots: Mutex<BTreeMap<TokenKey, Slot>>,
}

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    leased_until: Option<Timestamp>,
}

impl MemoryTokens {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<TokenKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Tokens for MemoryTokens {
    async fn read(&self, key: &TokenKey) -> Result<Option<Token>, Unavailable> {
        Ok(self.slots().get(key).and_then(|slot| slot.token.clone()))
    }

    async fn lease(
        &self,
        key: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        let mut slots = self.slots();
        let slot = slots.entry(key.clone()).or_default();
        let free = slot.leased_until.is_none_or(|leased_until| leased_until <= now);
        if free {
            slot.leased_until = Some(until);
        }
        Ok(free)
    }

    async fn store(&self, key: &TokenKey, token: Token) -> Result<(), Unavailable> {
        self.slots().insert(key.clone(), Slot { token: Some(token), leased_until: None });
        Ok(())
    }

    async fn release(&self, key: &TokenKey) -> Result<(), Unavailable> {
        if let Some(slot) = self.slots().get_mut(key) {
            slot.leased_until = None;
        }
        Ok(())
    }
}
