//! Secrets of connections: SecureStrings of the Systems Manager's parameter store, one for each, named
//! `<prefix><provider>/<name>`, so that a function may read those of the providers it serves alone. Those of a
//! project's own providers are named `<prefix>own/<function>/<provider>/<name>`: they come after the function was
//! deployed, and what it may read follows from what it does.
//!
//! Invariant: no value is shown, logged or kept for longer than the process. A value that was read lasts
//! while the store does not answer: secrets are replaced now and then, and runs go on.

mod cached;

use self::cached::CachedSecret;
use crate::clients::{Clients, unavailable};
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tradewind_connectors::action::Action;
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{Clock, SecretText, Secrets, Unavailable};
use tradewind_stack::naming;

/// The secrets of the stage, those that were read lately from memory.
pub struct StageSecrets {
    ssm: aws_sdk_ssm::Client,
    prefix: String,
    clock: Arc<dyn Clock>,
    own: Option<OwnFolder>,
    kept: Mutex<BTreeMap<String, CachedSecret>>,
}

/// Where a function finds the secrets of providers that are not in the catalog.
struct OwnFolder {
    /// The function, by the queue that feeds it or its own name.
    function: String,
    /// The providers that are in the catalog.
    catalog: BTreeSet<String>,
}

impl StageSecrets {
    /// The secrets of the stage.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let prefix = stage.secrets_prefix()?.to_owned();
        Ok(Self { ssm: clients.ssm(), prefix, clock, own: None, kept: Mutex::default() })
    }

    /// The same for a function that does this action: those of the project's own providers too.
    #[must_use]
    pub fn of_action(self, action: &Action) -> Self {
        let function = naming::queue(action.id.as_str());
        let catalog = action.providers().map(str::to_owned).collect();
        Self { own: Some(OwnFolder { function, catalog }), ..self }
    }

    /// The same for the function that takes the webhooks of this provider and of the project's own.
    #[must_use]
    pub fn of_trigger(self, provider: &Provider) -> Self {
        let (function, catalog) =
            (naming::trigger_bin(&provider.id), BTreeSet::from([provider.id.clone()]));
        Self { own: Some(OwnFolder { function, catalog }), ..self }
    }

    fn parameter(&self, provider: &ProviderId, name: &str) -> String {
        let prefix = &self.prefix;
        match &self.own {
            Some(own) if !own.catalog.contains(provider.as_str()) => {
                format!("{prefix}{}/{name}", naming::own_provider(&own.function, provider.as_str()))
            }
            _ => format!("{prefix}{provider}/{name}"),
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, CachedSecret>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, parameter: &str) -> Result<Option<SecretText>, Unavailable> {
        let get = self.ssm.get_parameter().name(parameter).with_decryption(true);
        match get.send().await {
            Ok(got) => {
                let value = got.parameter.and_then(|parameter| parameter.value);
                Ok(value.map(|value| SecretText::from(trimmed(value))))
            }
            Err(failed)
                if failed.as_service_error().is_some_and(|e| e.is_parameter_not_found()) =>
            {
                Ok(None)
            }
            Err(failed) => Err(unavailable("SSM", &failed)),
        }
    }
}

#[async_trait]
impl Secrets for StageSecrets {
    async fn read(
        &self,
        provider: &ProviderId,
        name: &str,
        fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        let parameter = self.parameter(provider, name);
        let now = self.clock.now();
        if let Some(kept) = self.kept().get(&parameter).filter(|kept| kept.lasts(fresh, now)) {
            return Ok(kept.value.clone());
        }
        let asked = self.ask(&parameter).await;
        let mut all = self.kept();
        match asked {
            Ok(value) => {
                let before = all.get(&parameter);
                let kept = CachedSecret::read(value.clone(), before, fresh, now);
                all.insert(parameter, kept);
                Ok(value)
            }
            Err(error) => {
                let kept = all.get_mut(&parameter).filter(|kept| kept.value.is_some());
                let Some(kept) = kept else { return Err(error) };
                tracing::warn!(
                    provider.id = %provider, secret = name, error = %error.logged(),
                    "a secret could not be read again; the value read before is used"
                );
                kept.could_not_be_read(now);
                Ok(kept.value.clone())
            }
        }
    }
}

/// A file that holds a secret mostly ends with a line break, which is no part of the secret.
fn trimmed(mut value: String) -> String {
    value.truncate(value.trim_end_matches(['\r', '\n']).len());
    value
}
