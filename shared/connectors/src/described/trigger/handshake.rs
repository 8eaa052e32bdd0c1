//! Requests by which a sender tries an address before it sends anything.
//!
//! Invariant: nothing follows from one, and its answer holds at most one short token of what was asked.

use super::verify::is_signed;
use crate::deliveries::{Answer, Delivery, forms};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde_json::{Map, Value};
use tradewind_engine::descriptions::{Handshake, Trigger};

/// The longest text that is given back.
const ECHO_BYTES_MAX: usize = 256;

/// The methods of deliveries and of their handshakes.
pub(super) fn methods(trigger: &Trigger) -> Vec<Method> {
    let mut methods = vec![Method::POST];
    for handshake in &trigger.answers {
        let named = handshake.method.as_deref().and_then(|method| method.parse().ok());
        let found = named.map_or_else(|| vec![Method::GET], |method| vec![method]);
        methods.extend(
            found.into_iter().filter(|method| !methods.contains(method)).collect::<Vec<_>>(),
        );
    }
    methods
}

/// The answer to a try; nothing where it is none. What carries a signature is a delivery.
pub(super) fn answer(trigger: &Trigger, delivery: &Delivery) -> Option<Answer> {
    if trigger.answers.is_empty() || is_signed(&trigger.verify, delivery) {
        return None;
    }
    let query = fields(delivery.query.as_bytes());
    let form = if is_form(delivery) { fields(&delivery.body) } else { Map::new() };
    trigger.answers.iter().find_map(|handshake| {
        let has = |fields: &Map<String, Value>, names: &[String]| {
            names.iter().all(|name| fields.contains_key(name))
        };
        let fits = takes(handshake, &delivery.method)
            && has(&query, &handshake.query)
            && has(&form, &handshake.form);
        let asked = |name: &String| query.get(name).or(form.get(name)).and_then(Value::as_str);
        let text = match &handshake.echo {
            None => "",
            Some(name) => asked(name).filter(|text| is_token(text))?,
        };
        let status = StatusCode::from_u16(handshake.status).ok()?;
        fits.then(|| Answer { status, text: text.to_owned() })
    })
}

/// Whether a form, of which only the head has come, may be a try.
pub(super) fn may_be_tried_by_form(trigger: &Trigger, head: &Delivery) -> bool {
    let mut by_form = trigger.answers.iter().filter(|handshake| !handshake.form.is_empty());
    is_form(head)
        && !is_signed(&trigger.verify, head)
        && by_form.any(|handshake| takes(handshake, &head.method))
}

fn takes(handshake: &Handshake, method: &Method) -> bool {
    handshake.method.as_deref().is_none_or(|named| named == method.as_str())
}

fn is_form(delivery: &Delivery) -> bool {
    let label = delivery.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let label = label.split(';').next().unwrap_or_default().trim();
    label.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn fields(form: &[u8]) -> Map<String, Value> {
    match forms::read(form).value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Whether nothing in a text can be taken for anything but a token.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    (1..=ECHO_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)
}
