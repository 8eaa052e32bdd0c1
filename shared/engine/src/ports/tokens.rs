//! OAuth access tokens, shared by everybody who works for the same connection.

use super::{SecretText, Unavailable};
use crate::time::Timestamp;
use async_trait::async_trait;

/// Whose token it is: the connection, and a digest of the credentials that it was made with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey(pub String);

/// An access token.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub value: SecretText,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Shared tokens. Whoever wins the lease renews; the others wait for what the winner stores.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The stored token, whether or not it has expired.
    async fn read(&self, key: &TokenKey) -> Result<Option<Token>, Unavailable>;
    /// Takes the right to renew until `until`; false while somebody else holds it at `now`.
    async fn lease(
        &self,
        key: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable>;
    /// Stores a renewed token and gives the lease back.
    async fn store(&self, key: &TokenKey, token: Token) -> Result<(), Unavailable>;
    /// Gives the lease back after a renewal that failed.
    async fn release(&self, key: &TokenKey) -> Result<(), Unavailable>;
}
