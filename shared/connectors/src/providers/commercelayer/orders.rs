//! `order.get` and `order.approve`.

use super::PROVIDER;
use crate::action::{Cx, Implementation};
use crate::contracts::order::{OrderApproved, OrderFound, OrderReference};
use tradewind_engine::effects::{ActionError, EffectClass};

/// Reads an order.
pub fn order_get() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| Box::pin(get(cx, input)))
}

/// Approves an order.
pub fn order_approve() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| Box::pin(approve(cx, input)))
}

async fn get(_cx: &Cx<'_>, _input: OrderReference) -> Result<OrderFound, ActionError> {
    Err(ActionError::refused("not yet"))
}

async fn approve(_cx: &Cx<'_>, _input: OrderReference) -> Result<OrderApproved, ActionError> {
    Err(ActionError::refused("not yet"))
}
