//! Any HTTP API that has no connector of its own, one call at a time.
//!
//! Invariant: what a step says leads nowhere but below the connection's address, and redirects are never followed.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc9110#section-9>; the key of a call as the header that services know
//! calls by: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

mod answer;
mod request;
mod settings;

use crate::action::{Cx, Effect, Fulfilment, Implementation, Planned};
use crate::contract::Contract;
use crate::contracts::http::{HttpAnswer, HttpCall, HttpMethod, HttpRequest};
use crate::provider::{Address, BuiltIn, Provider, owned};
use crate::providers::answers::{AttemptEnd, harmless};
use crate::providers::idempotency::effect;
use settings::Settings;
use std::sync::Arc;
use tradewind_engine::effects::{ActionError, EffectClass};

/// Any HTTP API.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let page = "https://www.rfc-editor.org/rfc/rfc9110";
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        secrets: owned(&[
            "auth.bearer",
            "auth.basic.password",
            "auth.header.value",
            "auth.oauth.client_secret",
        ]),
        hosts: owned(&["{base_url}", "{auth.oauth.token_url}"]),
        addresses: vec![
            Address::new(None, &["base_url"], &["auth"]),
            Address::new(None, &["auth.oauth.token_url"], &["auth"]),
        ],
        ..Provider::plain("http", "HTTP", page)
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(HttpRequest::ID, http_request)];

/// `http.request`. What a second call would do depends on the method, and on whether the service knows calls by
/// their keys.
fn http_request() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, call| {
        Box::pin(request_once(cx, call))
    })
    .effect_of(effect_of)
}

/// A method that an expression says may be any.
fn effect_of(planned: &Planned<'_>) -> Effect {
    let method = (planned.with)("method").and_then(|method| serde_json::from_value(method).ok());
    let of_service = effect(planned.settings);
    Effect { class: class_of(method, of_service.class == EffectClass::Keyed), ..of_service }
}

fn class_of(method: Option<HttpMethod>, knows_keys: bool) -> EffectClass {
    match method {
        Some(method) if method.is_natural() => EffectClass::Natural,
        _ if knows_keys => EffectClass::Keyed,
        _ => EffectClass::Neither,
    }
}

async fn request_once(cx: &Cx<'_>, call: HttpCall) -> Result<HttpAnswer, ActionError> {
    let end = AttemptEnd::of(cx);
    let settings = Settings::of(cx.connection)?;
    let request = request::request(cx, &settings, &call)?;
    let sent = settings.send(cx, end, request).await;
    let response = if call.method.is_safe() { sent.map_err(harmless) } else { sent };
    let class = class_of(Some(call.method), settings.knows_keys());
    answer::read(cx, &call, class, response?)
}

#[cfg(test)]
mod tests;
