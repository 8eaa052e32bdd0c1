//! Filters on dates: RFC 3339 in, UTC out.

use super::super::error::{ExpressionCode, Fault};
use super::{Filtered, text_of, wrong};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use minijinja::Value;

/// A time in the given strftime format, in UTC: `'%d.%m.%Y %H:%M'`.
pub(in super::super) fn date(value: &Value, format: &Value) -> Filtered {
    let time: Timestamp = text_of(value, "date")?.parse().map_err(|_| {
        Fault::new(ExpressionCode::DateInvalid, "`date`: the text is no RFC 3339 time")
    })?;
    let formatted = jiff::fmt::strtime::format(text_of(format, "date")?, time)
        .map_err(|_| Fault::kind("`date`: the format is no strftime format"))?;
    Ok(formatted.into())
}

/// A time as the vendor writes it, as RFC 3339 in UTC: `'unix'` and `'unix_ms'` as a whole number or its
/// digits, `'rfc2822'`, and `'utc'` for an ISO text, which is in UTC where it names no zone.
pub(in super::super) fn time(value: &Value, written: &Value) -> Filtered {
    let written = text_of(written, "time")?;
    let time = match written {
        "unix" => whole(value)?.and_then(|second| Timestamp::from_second(second).ok()),
        "unix_ms" => whole(value)?.and_then(|number| Timestamp::from_millisecond(number).ok()),
        "rfc2822" => {
            let zoned = jiff::fmt::rfc2822::parse(text_of(value, "time")?.trim());
            zoned.ok().map(|zoned| zoned.timestamp())
        }
        "utc" => in_utc(text_of(value, "time")?.trim()),
        _ => {
            let message = "`time` knows 'unix', 'unix_ms', 'rfc2822' and 'utc'";
            return Err(Fault::kind(message).into());
        }
    };
    let time = time.ok_or_else(|| {
        let message = format!("`time`: the value is no time in the form '{written}'");
        Fault::new(ExpressionCode::DateInvalid, message)
    })?;
    Ok(time.to_string().into())
}

fn in_utc(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let time: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

/// A whole number or the digits of one; nothing for another text.
fn whole(value: &Value) -> Result<Option<i64>, Fault> {
    if value.is_integer() {
        return Ok(i64::try_from(value.clone()).ok());
    }
    match value.as_str() {
        Some(digits) => Ok(digits.trim().parse().ok()),
        None => Err(wrong(value, "time", "a whole number")),
    }
}
