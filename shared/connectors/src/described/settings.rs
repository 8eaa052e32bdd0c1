//! The settings of a connection, as expressions see them: those that are no secrets, defaults filled in.

use crate::connection::Connection;
use crate::settings::GivenSettings;
use serde_json::{Map, Value};
use tradewind_engine::descriptions::{Description, Setting, SettingKind};
use tradewind_engine::effects::ActionError;
use tradewind_engine::texts::is_mail_address;

/// The longest host, and the longest label of one (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// The settings that are no secrets, or what is wrong with any of them.
pub(super) fn settings_of(
    connection: &Connection,
    description: &Description,
) -> Result<Value, ActionError> {
    let mut settings = Map::new();
    for setting in &description.settings {
        let given = connection.given().setting(&setting.name).filter(|given| !given.is_null());
        let Some(value) = given.or(setting.default.as_ref()) else {
            if setting.is_required() {
                let missing = format!("missing field `{}`", setting.name);
                return Err(invalid(&format!("connection {}: {missing}", connection.name)));
            }
            continue;
        };
        check(setting, value)?;
        if !setting.secret {
            settings.insert(setting.name.clone(), value.clone());
        }
    }
    Ok(Value::Object(settings))
}

/// The same of settings that need not be complete: what is missing or a secret is not there.
pub(super) fn visible(given: &GivenSettings, description: &Description) -> Value {
    let visible = description.settings.iter().filter(|setting| !setting.secret);
    let values = visible.filter_map(|setting| {
        let given = given.setting(&setting.name).filter(|given| !given.is_null());
        Some((setting.name.clone(), given.or(setting.default.as_ref())?.clone()))
    });
    Value::Object(values.collect())
}

fn check(setting: &Setting, value: &Value) -> Result<(), ActionError> {
    let code = match (setting.kind, value) {
        (_, Value::Array(several)) if setting.several => {
            return several.iter().try_for_each(|one| check(setting, one));
        }
        (SettingKind::Integer, value) => (!value.is_i64()).then_some("number_invalid"),
        (SettingKind::Boolean, value) => (!value.is_boolean()).then_some("boolean_invalid"),
        (SettingKind::Map, value) => (!value.is_object()).then_some("map_invalid"),
        (kind, Value::String(text)) => fault_of_text(kind, text),
        _ => Some("text_invalid"),
    };
    code.map_or(Ok(()), |code| Err(invalid(&format!("{code}: {}", setting.name))))
}

fn fault_of_text(kind: SettingKind, text: &str) -> Option<&'static str> {
    match kind {
        SettingKind::Address => (!is_mail_address(text)).then_some("address_invalid"),
        SettingKind::Host => (!is_host(text)).then_some("host_invalid"),
        SettingKind::Label => (!is_label(text)).then_some("label_invalid"),
        SettingKind::Segment => is_no_segment(text).then_some("segment_invalid"),
        _ => None,
    }
}

/// A name of at least two labels. One that ends in a number is an address, in digits or hexadecimal.
fn is_host(text: &str) -> bool {
    let last = text.rsplit_once('.').map(|(_, last)| last);
    let hexadecimal = |last: &str| {
        let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_number =
        |last: &str| last.bytes().all(|byte| byte.is_ascii_digit()) || hexadecimal(last);
    last.is_some_and(|last| !is_number(last))
        && text.len() <= HOST_BYTES_MAX
        && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LABEL_BYTES_MAX).contains(&text.len())
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What is put into a path as it is must be one part of it.
fn is_no_segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.is_empty() || text == "." || text == ".." || !text.bytes().all(fits)
}

fn invalid(what: &str) -> ActionError {
    ActionError::needs_repair(format!("setting_invalid: {what}"))
}
