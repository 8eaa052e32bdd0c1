//! A connection whose settings and secrets are at hand.
//!
//! Invariant: no `Debug`, no `Serialize`: the settings hold secrets in clear text.

use crate::provider::{Provider, RateLimit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tradewind_engine::effects::ActionError;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::workflows::parse_duration;

/// What URLs and forms carry as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Texts shorter than this are left alone: they would turn up in anything.
const SECRET_CHARACTERS_MIN: usize = 4;

/// A configured account at a provider, resolved for one attempt or one delivery.
#[derive(Clone)]
pub struct Connection {
    /// The name in tradewind.yaml.
    pub name: ConnectionName,
    /// Who it is at.
    pub provider: &'static Provider,
    /// Settings with secrets filled in.
    settings: Map<String, Value>,
    /// The names of secrets in lists that were passed over, because they are not set.
    unset: Vec<String>,
}

impl Connection {
    /// A connection with settings that are complete.
    pub fn new(
        name: ConnectionName,
        provider: &'static Provider,
        settings: Map<String, Value>,
    ) -> Self {
        Self { name, provider, settings, unset: Vec::new() }
    }

    /// The same, where secrets of these names were passed over in lists because they are not set.
    pub fn with_unset(self, unset: Vec<String>) -> Self {
        Self { unset, ..self }
    }

    /// The names of the secrets that its lists lack.
    pub fn unset(&self) -> &[String] {
        &self.unset
    }

    /// Whether both have the same settings and secrets.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.settings == other.settings
    }

    /// The settings as the provider's own type.
    pub fn settings<Settings: DeserializeOwned>(&self) -> Result<Settings, ActionError> {
        serde_json::from_value(Value::Object(self.settings.clone())).map_err(|error| {
            ActionError::needs_repair(format!("setting_invalid: connection {}: {error}", self.name))
        })
    }

    /// For whom its calls are: the provider, with the hosts that are its own.
    pub fn recipient(&self) -> Recipient {
        Recipient::new(self.provider.id, self.provider.hosts)
    }

    /// The provider's address: `base_url` where it is set.
    pub fn base_url(&self, standard: &str) -> String {
        let url = self.settings.get("base_url").and_then(Value::as_str).unwrap_or(standard);
        url.trim_end_matches('/').to_owned()
    }

    /// The limit to keep below: `rate_limit: { calls, per }` where it is set, else the published one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let own = self.settings.get("rate_limit").and_then(|limit| {
            let calls = u32::try_from(limit.get("calls")?.as_u64()?).ok()?;
            let per = parse_duration(limit.get("per")?.as_str()?)?;
            Some(RateLimit { calls, per })
        });
        own.or(self.provider.limit)
    }

    /// The text without the connection's secrets, in whichever form a request carried them: services
    /// like to repeat in their errors what they were sent.
    pub fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secret_texts() {
            if secret.chars().count() >= SECRET_CHARACTERS_MIN {
                for form in forms(secret) {
                    text = text.replace(&form, "[secret]");
                }
            }
        }
        text
    }

    /// A text of others as it may be kept and shown: without the connection's secrets, on one line,
    /// and cut.
    pub fn cleared(&self, text: &str, characters_max: usize) -> String {
        let text = self.without_secrets(text);
        let mut printable = text.chars().map(|one| if one.is_control() { ' ' } else { one });
        let mut cleared: String = printable.by_ref().take(characters_max).collect();
        if printable.next().is_some() {
            cleared.push('…');
        }
        cleared
    }

    /// Every secret text in the settings.
    pub(crate) fn secret_texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for name in self.provider.secrets {
            match self.setting(name) {
                Some(Value::String(text)) => texts.push(text.as_str()),
                Some(Value::Array(several)) => {
                    texts.extend(several.iter().filter_map(Value::as_str))
                }
                _ => {}
            }
        }
        texts
    }

    /// The setting of that name; a dot leads into a nested one, as in `verify.secret`.
    fn setting(&self, name: &str) -> Option<&Value> {
        let mut names = name.split('.');
        let first = self.settings.get(names.next()?)?;
        names.try_fold(first, |setting, name| setting.get(name))
    }
}

/// A secret as it is, as JSON has it, as JSON within JSON has it, and as URLs and forms have it.
fn forms(secret: &str) -> [String; 4] {
    let once = in_json(secret);
    [secret.to_owned(), in_json(&once), once, utf8_percent_encode(secret, UNRESERVED).to_string()]
}

fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::sendgrid;
    use serde_json::json;

    fn check(secret: &str, text: &str, expected: &str) {
        let settings = Map::from_iter([("api_key".to_owned(), json!(secret))]);
        let connection = Connection::new("mail".into(), &sendgrid::PROVIDER, settings);
        assert_eq!(connection.without_secrets(text), expected);
    }

    #[test]
    fn a_secret_is_taken_out_in_every_form_that_requests_have() {
        check("hush", "Bearer hush, hush", "Bearer [secret], [secret]");
        check(r#"a"b\c/"#, r#"a"b\c/"#, "[secret]");
        check("a\"b/+c", r#"{"key":"a\"b/+c"}"#, r#"{"key":"[secret]"}"#);
        check(
            "a\"b/+c",
            r#"{"body":"{\"key\":\"a\\\"b/+c\"}"}"#,
            r#"{"body":"{\"key\":\"[secret]\"}"}"#,
        );
        check("a\"b/+c~", "key=a%22b%2F%2Bc~&x", "key=[secret]&x");
        check("abc", "abc is too short to be known", "abc is too short to be known");
    }

    #[test]
    fn a_text_of_others_is_one_short_line_without_secrets() {
        let settings = Map::from_iter([("api_key".to_owned(), json!("hush"))]);
        let connection = Connection::new("mail".into(), &sendgrid::PROVIDER, settings);
        assert_eq!(connection.cleared("key\nhush", 12), "key [secret]");
        assert_eq!(connection.cleared("key\thush!", 12), "key [secret]…");
    }
}
