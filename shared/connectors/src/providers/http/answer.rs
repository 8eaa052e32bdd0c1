//! What an answer proves.

use crate::action::Cx;
use crate::contracts::http::{HttpAnswer, HttpCall, HttpMethod};
use crate::providers::answers::{On500, answered, judge_status, retry_after};
use http::StatusCode;
use serde_json::Value;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::HttpResponse;

/// The most that is kept of a body, in bytes as JSON: it stands in the run's record.
const KEPT_BYTES_MAX: usize = 256 * 1024;
/// The answer as the step gives it, or what it means.
pub(super) fn read(
    cx: &Cx<'_>,
    call: &HttpCall,
    class: EffectClass,
    response: HttpResponse,
) -> Result<HttpAnswer, ActionError> {
    let status = response.status;
    if call.method == HttpMethod::Delete && is_gone(status) {
        return Ok(HttpAnswer { status: status.as_u16(), body: Value::Null });
    }
    if !status.is_success() {
        return Err(judged(cx, class, &response));
    }
    body(call, &response).map(|body| HttpAnswer { status: status.as_u16(), body }).map_err(|what| {
        let reason =
            format!("answer_unexpected: the service answered {}, and {what}", status.as_u16());
        // It was done; what cannot be taken of the answer is not to make it be done again.
        match call.method.is_safe() {
            true => ActionError::refused(reason),
            false => ActionError::unknown(reason),
        }
    })
}

/// What is to be taken away is not there: the second of two calls is answered so.
fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// What is kept of the body, or why it cannot be.
fn body(call: &HttpCall, response: &HttpResponse) -> Result<Value, String> {
    let bytes = &response.body;
    let json = serde_json::from_slice(bytes).ok();
    let kept = match (call.expected().ok().flatten(), json) {
        (Some(expected), Some(json)) => expected.taken(json, "body")?,
        (Some(_), None) => return Err("its body is no JSON".to_owned()),
        (None, Some(json)) => json,
        (None, None) if bytes.is_empty() => Value::Null,
        (None, None) => std::str::from_utf8(bytes).map_or(Value::Null, Value::from),
    };
    match kept.to_string().len() > KEPT_BYTES_MAX {
        true => Err(format!(
            "its body has more than {} KB: say with `expect` what of it is needed",
            KEPT_BYTES_MAX / 1024
        )),
        false => Ok(kept),
    }
}

fn judged(cx: &Cx<'_>, class: EffectClass, response: &HttpResponse) -> ActionError {
    let status = response.status;
    let reason = answered(cx.connection, "the service", response);
    // The call before this one, whose answer was lost, may be at work still.
    if class == EffectClass::Keyed && status == StatusCode::CONFLICT {
        return ActionError::unknown(reason);
    }
    let wait = retry_after(&response.headers, cx.clock.now());
    judge_status(status, reason, wait, class, On500::MaybeDone)
}
