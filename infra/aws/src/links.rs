//! The key of the links that are given to people: a secret that the stack made.

use crate::clients::{Clients, unavailable};
use crate::stage::Stage;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tradewind_engine::ports::{Clock, LinkKeys, SecretText, Unavailable};
use tradewind_engine::time::{Timestamp, after};

/// How long the key is taken from memory.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// The key of the stage, where the function may read it.
pub struct StageLinkKeys {
    secrets_manager: aws_sdk_secretsmanager::Client,
    /// The secret; of a function that makes and takes no links there is none.
    secret: Option<String>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(SecretText, Timestamp)>>,
}

impl StageLinkKeys {
    /// The key of the stage.
    pub fn new(clients: &Clients, stage: &Stage, clock: Arc<dyn Clock>) -> Self {
        let secret = stage.links_key_secret().map(str::to_owned);
        Self { secrets_manager: clients.secrets_manager(), secret, clock, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Option<(SecretText, Timestamp)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self) -> Result<SecretText, Unavailable> {
        let of = "Secrets Manager";
        let Some(secret) = &self.secret else {
            let reason = "this function makes no links for people";
            return Err(Unavailable::new(of, reason.to_owned()));
        };
        let read = self.secrets_manager.get_secret_value().secret_id(secret).send().await;
        let read = read.map_err(|failed| unavailable(of, &failed))?;
        let key = read.secret_string().map(str::trim).filter(|key| !key.is_empty());
        let missing =
            || Unavailable::new(of, "the secret with the key of links is empty".to_owned());
        key.map(SecretText::from).ok_or_else(missing)
    }
}

#[async_trait]
impl LinkKeys for StageLinkKeys {
    async fn link_key(&self) -> Result<SecretText, Unavailable> {
        let now = self.clock.now();
        let kept = self.kept().clone();
        if let Some((key, _)) = kept.as_ref().filter(|(_, until)| now < *until) {
            return Ok(key.clone());
        }
        match (self.ask().await, kept) {
            (Ok(key), _) => {
                *self.kept() = Some((key.clone(), after(now, KEPT_FOR)));
                Ok(key)
            }
            // Links that were sent stay good while the store does not answer.
            (Err(unavailable), Some((key, _))) => {
                tracing::warn!(error = %unavailable.logged(), "the key of links is taken from memory");
                Ok(key)
            }
            (Err(unavailable), None) => Err(unavailable),
        }
    }
}
