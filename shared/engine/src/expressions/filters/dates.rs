//! Filters on dates: RFC 3339 in, UTC out.

use super::super::error::{ExpressionCode, Fault};
use super::{Filtered, text_of};
use jiff::Timestamp;
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
