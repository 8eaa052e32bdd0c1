//! A key of links for tests: always the same.

use async_trait::async_trait;
use tradewind_engine::ports::{LinkKeys, SecretText, Unavailable};

/// A key that everybody knows.
#[derive(Clone, Copy, Debug)]
pub struct FixedLinkKey;

#[async_trait]
impl LinkKeys for FixedLinkKey {
    async fn link_key(&self) -> Result<SecretText, Unavailable> {
        Ok(SecretText::from("a key for tests"))
    }
}
