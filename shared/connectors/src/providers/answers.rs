//! What every provider makes of an answer, or of none.
//!
//! Invariant: what an error says has been cleared of the connection's secrets, because texts of HTTP
//! libraries and of providers may repeat an URL or a header.

use crate::action::Cx;
use crate::connection::Connection;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpError, HttpRequest, HttpResponse};
use tradewind_engine::time::{self, Timestamp};

/// The longest wait that a provider may ask for.
pub const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest `Retry-After` that is looked at; the longest valid date has 33 characters.
const RETRY_AFTER_BYTES_MAX: usize = 64;
/// Where services that nobody here knows say what is wrong, the first that holds a text (RFC 9457, RFC 6749, habit).
const DETAILS: [&str; 9] = [
    "/detail",
    "/message",
    "/error/message",
    "/error_description",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0",
    "/error",
    "/title",
];
/// The longest text of a provider that an error repeats, in characters.
const DETAIL_CHARS_MAX: usize = 300;

/// When an attempt has to be over, whatever number of calls it makes.
#[derive(Clone, Copy, Debug)]
pub struct AttemptEnd(Timestamp);

impl AttemptEnd {
    /// The end of an attempt that begins now.
    pub fn of(cx: &Cx<'_>) -> Self {
        Self(time::after(cx.clock.now(), cx.timeout))
    }

    /// What is left for the next call; without any left nothing is sent.
    pub fn time_left(&self, cx: &Cx<'_>) -> Result<Duration, ActionError> {
        let left = time::until(cx.clock.now(), self.0);
        if left.is_zero() {
            return Err(ActionError::not_now("timeout: no time was left for another call", None));
        }
        Ok(left)
    }
}

/// Sends one request. An answer of any status is an answer; without one, the error says what may
/// have happened.
pub async fn send_request(cx: &Cx<'_>, request: HttpRequest) -> Result<HttpResponse, ActionError> {
    cx.http
        .send(&cx.connection.recipient(), request)
        .await
        .map_err(|error| failure(cx.connection, &error))
}

/// What may have happened where no whole answer came.
pub(crate) fn failure(connection: &Connection, error: &HttpError) -> ActionError {
    let reason = clear_text(connection, &error.to_string());
    match error {
        HttpError::NotSent(_) => ActionError::not_now(reason, None),
        HttpError::Lost(_) | HttpError::Oversize(_) => ActionError::unknown(reason),
        // A setting leads to a host that nobody allowed: a person repairs it, and then it can go on.
        HttpError::Blocked(_) => ActionError::needs_repair(reason),
    }
}

/// What a provider's own 500 proves. Each provider says it, with the vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On500 {
    /// The vendor names it among the answers after which the call is made again: nothing was done.
    NothingDone,
    /// The vendor does not say, and something may have been done before it failed.
    MaybeDone,
}

/// What an answer that is no success means, for a call of that class. Statuses 4xx and 503 prove that
/// nothing was accepted, 500 where the vendor says so; after 502, 504 and whatever a proxy makes up it
/// may have been.
pub fn judge_status(
    status: StatusCode,
    reason: impl Into<String>,
    wait: Option<Duration>,
    class: EffectClass,
    on_500: On500,
) -> ActionError {
    let reason = reason.into();
    match status.as_u16() {
        // Followed, it would carry the credentials to whatever host it names.
        300..=399 => ActionError::needs_repair(format!(
            "redirect_blocked: {reason}, and redirects are not followed; correct the connection's address"
        )),
        200..=299 => ActionError::unknown(reason),
        401 | 403 => ActionError::needs_repair(reason),
        408 | 425 | 429 | 503 => ActionError::not_now(reason, wait),
        500 if on_500 == On500::NothingDone => ActionError::not_now(reason, wait),
        500.. if class == EffectClass::Natural => ActionError::not_now(reason, wait),
        // With a key too: from an attempt that may have arrived the provider's memory of it counts.
        500.. => ActionError::unknown(reason),
        _ => ActionError::refused(reason),
    }
}

/// For calls that change nothing: where an answer is lost, nothing is.
pub fn harmless(error: ActionError) -> ActionError {
    match error {
        ActionError::Unknown { reason } => ActionError::NotNow { reason, wait: None },
        other => other,
    }
}

