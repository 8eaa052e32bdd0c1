//! The API's view of secrets: none.

use async_trait::async_trait;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{SecretText, Secrets, Unavailable};

/// Says that secrets cannot be read: whoever holds the API's token must not come near them.
pub(super) struct HiddenSecrets;

#[async_trait]
impl Secrets for HiddenSecrets {
    async fn read(
        &self,
        _provider: &ProviderId,
        _name: &str,
        _fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        let reason =
            "the API may not read secrets; `tradewind secret` prints the command that does";
        Err(Unavailable::new("secrets", reason.to_owned()))
    }
}
