//! `newsletter.subscribe` and `newsletter.unsubscribe`.

use super::text::{check_address, check_words, checked_words};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// Who is to get which newsletter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscriber {
    /// One address, without a name.
    #[schemars(extend("format" = "email"))]
    pub email: String,
    /// The list by its name in the connection's `lists`, which says the provider's id of it.
    pub list: String,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The language, ISO 639-1, such as `it`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Who is to get which newsletter no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsubscriber {
    /// One address, without a name.
    #[schemars(extend("format" = "email"))]
    pub email: String,
    /// The list by its name in the connection's `lists`, which says the provider's id of it.
    pub list: String,
}

/// The address is on the list, or will be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewsletterSubscribed {
    /// How far it came.
    pub state: Subscription,
}

/// How far a subscription came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// The address is on the list.
    Subscribed,
    /// The customer was asked by mail, and is on the list once they confirm.
    Pending,
}

/// The address is not on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewsletterUnsubscribed {
    /// Always `unsubscribed`, also where the address was never on the list.
    pub state: Unsubscription,
}

/// The one way in which it can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unsubscription {
    /// The address is not on the list.
    Unsubscribed,
}

/// Put an address on a list.
pub struct NewsletterSubscribe;

impl Contract for NewsletterSubscribe {
    const ID: &'static str = "newsletter.subscribe";
    const SUMMARY: &'static str = "Put an address on a newsletter's list";
    // The list is the same after a second call. Where the customer is asked to confirm, that is asked twice,
    // which is better than never: they wait for it.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    type Input = Subscriber;
    type Output = NewsletterSubscribed;

    fn checked(subscriber: Subscriber) -> Result<Subscriber, ActionError> {
        check_address(&subscriber.email, "email")?;
        check_words(&subscriber.list, "list")?;
        Ok(Subscriber {
            first_name: checked_words(subscriber.first_name, "first_name")?,
            last_name: checked_words(subscriber.last_name, "last_name")?,
            language: checked_words(subscriber.language, "language")?,
            ..subscriber
        })
    }

    fn sample(_: &Subscriber, _: &Tried<'_, Self>) -> NewsletterSubscribed {
        NewsletterSubscribed { state: Subscription::Subscribed }
    }
}

/// Take an address off a list.
pub struct NewsletterUnsubscribe;

impl Contract for NewsletterUnsubscribe {
    const ID: &'static str = "newsletter.unsubscribe";
    const SUMMARY: &'static str = "Take an address off a newsletter's list";
    // Off is off: a second call changes nothing, and a customer who said no must not get another issue.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    type Input = Unsubscriber;
    type Output = NewsletterUnsubscribed;

    fn checked(unsubscriber: Unsubscriber) -> Result<Unsubscriber, ActionError> {
        check_address(&unsubscriber.email, "email")?;
        check_words(&unsubscriber.list, "list")?;
        Ok(unsubscriber)
    }

    fn sample(_: &Unsubscriber, _: &Tried<'_, Self>) -> NewsletterUnsubscribed {
        NewsletterUnsubscribed { state: Unsubscription::Unsubscribed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check<C: Contract>(input: Value, expected: Result<Value, &str>) {
        let input: C::Input = serde_json::from_value(input).unwrap();
        let found = C::checked(input).map(|input| json!(input));
        assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn an_address_and_a_list_are_enough() {
        let input = json!({ "email": "ada@example.com", "list": "news" });
        check::<NewsletterSubscribe>(input.clone(), Ok(input.clone()));
        check::<NewsletterUnsubscribe>(input.clone(), Ok(input));
        let named = json!({
            "email": "ada@example.com", "list": "news", "first_name": "Ada", "last_name": "", "language": "it",
        });
        let kept = json!({
            "email": "ada@example.com", "list": "news", "first_name": "Ada", "language": "it",
        });
        check::<NewsletterSubscribe>(named, Ok(kept));
    }

    #[test]
    fn what_no_provider_would_take_is_named() {
        for (email, list, expected) in [
            ("a@b, c@d", "news", "address_invalid: email"),
            ("a@b", " ", "text_missing: list"),
            ("a@b", "a\nb", "header_injection: list"),
        ] {
            let input = json!({ "email": email, "list": list });
            check::<NewsletterSubscribe>(input.clone(), Err(expected));
            check::<NewsletterUnsubscribe>(input, Err(expected));
        }
        let broken = json!({ "email": "a@b", "list": "news", "first_name": "a\rb" });
        check::<NewsletterSubscribe>(broken, Err("header_injection: first_name"));
        let unknown = json!({ "email": "a@b", "list": "news", "first_name": "Ada" });
        assert!(serde_json::from_value::<Unsubscriber>(unknown).is_err());
    }
}
