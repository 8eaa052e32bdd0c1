//! `order.get` and `order.approve`.
//!
//! Invariant: approving twice approves once. The second time Commerce Layer refuses, and what the
//! order says then decides.
//!
//! <https://docs.commercelayer.io/core/v/api-reference/orders>

use super::PROVIDER;
use super::api::Api;
use super::document::Document;
use super::mapping;
use crate::action::{Cx, Implementation};
use crate::contracts::order::{OrderApproved, OrderFound, OrderReference};
use crate::deliveries::Refusal;
use http::StatusCode;
use serde_json::{Value, json};
use tradewind_engine::effects::{ActionError, EffectClass};

const INCLUDE: &str = "customer,line_items,shipping_address,billing_address";
const APPROVED: &str = "approved";
const PLACED: &str = "placed";

/// Reads an order.
pub(super) fn order_get() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| Box::pin(get_order(cx, input)))
}

/// Approves an order.
pub(super) fn order_approve() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| {
        Box::pin(approve_order(cx, input))
    })
}

async fn get_order(cx: &Cx<'_>, input: OrderReference) -> Result<OrderFound, ActionError> {
    let path = path(&input.id)?;
    let answer = Api::of(cx)?.get(&format!("{path}?include={INCLUDE}")).await?;
    let order = Document::of(&answer).map(|document| mapping::order(&document));
    Ok(OrderFound { order: order.map_err(unreadable)? })
}

async fn approve_order(cx: &Cx<'_>, input: OrderReference) -> Result<OrderApproved, ActionError> {
    let path = path(&input.id)?;
    let api = Api::of(cx)?;
    let body = json!({
        "data": { "type": "orders", "id": input.id, "attributes": { "_approve": true } },
    });
    let response = api.patch(&path, &body).await?;
    // After 502 and 504 the order may be approved: that is for the effect class to settle.
    let answer = api.read(&response, EffectClass::Neither);
    if response.status != StatusCode::UNPROCESSABLE_ENTITY {
        let status = status(&answer?).unwrap_or_else(|| APPROVED.to_owned());
        return Ok(OrderApproved { id: input.id, status, changed: true });
    }
    let now = status(&api.get(&path).await?).unwrap_or_default();
    match now.as_str() {
        APPROVED => Ok(OrderApproved { id: input.id, status: now, changed: false }),
        PLACED => Err(answer.err().unwrap_or_else(|| ActionError::refused("order_not_approved"))),
        _ => Err(ActionError::refused(format!("order_not_placed: the order is {now}"))),
    }
}

/// Ids are letters and digits; anything else would lead to another resource.
fn path(id: &str) -> Result<String, ActionError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.is_empty() || !id.bytes().all(is_plain) {
        return Err(ActionError::bad_data("id_invalid", "id"));
    }
    Ok(format!("/orders/{id}"))
}

fn status(answer: &Value) -> Option<String> {
    Document::of(answer).ok()?.primary.text("status")
}

fn unreadable(refusal: Refusal) -> ActionError {
    ActionError::refused(format!("answer_invalid: {refusal}"))
}

#[cfg(test)]
mod tests;
