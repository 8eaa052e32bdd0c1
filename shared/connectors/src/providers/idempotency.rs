//! What a connection says of a service that nobody here knows: whether it does something once that comes twice.

use crate::action::Effect;
use crate::settings::GivenSettings;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::workflows::parse_duration;

/// How long a key is taken to be remembered where the connection does not say.
const KEY_WINDOW: &str = "24h";

/// By what the service knows that it has done something.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Idempotency {
    /// By the key in a header.
    Key,
}

/// What stands where nothing is said.
pub(super) fn standard_window() -> String {
    KEY_WINDOW.to_owned()
}

/// The length of time that is written there, or that it is none.
pub(super) fn check_window(written: &str) -> Result<(), ActionError> {
    match parse_duration(written) {
        Some(_) => Ok(()),
        None => Err(ActionError::needs_repair(
            "setting_invalid: idempotency_window is no length of time such as 24h",
        )),
    }
}

/// What a second call would do: nothing where the connection says `idempotency: key`, for as long as the service
/// remembers it; not at all where that cannot be read.
pub(super) fn effect(settings: &GivenSettings) -> Effect {
    if settings.setting("idempotency").and_then(Value::as_str) != Some("key") {
        return Effect { class: EffectClass::Neither, key_window: None };
    }
    let window: Option<Duration> = match settings.setting("idempotency_window") {
        None => parse_duration(KEY_WINDOW),
        Some(window) => window.as_str().and_then(parse_duration),
    };
    Effect { class: EffectClass::Keyed, key_window: Some(window.unwrap_or_default()) }
}
