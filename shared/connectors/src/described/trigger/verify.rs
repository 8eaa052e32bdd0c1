//! Whether a delivery is the vendor's, by what its file says.

use super::{faults, hmac};
use crate::deliveries::{Delivery, Refusal, WebhookSecrets, forms, signature, standard_webhooks};
use crate::settings::GivenSettings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use tradewind_engine::descriptions::{Description, SecretIn, Trigger, Verify};
use tradewind_engine::time::Timestamp;

/// The setting with the secret.
pub(super) fn key(verify: &Verify) -> Option<&str> {
    match verify {
        Verify::Hmac(hmac) => Some(&hmac.key),
        Verify::StandardWebhooks { key, .. } | Verify::SharedSecret { key, .. } => Some(key),
        Verify::Named { .. } => None,
    }
}

/// Refuses what the vendor did not send.
pub(super) fn verify(
    description: &Description,
    trigger: &Trigger,
    given: &GivenSettings,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<(), Refusal> {
    // Nobody reads what was stored when this was not looked at yet.
    if let Some(fault) = faults(trigger).into_iter().next() {
        return Err(Refusal::NotReady(fault.message));
    }
    let Some(name) = key(&trigger.verify) else {
        return Err(Refusal::NotReady(
            "its file names a verifier that is not known here".to_owned(),
        ));
    };
    let secrets = secrets(description, given, name)?;
    let texts = secrets.texts().map_err(|_| {
        Refusal::NotReady(format!("the setting {name} has no secret for its webhooks"))
    })?;
    match &trigger.verify {
        Verify::Hmac(scheme) => hmac::verify(scheme, &texts, delivery, now),
        Verify::StandardWebhooks { .. } => {
            let keys = standard_webhooks::keys(&texts)?;
            standard_webhooks::verify(&keys, delivery, now)
        }
        Verify::SharedSecret { sent, .. } => shared_secret(sent, &texts, delivery),
        Verify::Named { .. } => Err(Refusal::NotFound),
    }
}

/// Several only where the file says so.
fn secrets(
    description: &Description,
    given: &GivenSettings,
    name: &str,
) -> Result<WebhookSecrets, Refusal> {
    let value = given.setting(name).cloned().unwrap_or_default();
    let several = description.setting(name).is_some_and(|setting| setting.several);
    let is_one = !value.is_array();
    let read = (several || is_one).then(|| serde_json::from_value(value).ok()).flatten();
    read.ok_or_else(|| {
        let wanted = if several { "no secret and no list of them" } else { "not one secret" };
        Refusal::NotReady(format!("the setting {name} is {wanted}"))
    })
}

/// Whether the secret stands where it is to stand. A wrong one may be the right one by now, so that it is like a
/// signature that does not fit.
fn shared_secret(sent: &SecretIn, secrets: &[&str], delivery: &Delivery) -> Result<(), Refusal> {
    let found = found(sent, delivery).filter(|found| !found.is_empty());
    let found = found.ok_or(Refusal::SignatureMissing)?;
    signature::verify_shared(secrets, &found)
}

fn found(sent: &SecretIn, delivery: &Delivery) -> Option<String> {
    let authorization = |scheme: &str| {
        let (given, value) = delivery.header(AUTHORIZATION.as_str())?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then_some(value.trim())
    };
    match sent {
        SecretIn::Header(name) => delivery.header(name).map(str::to_owned),
        SecretIn::Query(name) => forms::find_field(&delivery.query, name),
        SecretIn::Bearer => authorization("bearer").map(str::to_owned),
        SecretIn::Basic => {
            let both = String::from_utf8(STANDARD.decode(authorization("basic")?).ok()?).ok()?;
            both.split_once(':').map(|(_, password)| password.to_owned())
        }
        SecretIn::Path => None,
    }
}

/// Whether a delivery carries what it would prove itself by.
pub(super) fn is_signed(verify: &Verify, delivery: &Delivery) -> bool {
    match verify {
        Verify::Hmac(hmac) => delivery.headers.contains_key(&hmac.header),
        Verify::StandardWebhooks { .. } => {
            standard_webhooks::required(delivery, standard_webhooks::SIGNATURE).is_ok()
        }
        Verify::SharedSecret { sent, .. } => found(sent, delivery).is_some(),
        Verify::Named { .. } => false,
    }
}

/// What is wrong with one text as a secret.
pub(super) fn secret_fault(verify: &Verify, text: &str) -> Option<&'static str> {
    match verify {
        Verify::Hmac(scheme) => hmac::secret_fault(scheme.decode, text),
        Verify::StandardWebhooks { .. } => standard_webhooks::secret_fault(text),
        Verify::SharedSecret { .. } | Verify::Named { .. } => None,
    }
}

/// Whether no expression sees the header of that name: a secret may stand in it.
pub(super) fn hides_header(verify: &Verify, name: &str) -> bool {
    let is_secret = match verify {
        Verify::SharedSecret { sent: SecretIn::Header(header), .. } => {
            header.eq_ignore_ascii_case(name)
        }
        _ => false,
    };
    is_secret || name.eq_ignore_ascii_case(AUTHORIZATION.as_str())
}

/// The same of a parameter of the query.
pub(super) fn hides_parameter(verify: &Verify, name: &str) -> bool {
    matches!(verify, Verify::SharedSecret { sent: SecretIn::Query(parameter), .. } if parameter == name)
}
