//! Lengths of time as people write them: `20s`, `30m`, `24h`, `2d`.

use std::time::Duration;

/// The longest delay: 366 days.
pub const DELAY_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Reads a whole number of seconds, minutes, hours or days; nothing for any other text.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What does not fit is beyond every limit.
    let number: u64 = digits.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(number.saturating_mul(seconds)))
}