/// How long the provider asks us to wait, at least: `Retry-After` in seconds or as a date, cut at
/// [`WAIT_MAX`]. What cannot be read asks for nothing.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if text.is_empty() || text.len() > RETRY_AFTER_BYTES_MAX {
        return None;
    }
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(WAIT_MAX, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        let second = i64::try_from(date.as_secs()).unwrap_or(i64::MAX);
        time::until(now, Timestamp::from_second(second).unwrap_or(Timestamp::MAX))
    };
    Some(wait.min(WAIT_MAX))
}

/// What a service answered that nobody here knows, with its own words where they are found.
pub(crate) fn answered(connection: &Connection, who: &str, response: &HttpResponse) -> String {
    let reason = format!("{who} answered {}", response.status.as_u16());
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let detail = DETAILS.iter().find_map(|place| body.pointer(place)?.as_str());
    match detail.filter(|text| !text.trim().is_empty()) {
        Some(detail) => format!("{reason}: {}", clear_text(connection, detail)),
        None => reason,
    }
}

/// A text of others, as an error may repeat it.
pub fn clear_text(connection: &Connection, text: &str) -> String {
    connection.cleared(text, DETAIL_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_wait(value: &str, expected: Option<u64>) {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, value.parse().unwrap());
        assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{value}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_never_trusted() {
        check_wait("0", Some(0));
        check_wait("1", Some(1));
        check_wait(" 120 ", Some(120));
        check_wait("86400", Some(86_400));
        check_wait("1000000000000", Some(86_400));
        check_wait(&"9".repeat(60), Some(86_400));
        check_wait(&"9".repeat(65), None);
        check_wait("-5", None);
        check_wait("1.5", None);
        check_wait("", None);
        check_wait("soon", None);
        check_wait("Mon, 23 Nov 2026 12:00:30 GMT", Some(30));
        check_wait("Monday, 23-Nov-26 12:00:30 GMT", Some(30));
        check_wait("Mon Nov 23 12:00:30 2026", Some(30));
        check_wait("Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400));
        check_wait("Sun, 22 Nov 2026 12:00:00 GMT", Some(0));
        check_wait("Mon, 31 Feb 2026 12:00:00 GMT", None);
        check_wait("Mon, (((((((((((())))))))))) 23 Nov 2026 12:00:30 GMT", None);
        check_wait(&"(".repeat(10_000), None);
    }

    fn check_judgement(class: EffectClass, expected: &[(u16, &str)]) {
        check_judgement_of(class, On500::NothingDone, expected);
    }

    fn check_judgement_of(class: EffectClass, on_500: On500, expected: &[(u16, &str)]) {
        for (status, kind) in expected {
            let error =
                judge_status(StatusCode::from_u16(*status).unwrap(), "", None, class, on_500);
            let found = match error {
                ActionError::NotNow { .. } => "not now",
                ActionError::Refused { .. } => "refused",
                ActionError::Unknown { .. } => "unknown",
                ActionError::NeedsRepair { .. } => "needs repair",
            };
            assert_eq!(found, *kind, "{class:?} {status}");
        }
    }

    #[test]
    fn only_a_gateway_leaves_open_whether_a_mail_was_taken() {
        for class in [EffectClass::Neither, EffectClass::Queryable, EffectClass::Keyed] {
            check_judgement(
                class,
                &[(500, "not now"), (503, "not now"), (502, "unknown"), (504, "unknown")],
            );
            check_judgement(class, &[(520, "unknown"), (200, "unknown")]);
        }
        let natural = [(502, "not now"), (504, "not now"), (520, "not now")];
        check_judgement(EffectClass::Natural, &natural);
    }

    #[test]
    fn a_500_proves_nothing_where_the_vendor_does_not_say_so() {
        use EffectClass::{Keyed, Natural, Neither, Queryable};
        for class in [Keyed, Queryable, Neither] {
            let expected = [(500, "unknown"), (503, "not now"), (502, "unknown")];
            check_judgement_of(class, On500::MaybeDone, &expected);
        }
        check_judgement_of(Natural, On500::MaybeDone, &[(500, "not now"), (503, "not now")]);
    }

    #[test]
    fn client_errors_mean_the_same_for_every_class() {
        use EffectClass::{Keyed, Natural, Neither, Queryable};
        for class in [Keyed, Natural, Queryable, Neither] {
            check_judgement(class, &[(429, "not now"), (408, "not now"), (425, "not now")]);
            check_judgement(class, &[(401, "needs repair"), (403, "needs repair")]);
            check_judgement(class, &[(302, "needs repair"), (400, "refused"), (422, "refused")]);
        }
    }
}
