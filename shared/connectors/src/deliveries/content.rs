//! What the body of a delivery says, by its content type.

use super::{Delivery, Refusal, forms, json};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The label of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The body as a value: a form where it says so, else JSON.
pub fn content(delivery: &Delivery) -> Result<json::Body, Refusal> {
    match label(&delivery.headers).as_deref() {
        Some(FORM) => Ok(forms::read(&delivery.body)),
        _ => json::read(&delivery.body),
    }
}

/// Whether no body can be of a type that is read here. Of some only the body shows which type it is.
pub(super) fn check_label(headers: &HeaderMap) -> Result<(), Refusal> {
    match label(headers) {
        Some(label) if !is_json(&label) && !is_form(&label) => Err(Refusal::ContentTypeUnsupported),
        _ => Ok(()),
    }
}

/// Whether the body is of a type that is read here. Where no type is given, JSON is meant.
pub(super) fn check_type(delivery: &Delivery, takes_forms: bool) -> Result<(), Refusal> {
    let Some(label) = label(&delivery.headers) else { return Ok(()) };
    if is_json(&label) {
        return Ok(());
    }
    let is_form = is_form(&label);
    let first = delivery.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if is_form && matches!(first, Some(b'{' | b'[')) {
        return Err(Refusal::ContentTypeMismatch);
    }
    if takes_forms && label == FORM { Ok(()) } else { Err(Refusal::ContentTypeUnsupported) }
}

fn is_json(label: &str) -> bool {
    label == "application/json" || (label.contains('/') && label.ends_with("+json"))
}

fn is_form(label: &str) -> bool {
    label.starts_with("multipart/") || label == FORM
}

/// The content type without its parameters, in small letters; empty where it is no text.
fn label(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    Some(given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
