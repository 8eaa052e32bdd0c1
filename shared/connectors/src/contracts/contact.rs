//! `contact.upsert`: a customer in another service's address book, found there by the mail address.

use super::plain::{checked_plain, plain_fields};
use super::text::{check_address, checked_words};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// Who, and what is to be known of them. What is left out stays as it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// One address, without a name. A contact that has it is changed; else there is a new one.
    #[schemars(extend("format" = "email"))]
    pub email: String,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The phone number as the customer wrote it; some providers take only `+` and digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The language, ISO 639-1, such as `it`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Further fields by the names that they have there: texts, numbers, true or false. At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain_fields")]
    pub fields: Option<Map<String, Value>>,
}

/// The contact is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactUpserted {
    /// The provider's id of the contact, where it gives one.
    pub id: Option<String>,
    /// Whether there was none before, where the provider says so.
    pub created: Option<bool>,
}

impl Contact {
    /// The contact as every provider may keep it: an address, and texts of one line. Empty texts count as left out.
    pub fn checked(self) -> Result<Self, ActionError> {
        check_address(&self.email, "email")?;
        Ok(Self {
            email: self.email,
            first_name: checked_words(self.first_name, "first_name")?,
            last_name: checked_words(self.last_name, "last_name")?,
            phone: checked_words(self.phone, "phone")?,
            company: checked_words(self.company, "company")?,
            language: checked_words(self.language, "language")?,
            fields: checked_plain(self.fields, "fields")?,
        })
    }
}

/// Create a contact, or change the one that has the address.
pub struct ContactUpsert;

impl Contract for ContactUpsert {
    const ID: &'static str = "contact.upsert";
    const SUMMARY: &'static str = "Create a contact, or change the one with that address";
    // The same values a second time are the same contact: what may have arrived can come again.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    const SAMPLES_SEARCHED_MAX: usize = 1_000;
    type Input = Contact;
    type Output = ContactUpserted;

    fn checked(contact: Contact) -> Result<Contact, ActionError> {
        contact.checked()
    }

    /// An address that was seen before has the id that it was given first.
    fn sample(contact: &Contact, tried: &Tried<'_, Self>) -> ContactUpserted {
        let mut known = tried.earlier.iter().filter(|(other, _)| other.email == contact.email);
        let known = known.find_map(|(_, done)| done.id.clone());
        ContactUpserted {
            created: Some(known.is_none()),
            id: Some(known.unwrap_or_else(|| tried.new_id.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(input: Value, expected: Result<Value, &str>) {
        let contact: Contact = serde_json::from_value(input).unwrap();
        let found = contact.checked().map(|contact| json!(contact));
        assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn a_contact_is_an_address_and_what_is_known_besides() {
        let whole = json!({
            "email": "ada@example.com", "first_name": "Ada", "last_name": "Example", "phone": "+39 02 1234",
            "company": "Example", "language": "it", "fields": { "points": 12, "vip": true, "size": "M" },
        });
        check(whole.clone(), Ok(whole));
        let sparse = json!({
            "email": "ada@example.com", "first_name": " ", "last_name": null, "fields": { "points": null },
        });
        check(sparse, Ok(json!({ "email": "ada@example.com", "fields": {} })));
    }

    #[test]
    fn what_no_provider_would_take_is_named() {
        check(json!({ "email": "Ada <a@b>" }), Err("address_invalid: email"));
        for field in ["first_name", "last_name", "phone", "company", "language"] {
            let refused = format!("header_injection: {field}");
            check(json!({ "email": "a@b", field: "a\nb" }), Err(refused.as_str()));
        }
        check(json!({ "email": "a@b", "fields": { "a": [] } }), Err("value_not_plain: fields.a"));
        let unknown = json!({ "email": "a@b", "name": "Ada" });
        assert!(serde_json::from_value::<Contact>(unknown).is_err());
    }
}
