//! Telling people: the message goes through the connection that `alerts:` names.

use crate::connections::{connect, stored};
use crate::execute::Executing;
use crate::own_providers::OwnProviders;
use crate::scrub::scrubbed;
use futures::FutureExt;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use tradewind_connectors::action::{Action, Cx, put_off};
use tradewind_engine::definitions::StoredAlerts;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::{RunId, StepPath};

/// The longest that telling may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(20);

/// A longer subject is cut; the text holds all of it.
const SUBJECT_CHARACTERS_MAX: usize = 150;

/// Tells `text`; the same `key` is told once where the provider allows it. `Ok(false)`: the project
/// names nobody to tell.
pub async fn alert(ports: &Executing, key: &str, text: &str) -> Result<bool, ActionError> {
    let current = ports.deployed.current().await.map_err(|unavailable| put_off(&unavailable))?;
    let Some(alerts) = current.project.as_ref().and_then(|project| project.alerts.as_ref()) else {
        return Ok(false);
    };
    let stored = stored(&current, &alerts.via).map_err(|unusable| needs_repair(&unusable))?;
    let provider = stored.provider.as_str();
    let own = ports.deployed.own_providers(&current).await;
    let own = own.map_err(|unavailable| put_off(&unavailable))?;
    let (action, input) = means(&ports.actions, &own, provider, alerts, &printable(text))?;
    let implementation = own
        .implementation(action, provider)
        .ok_or_else(|| ActionError::needs_repair("alerts: the connection cannot tell anybody"))?;
    let secrets = &*ports.secrets;
    let connection = connect(&alerts.via, stored, &implementation.provider, secrets, false).await;
    let connection = connection.map_err(|unusable| needs_repair(&unusable))?;
    let (run, step) = (RunId("alerts".to_owned()), StepPath(key.to_owned()));
    let cx = Cx {
        connection: &connection,
        run: &run,
        step: &step,
        idempotency_key: key,
        timeout: TIMEOUT,
        http: &*ports.http,
        tokens: &*ports.tokens,
        outbox: &*ports.outbox,
        files: &*ports.files,
        clock: &*ports.clock,
        ids: &*ports.ids,
    };
    let told = AssertUnwindSafe(implementation.perform(&cx, input)).catch_unwind().await;
    let told =
        told.unwrap_or_else(|_| Err(ActionError::unknown("the action panicked: this is a bug")));
    told.map(|_| true).map_err(|error| scrubbed(error, &connection))
}

fn means<'a>(
    actions: &'a [Action],
    own: &OwnProviders,
    provider: &str,
    alerts: &StoredAlerts,
    text: &str,
) -> Result<(&'a Action, Value), ActionError> {
    let serves = |id: &str| {
        actions
            .iter()
            .find(|one| one.id.as_str() == id && own.implementation(one, provider).is_some())
    };
    if let Some(chat) = serves("chat.post") {
        return Ok((chat, json!({ "text": text })));
    }
    match (serves("email.send"), &alerts.to) {
        (Some(email), Some(to)) => {
            let subject = text.lines().next().unwrap_or("Tradewind needs you");
            let subject: String = subject.chars().take(SUBJECT_CHARACTERS_MAX).collect();
            Ok((email, json!({ "to": to, "subject": subject, "text": text })))
        }
        (Some(_), None) => Err(ActionError::needs_repair("alerts: `to` is missing")),
        (None, _) => Err(ActionError::needs_repair("alerts: the connection cannot tell anybody")),
    }
}

/// An alert holds what others said. Nothing in it may make the message one that is refused: it would
/// never be told, and neither would those behind it.
fn printable(text: &str) -> String {
    let is_shown = |character: char| character == '\n' || !character.is_control();
    text.chars().map(|character| if is_shown(character) { character } else { ' ' }).collect()
}

fn needs_repair(unusable: &crate::connections::Unusable) -> ActionError {
    ActionError::needs_repair(unusable.to_string())
}

#[cfg(test)]
mod tests;
