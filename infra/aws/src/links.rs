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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::canned::Canned;
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicU16, Ordering};
    use tradewind_memory::VirtualClock;

    /// The keys of a stage whose store answers with that status.
    struct Given {
        keys: StageLinkKeys,
        canned: Canned,
        clock: VirtualClock,
        status: Arc<AtomicU16>,
    }

    fn given(variables: &[(&str, &str)], answer: Value) -> Given {
        let status = Arc::new(AtomicU16::new(200));
        let answered = status.clone();
        let canned = Canned::new(move |_, _| (answered.load(Ordering::Relaxed), answer.clone()));
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let clock = VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap());
        let stage = Stage::new(variables);
        let keys = StageLinkKeys::new(&canned.clients(), &stage, Arc::new(clock.clone()));
        Given { keys, canned, clock, status }
    }

    const NAMED: [(&str, &str); 1] = [("LINKS_KEY_SECRET", "links")];

    impl Given {
        async fn key(&self) -> Result<String, String> {
            let key = self.keys.link_key().await;
            key.map(|key| key.expose_secret().to_owned()).map_err(|error| error.to_string())
        }

        fn pass(&self, length: Duration) {
            self.clock.advance_to(after(self.clock.now(), length));
        }
    }

    #[tokio::test]
    async fn the_key_is_kept_for_a_while_and_longer_where_it_cannot_be_read() {
        let given = given(&NAMED, json!({ "SecretString": " sealed \n" }));
        for _ in 0..2 {
            assert_eq!(given.key().await, Ok("sealed".to_owned()));
        }
        assert_eq!(given.canned.asked().len(), 1);
        given.pass(KEPT_FOR);
        assert_eq!(given.key().await, Ok("sealed".to_owned()));
        assert_eq!(given.canned.asked().len(), 2);
        given.status.store(500, Ordering::Relaxed);
        given.pass(KEPT_FOR);
        assert_eq!(given.key().await, Ok("sealed".to_owned()), "what was sent stays good");
    }

    #[tokio::test]
    async fn without_a_key_there_are_no_links() {
        let unnamed = given(&[], json!({ "SecretString": "sealed" }));
        let reason = "Secrets Manager is unavailable: this function makes no links for people";
        assert_eq!(unnamed.key().await, Err(reason.to_owned()));
        assert_eq!(unnamed.canned.asked(), []);
        let empty = given(&NAMED, json!({ "SecretString": "  " }));
        let reason = "Secrets Manager is unavailable: the secret with the key of links is empty";
        assert_eq!(empty.key().await, Err(reason.to_owned()));
        let away = given(&NAMED, json!({}));
        away.status.store(500, Ordering::Relaxed);
        assert!(away.key().await.is_err());
    }
}
