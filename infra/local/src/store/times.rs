//! Times as the database keeps them: nanoseconds since 1970, so that they compare exactly.

use tradewind_engine::time::Timestamp;

/// The time as a column. Whatever lies outside of the years 1678 to 2262 becomes the nearest end.
pub(super) fn to_column(time: Timestamp) -> i64 {
    let nanoseconds = time.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// The column as a time.
pub(super) fn from_column(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}
