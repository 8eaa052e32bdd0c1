//! Webhooks to Zapier, Make, n8n or whoever waits for them, signed by the Standard Webhooks scheme.
//!
//! Invariant: the id and the bytes of the body are the same in every attempt of a step; the time is that of the attempt.
//!
//! Page: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>. It recommends
//! to receivers that they know by the id what they have had, "for 5 minutes" in its example, and forces none of them:
//! so a second call may do it twice, unless the connection says otherwise. Any 2xx is a success, whatever its body is.

use crate::action::{Cx, Fulfilment, Implementation};
use crate::contract::Contract;
use crate::contracts::WebhookSend;
use crate::contracts::webhook::{WebhookMessage, WebhookSent};
use crate::deliveries::WebhookSecrets;
use crate::deliveries::standard_webhooks::{
    ID, SIGNATURE, TIMESTAMP, key, secret_fault, signatures, signed_parts,
};
use crate::provider::{Address, BuiltIn, Provider, owned};
use crate::providers::answers::{On500, answered, judge_status, retry_after, send_request};
use crate::providers::idempotency::{Idempotency, check_window, effect, standard_window};
use crate::providers::requests::post;
use http::{HeaderValue, StatusCode};
use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tradewind_engine::digests::hex;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::hosts::web_address;
use tradewind_engine::ports::SecretText;

/// Whoever waits for webhooks.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let page = "https://www.standardwebhooks.com";
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        secrets: owned(&["url", "signing_secret"]),
        hosts: owned(&["{host}"]),
        addresses: vec![Address::new(None, &["url"], &["url", "signing_secret"])],
        ..Provider::plain("outgoing_webhook", "Outgoing webhook", page)
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] = &[(WebhookSend::ID, webhook_send)];

/// The settings of a connection.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// The address that the receiver shows: Zapier's "Catch Hook", Make's "Custom webhook", n8n's "Webhook" (the
    /// production one). Whoever knows it can send there.
    #[schemars(with = "String")]
    url: SecretText,
    /// The host in `url`, such as `hooks.zapier.com`: the only one that is called, and the one that the operator allows.
    host: String,
    /// `whsec_…`, which the receiver checks webhooks by, or a list of them while it is rotated: each signs. Left out,
    /// they go unsigned, and the receiver cannot tell who sent them.
    #[serde(default)]
    signing_secret: Option<WebhookSecrets>,
    /// `key`, where the receiver does nothing more about a webhook whose `webhook-id` it has had. Left out, one that
    /// may have arrived counts as told twice when it is sent again.
    #[serde(default)]
    idempotency: Option<Idempotency>,
    /// How long the receiver remembers an id, such as `24h`.
    #[serde(default = "standard_window")]
    idempotency_window: String,
}

/// `webhook.send`. What a second call would do depends on the receiver, of which the connection tells.
fn webhook_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, message| Box::pin(send(cx, message)))
        .effect_of(|planned| effect(planned.settings))
}

