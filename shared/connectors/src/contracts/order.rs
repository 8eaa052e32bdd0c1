//! `order.get` and `order.approve`.

use crate::action::Action;
use crate::events::Order;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::OnUnknown;

/// Which order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderReference {
    /// The order's id at the commerce platform.
    pub id: String,
}

/// The order as it stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderFound {
    /// The order.
    pub order: Order,
}

/// The order is approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderApproved {
    /// The order's id.
    pub id: String,
    /// The order's status now.
    pub status: String,
    /// False: it was approved before.
    pub changed: bool,
}

/// Read an order as it stands now.
pub fn get() -> Action {
    Action::new::<OrderReference, OrderFound>(
        "order.get",
        "Read an order as it stands now",
        OnUnknown::Retry,
    )
}

/// Approve a placed order. One that is approved already counts as success.
pub fn approve() -> Action {
    Action::new::<OrderReference, OrderApproved>(
        "order.approve",
        "Approve a placed order",
        OnUnknown::Hold,
    )
}
