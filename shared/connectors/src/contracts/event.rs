//! `event.track`: tell another service what a customer did.

use super::plain::{checked_plain, plain_fields};
use super::text::{check_address, check_line, check_words};
use crate::contract::{Contract, Tried};
use crate::events::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::{ActionError, OnUnknown};
use tradewind_engine::money;
use tradewind_engine::time::Timestamp;

/// What happened, to whom and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackedEvent {
    /// What it is called there, such as `Placed Order`.
    pub name: String,
    /// The customer's address, without a name.
    #[schemars(extend("format" = "email"))]
    pub email: String,
    /// When it happened, RFC 3339, such as `2026-11-23T12:00:00Z`. Providers are told it in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// What it was worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// What else is to be known of it: texts, numbers, true or false. At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "plain_fields")]
    pub properties: Option<Map<String, Value>>,
}

/// It was taken; there is nothing to know of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct EventTracked {}

/// Record an event of a customer.
pub struct EventTrack;

impl Contract for EventTrack {
    const ID: &'static str = "event.track";
    const SUMMARY: &'static str = "Record what a customer did";
    // Counted twice it doubles a turnover, and starts what the service does after such an event a second time.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    type Input = TrackedEvent;
    type Output = EventTracked;

    fn checked(event: TrackedEvent) -> Result<TrackedEvent, ActionError> {
        check_words(&event.name, "name")?;
        check_address(&event.email, "email")?;
        check_line(&event.at, "at")?;
        let at: Timestamp =
            event.at.parse().map_err(|_| ActionError::bad_data("time_invalid", "at"))?;
        if let Some(value) = &event.value {
            let known = money::exponent(&value.currency).map(|_| ());
            known.ok_or_else(|| ActionError::bad_data("currency_unknown", "value.currency"))?;
        }
        let properties = checked_plain(event.properties, "properties")?;
        Ok(TrackedEvent { at: at.to_string(), properties, ..event })
    }

    fn sample(_: &TrackedEvent, _: &Tried<'_, Self>) -> EventTracked {
        EventTracked {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> TrackedEvent {
        TrackedEvent {
            name: "Placed Order".to_owned(),
            email: "ada@example.com".to_owned(),
            at: "2026-11-23T12:00:00Z".to_owned(),
            value: Some(Money { amount: 5_700, currency: "EUR".to_owned() }),
            properties: json!({ "number": "1001", "lines": 2, "guest": true }).as_object().cloned(),
        }
    }

    fn check_refused(change: impl Fn(&mut TrackedEvent), expected: &str) {
        let mut event = event();
        change(&mut event);
        assert_eq!(EventTrack::checked(event).unwrap_err().to_string(), expected);
    }

    #[test]
    fn an_event_stays_as_it_is_and_its_time_is_told_in_utc() {
        assert_eq!(EventTrack::checked(event()), Ok(event()));
        let local = TrackedEvent { at: "2026-11-23T13:00:00+01:00".to_owned(), ..event() };
        assert_eq!(EventTrack::checked(local), Ok(event()));
    }

    #[test]
    fn what_no_provider_would_take_is_named() {
        check_refused(|event| event.name = " ".to_owned(), "text_missing: name");
        check_refused(|event| event.email = "ada".to_owned(), "address_invalid: email");
        for at in ["", "yesterday", "2026-11-23", "2026-11-23T12:00:00"] {
            check_refused(|event| event.at = at.to_owned(), "time_invalid: at");
        }
        let unknown = || Some(Money { amount: 1, currency: "EURO".to_owned() });
        check_refused(|event| event.value = unknown(), "currency_unknown: value.currency");
        let nested = json!({ "a": [] });
        let nested = nested.as_object();
        check_refused(|event| event.properties = nested.cloned(), "value_not_plain: properties.a");
    }
}
