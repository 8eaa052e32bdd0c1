//! Secrets, resolved when they are needed and never shown.

use super::Unavailable;
use crate::ids::ProviderId;
use async_trait::async_trait;

/// A secret's text: it has no `Serialize`, and its `Debug` shows nothing.
pub type SecretText = secrecy::SecretString;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of that name; `None` when nobody has set it. `fresh` passes over any cache.
    async fn read(
        &self,
        provider: &ProviderId,
        name: &str,
        fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable>;
}
