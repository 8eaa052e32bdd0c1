//! The key of links that are given to people.

use super::{SecretText, Unavailable};
use async_trait::async_trait;

/// Where the key is kept by which links are made and known again.
#[async_trait]
pub trait LinkKeys: Send + Sync {
    /// The key.
    async fn link_key(&self) -> Result<SecretText, Unavailable>;
}
