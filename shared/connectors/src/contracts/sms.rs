//! `sms.send`: a short message to one phone.

use super::text::{check_lines, check_phone, check_words};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};

/// The longest text, in characters: what services take for one message, which they send in parts.
const TEXT_CHARACTERS_MAX: usize = 1_600;

/// A short message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsMessage {
    /// The phone's number with its country, E.164: `+` and 8 to 15 digits, such as `+393331234567`.
    #[schemars(extend("pattern" = r"^\+[1-9][0-9]{7,14}$"))]
    pub to: String,
    /// 1 to 1,600 characters. A long text is sent, and paid for, in several parts.
    #[schemars(extend("minLength" = 1, "maxLength" = 1_600))]
    pub text: String,
    /// The number or name that it comes from; the connection's `from` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// The message was taken; that is not yet delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmsSent {
    /// The provider's id of the message, where it gives one.
    pub message_id: Option<String>,
}

/// Send one short message.
pub struct SmsSend;

impl Contract for SmsSend {
    const ID: &'static str = "sms.send";
    const SUMMARY: &'static str = "Send a short message to a phone";
    // A second message costs again, and the customer has it twice at any hour of the day.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    type Input = SmsMessage;
    type Output = SmsSent;

    fn checked(message: SmsMessage) -> Result<SmsMessage, ActionError> {
        check_phone(&message.to, "to")?;
        check_lines(&message.text, "text")?;
        if message.text.trim().is_empty() {
            return Err(ActionError::bad_data("text_missing", "text"));
        }
        if message.text.chars().count() > TEXT_CHARACTERS_MAX {
            return Err(ActionError::bad_data("text_too_long", "text"));
        }
        message.from.as_ref().map_or(Ok(()), |from| check_words(from, "from"))?;
        Ok(message)
    }

    fn sample(_: &SmsMessage, tried: &Tried<'_, Self>) -> SmsSent {
        SmsSent { message_id: Some(tried.new_id.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> SmsMessage {
        SmsMessage { to: "+393331234567".to_owned(), text: "On its way".to_owned(), from: None }
    }

    fn check_refused(change: impl Fn(&mut SmsMessage), expected: &str) {
        let mut message = message();
        change(&mut message);
        let refused = SmsSend::checked(message.clone()).unwrap_err();
        assert_eq!(refused.to_string(), expected, "{message:?}");
    }

    #[test]
    fn a_message_that_can_be_sent_stays_as_it_is() {
        for text in ["On its way", "a\nb", &"é".repeat(TEXT_CHARACTERS_MAX)] {
            let from = Some("Tradewind".to_owned());
            let message = SmsMessage { text: text.to_owned(), from, ..message() };
            assert_eq!(SmsSend::checked(message.clone()), Ok(message));
        }
    }

    #[test]
    fn a_number_has_its_country_and_nothing_between_its_digits() {
        for to in [
            "",
            "+",
            "+1234567",
            "+1234567890123456",
            "393331234567",
            "00393331234567",
            "+0393331234567",
            "+39 333 1234567",
            "+39333123456x",
            "+39333١23456",
        ] {
            check_refused(|message| message.to = to.to_owned(), "phone_invalid: to");
        }
        check_refused(|message| message.to = "+39333\n1234".to_owned(), "header_injection: to");
        for to in ["+12345678", "+123456789012345"] {
            assert!(SmsSend::checked(SmsMessage { to: to.to_owned(), ..message() }).is_ok());
        }
    }

    #[test]
    fn there_is_a_text_of_a_length_that_services_take() {
        check_refused(|message| message.text = " \n".to_owned(), "text_missing: text");
        check_refused(|message| message.text = "a\u{0}".to_owned(), "control_character: text");
        let long = "a".repeat(TEXT_CHARACTERS_MAX + 1);
        check_refused(|message| message.text = long.clone(), "text_too_long: text");
        check_refused(|message| message.from = Some(" ".to_owned()), "text_missing: from");
        check_refused(|message| message.from = Some("a\rb".to_owned()), "header_injection: from");
    }
}
