//! Tokens of the stage's API: the one that the stack made, in Secrets Manager, and those that people
//! named, each a parameter of the Systems Manager that holds its digest.
//!
//! Invariant: a token that was removed or replaced opens nothing after a minute, in every process; while
//! its store does not answer, after [`cached::STALE_MAX`] at the latest.

mod cached;

use self::cached::CachedGrants;
use crate::clients::{Clients, unavailable};
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_api::access::{Grant, Grants, ReadableGrants, StoredGrant, TokenName};
use tradewind_engine::ports::{Clock, Unavailable};
use tradewind_engine::stored::read_stored;
use tradewind_stack::naming;

/// More pages than anybody has tokens for; one holds ten.
const PAGES_MAX: usize = 50;

/// The tokens of the stage, those that were read lately from memory.
pub struct StageGrants {
    secrets_manager: aws_sdk_secretsmanager::Client,
    ssm: aws_sdk_ssm::Client,
    secret: String,
    path: String,
    clock: Arc<dyn Clock>,
    kept: Mutex<[CachedGrants; 2]>,
}

impl StageGrants {
    /// Those of the stage. Somebody waits for the answer, so their stores are asked in haste.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let clients = clients.fail_fast();
        Ok(Self {
            secrets_manager: clients.secrets_manager(),
            ssm: clients.ssm(),
            secret: stage.api_token_secret()?.to_owned(),
            path: naming::tokens(stage.name()?),
            clock,
            kept: Mutex::new([CachedGrants::of("Secrets Manager"), CachedGrants::of("SSM")]),
        })
    }

    async fn own(&self) -> Result<Vec<Grant>, Unavailable> {
        let read = self.secrets_manager.get_secret_value().secret_id(&self.secret).send().await;
        let read = read.map_err(|failed| unavailable("Secrets Manager", &failed))?;
        let token = read.secret_string().unwrap_or_default().trim();
        Ok(Grant::own(TokenName::stack(), token).into_iter().collect())
    }

    async fn named(&self) -> Result<Vec<Grant>, Unavailable> {
        let mut grants = Vec::new();
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let get = self.ssm.get_parameters_by_path().path(&self.path).set_next_token(next);
            let page = get.send().await.map_err(|failed| unavailable("SSM", &failed))?;
            let found = page.parameters.unwrap_or_default();
            let found = found.iter().map(|one| (one.name(), one.value()));
            grants.extend(found.filter_map(|(name, value)| grant(name?, value?)));
            next = page.next_token;
            if next.is_none() {
                return Ok(grants);
            }
        }
        let reason = format!("there are too many tokens below {}", self.path);
        Err(Unavailable { service: "SSM", reason })
    }
}

#[async_trait]
impl Grants for StageGrants {
    async fn known(&self) -> ReadableGrants {
        let now = self.clock.now();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let [own, named] = kept().each_ref().map(|kept| kept.is_due(now));
        let read =
            futures::join!(async { if own { Some(self.own().await) } else { None } }, async {
                if named { Some(self.named().await) } else { None }
            },);
        let mut kept = kept();
        let [own, named] = &mut *kept;
        own.update(read.0, now);
        named.update(read.1, now);
        let grants: Vec<Grant> = kept.iter().flat_map(CachedGrants::grants).cloned().collect();
        let unread = kept.iter().find_map(CachedGrants::failure);
        ReadableGrants { grants: Arc::from(grants), unread }
    }
}

/// The token that a parameter holds. One that cannot be understood opens nothing.
fn grant(parameter: &str, value: &str) -> Option<Grant> {
    let name = parameter.rsplit('/').next().unwrap_or_default();
    let understood = match (TokenName::new(name), read_stored::<StoredGrant>(value.as_bytes())) {
        (Ok(name), Ok(stored)) => Ok(Grant::stored(name, stored)),
        (Err(error), _) => Err(error.to_string()),
        (_, Err(error)) => Err(error.to_string()),
    };
    let understood = understood.inspect_err(|reason| {
        tracing::warn!(parameter, reason, "a token of the API cannot be read, and opens nothing");
    });
    understood.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(v: u32, scope: &str) -> String {
        format!(r#"{{"v":{v},"scope":"{scope}","sha256":"{}"}}"#, "0a".repeat(32))
    }

    #[test]
    fn a_parameter_that_is_not_understood_opens_nothing() {
        let path = "/tradewind/live/tokens/ci";
        assert_eq!(grant(path, &value(1, "act")).unwrap().name.as_str(), "ci");
        let newer = value(2, "act");
        let unknown = value(1, "act").replace('{', r#"{"only_from":"192.0.2.1","#);
        for value in ["", "x", "{}", &newer, &value(1, "all"), &unknown] {
            assert!(grant(path, value).is_none(), "{value}");
        }
        for name in ["stack", "local", "token", "CI", ""] {
            let path = format!("/tradewind/live/tokens/{name}");
            assert!(grant(&path, &value(1, "act")).is_none(), "{name}");
        }
    }
}
