//! The secrets of a trigger: one, or several while they are rotated.

use super::Refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::ExposeSecret;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use tradewind_engine::ports::SecretText;

/// How many secrets a trigger may have at the same time.
pub const SECRETS_MAX: usize = 8;

/// Any of these may have signed. Written as one text or as a list of texts.
#[derive(Clone, Default)]
pub struct WebhookSecrets(Vec<SecretText>);

impl WebhookSecrets {
    /// The secrets, at least one and none of them empty: whoever has no secret trusts nobody.
    pub fn texts(&self) -> Result<Vec<&str>, Refusal> {
        let texts: Vec<&str> = self.0.iter().map(ExposeSecret::expose_secret).collect();
        let usable: Vec<&str> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
        if usable.is_empty() {
            return Err(Refusal::NotReady("no secret is set for its webhooks".to_owned()));
        }
        Ok(usable)
    }
}

impl<'de> Deserialize<'de> for WebhookSecrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrSeveral)
    }
}

struct OneOrSeveral;

impl<'de> Visitor<'de> for OneOrSeveral {
    type Value = WebhookSecrets;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a secret or a list of at most {SECRETS_MAX} secrets")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WebhookSecrets, E> {
        Ok(WebhookSecrets(vec![SecretText::from(text)]))
    }

    fn visit_unit<E: Error>(self) -> Result<WebhookSecrets, E> {
        Ok(WebhookSecrets::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WebhookSecrets, A::Error> {
        let mut secrets = Vec::new();
        while let Some(secret) = list.next_element::<SecretText>()? {
            if secrets.len() == SECRETS_MAX {
                return Err(A::Error::custom(format!("more than {SECRETS_MAX} secrets")));
            }
            secrets.push(secret);
        }
        Ok(WebhookSecrets(secrets))
    }
}

impl JsonSchema for WebhookSecrets {
    fn schema_name() -> Cow<'static, str> {
        "WebhookSecrets".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": SECRETS_MAX },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check_texts(setting: Value, expected: Result<Vec<&str>, Refusal>) {
        let secrets: WebhookSecrets = serde_json::from_value(setting.clone()).unwrap();
        assert_eq!(secrets.texts(), expected, "{setting}");
    }

    #[test]
    fn a_secret_is_a_text_or_a_list() {
        check_texts(json!("one"), Ok(vec!["one"]));
        check_texts(json!(["old", "new"]), Ok(vec!["old", "new"]));
        check_texts(json!(["", "new"]), Ok(vec!["new"]));
    }

    #[test]
    fn without_a_secret_nothing_is_received() {
        for setting in [json!(""), json!("  "), json!([]), json!([""]), Value::Null] {
            let none = "no secret is set for its webhooks".to_owned();
            check_texts(setting, Err(Refusal::NotReady(none)));
        }
    }

    #[test]
    fn the_message_of_a_wrong_setting_shows_no_secret() {
        let error = serde_json::from_value::<WebhookSecrets>(json!(["hush", 5])).err().unwrap();
        assert!(!error.to_string().contains("hush"), "{error}");
        let nine = vec!["hush"; 9];
        assert!(serde_json::from_value::<WebhookSecrets>(json!(nine)).is_err());
    }
}