async fn send(cx: &Cx<'_>, message: WebhookMessage) -> Result<WebhookSent, ActionError> {
    let settings: Settings = cx.connection.settings()?;
    check_window(&settings.idempotency_window)?;
    settings.check_host()?;
    let keys = settings.keys()?;
    let id = webhook_id(cx.idempotency_key);
    let timestamp = cx.clock.now().as_second().to_string();
    let body = json!({ "type": message.r#type, "data": message.data });
    let mut request = post(cx, settings.url.expose_secret().to_owned(), &body);
    let mut signed = vec![(ID, id.clone()), (TIMESTAMP, timestamp.clone())];
    if !keys.is_empty() {
        let parts = signed_parts(&id, &timestamp, &request.body);
        signed.push((SIGNATURE, signatures(&keys, &parts)));
    }
    for (name, value) in signed {
        let value = HeaderValue::from_str(&value)
            .map_err(|_| ActionError::bad_data("header_injection", name))?;
        request.headers.insert(name, value);
    }
    let response = send_request(cx, request).await?;
    if response.status.is_success() {
        return Ok(WebhookSent { id });
    }
    let reason = answered(cx.connection, "the receiver", &response);
    // Nobody waits there any more: the standard has senders stop after 410, and hooks that were deleted answer 404.
    if matches!(response.status, StatusCode::NOT_FOUND | StatusCode::GONE) {
        return Err(ActionError::needs_repair(reason));
    }
    let class = match settings.idempotency {
        Some(Idempotency::Key) => EffectClass::Keyed,
        None => EffectClass::Neither,
    };
    let wait = retry_after(&response.headers, cx.clock.now());
    Err(judge_status(response.status, reason, wait, class, On500::MaybeDone))
}

impl Settings {
    /// A secret that was changed leads to no other host than the one that everybody sees.
    fn check_host(&self) -> Result<(), ActionError> {
        // What is no address at all is named by whoever calls it.
        let Ok(url) = web_address(self.url.expose_secret()) else { return Ok(()) };
        match url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(&self.host)) {
            true => Ok(()),
            false => {
                let what = "setting_invalid: url leads to another host than `host` names";
                Err(ActionError::needs_repair(what))
            }
        }
    }

    /// The keys that sign; none where webhooks go unsigned.
    fn keys(&self) -> Result<Vec<Vec<u8>>, ActionError> {
        let invalid = |what: &str| {
            ActionError::needs_repair(format!("setting_invalid: signing_secret: {what}"))
        };
        let Some(secrets) = &self.signing_secret else { return Ok(Vec::new()) };
        let texts = secrets.texts().map_err(|_| invalid("it is empty"))?;
        let keys = texts.iter().map(|text| {
            key(text).ok_or_else(|| invalid(secret_fault(text).unwrap_or("it is no secret")))
        });
        keys.collect()
    }
}

/// The same in every attempt of a step, and without a `.`, which stands between what is signed.
fn webhook_id(idempotency_key: &str) -> String {
    let digest = digest(&SHA256, idempotency_key.as_bytes());
    format!("msg_{}", hex(&digest.as_ref()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Planned};
    use crate::deliveries::signature;
    use crate::scripted::{Answer, KEY, Scripted, answer, connect, json_answer, outcome};
    use crate::settings::GivenSettings;
    use futures::FutureExt;
    use serde_json::Value;
    use std::time::Duration;
    use tradewind_engine::ports::HttpError;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const URL: &str = "https://hooks.zapier.com/hooks/catch/1/s3cret-hook/";

    fn attempt(more: Value, answers: Vec<Answer>) -> (String, Vec<String>) {
        let mut settings = json!({ "url": URL, "host": "hooks.zapier.com" });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let world = Scripted::new(answers).allowing("hooks.zapier.com");
        let connection = connect(&PROVIDER, settings);
        let action = Action::of::<WebhookSend>().by(webhook_send());
        let one = action.implementation("outgoing_webhook").unwrap();
        let message = json!({ "type": "order.placed", "data": { "n": "è" } });
        let found = one.perform(&world.cx(&connection), message).now_or_never();
        (outcome(found.expect("nothing waits in here")), world.calls())
    }

    #[test]
    fn a_webhook_is_signed_as_the_verifier_reads_it() {
        let secrets = json!({ "signing_secret": [SECRET, "whsec_b2xkIHNlY3JldA=="] });
        let (found, calls) = attempt(secrets, vec![answer(200, &[], "<html>")]);
        let id = webhook_id(KEY);
        assert_eq!(found, format!(r#"done: {{"id":"{id}"}}"#));
        let [call] = &calls[..] else { panic!("one call") };
        let (head, body) = call.split_once("\n\n").unwrap();
        assert_eq!(body, r#"{"type":"order.placed","data":{"n":"è"}}"#);
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap().to_owned()
        };
        assert_eq!(head.lines().next().unwrap(), format!("POST {URL}"));
        assert_eq!((header(ID), header(TIMESTAMP)), (id.clone(), "1795435200".to_owned()));
        assert!(!id.contains('.') && webhook_id("run-1:a[1].b") != id);
        let both = header(SIGNATURE);
        for (secret, one) in [SECRET, "whsec_b2xkIHNlY3JldA=="].iter().zip(both.split(' ')) {
            let parts = signed_parts(&id, "1795435200", body.as_bytes());
            let digest = signature::from_base64(one.strip_prefix("v1,").unwrap()).unwrap();
            assert_eq!(signature::verify(&[&key(secret).unwrap()], &parts, &[digest]), Ok(()));
        }
    }

    #[test]
    fn without_a_secret_it_goes_unsigned() {
        let (found, calls) = attempt(json!({}), vec![answer(204, &[], "")]);
        assert!(found.starts_with("done"), "{found}");
        assert!(calls[0].contains("webhook-id: ") && !calls[0].contains(SIGNATURE));
    }

    #[test]
    fn what_the_receiver_answers_is_judged_by_what_it_does_about_a_second_one() {
        let keyed = json!({ "idempotency": "key" });
        let lost = || Err(HttpError::Lost("reset".to_owned()));
        for (answered, expected) in [
            (answer(404, &[], ""), "needs repair: the receiver answered 404"),
            (answer(410, &[], ""), "needs repair: the receiver answered 410"),
            (
                json_answer(400, &json!({ "message": "no s3cret-hook" })),
                "refused: the receiver answered 400: no [secret]",
            ),
            (
                answer(429, &[("retry-after", "3")], ""),
                "not now, in 3 s: the receiver answered 429",
            ),
            (answer(502, &[], ""), "unknown: the receiver answered 502"),
            (lost(), "unknown: no answer: reset"),
        ] {
            for settings in [json!({}), keyed.clone()] {
                assert_eq!(attempt(settings, vec![answered.clone()]).0, expected);
            }
        }
        let (found, calls) = attempt(json!({}), vec![answer(302, &[], "")]);
        assert!(found.starts_with("needs repair: redirect_blocked: the receiver answered 302"));
        assert_eq!(calls.len(), 1);
    }

    #[test]
    fn the_receiver_decides_what_a_second_call_does() {
        for (settings, class, window) in [
            (json!({}), EffectClass::Neither, None),
            (json!({ "idempotency": "key" }), EffectClass::Keyed, Some(86_400)),
            (
                json!({ "idempotency": "key", "idempotency_window": "30m" }),
                EffectClass::Keyed,
                Some(1_800),
            ),
        ] {
            let Value::Object(settings) = settings else { unreachable!("settings are a map") };
            let settings = GivenSettings::new(settings);
            let planned = webhook_send().planned(&Planned { with: &|_| None, settings: &settings });
            assert_eq!(planned.class, class);
            assert_eq!(planned.key_window, window.map(Duration::from_secs));
        }
    }

    #[test]
    fn the_secret_leads_to_no_other_host() {
        for (settings, expected) in [
            (json!({ "host": "hook.eu1.make.com" }), "setting_invalid: url leads to another host"),
            (json!({ "host": "*.zapier.com" }), "setting_invalid: url leads to another host"),
            (json!({ "url": "https://evil.example/x" }), "setting_invalid: url leads to another"),
            (
                json!({ "url": "https://evil.example/x", "host": "evil.example" }),
                "url_blocked: host_not_allowed: evil.example",
            ),
            (json!({ "url": "https://10.0.0.5/x", "host": "10.0.0.5" }), "url_blocked: ip_literal"),
            (json!({ "url": "https://hooks.zapier.com:22/" }), "url_blocked: port"),
            (json!({ "url": "nowhere" }), "url_blocked: url_invalid"),
            (
                json!({ "signing_secret": "whpk_abc" }),
                "setting_invalid: signing_secret: a key of the",
            ),
            (
                json!({ "signing_secret": "hush!" }),
                "setting_invalid: signing_secret: a secret is not",
            ),
            (json!({ "signing_secret": "" }), "setting_invalid: signing_secret: it is empty"),
            (json!({ "idempotency_window": "x" }), "setting_invalid: idempotency_window"),
        ] {
            let (found, calls) = attempt(settings, vec![]);
            assert!(found.starts_with(&format!("needs repair: {expected}")), "{found}");
            assert!(calls.is_empty() && !found.contains("hush") && !found.contains("s3cret-hook"));
        }
    }
}
