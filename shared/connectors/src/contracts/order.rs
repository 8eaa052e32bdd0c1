//! `order.get` and `order.approve`; `order.export` has a file of its own.

pub mod export;
mod sample;

use super::text::check_line;
use crate::contract::{Contract, Tried};
use crate::events::Order;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};

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

impl OrderReference {
    /// The reference where its id is one line; a provider may narrow that to its own ids.
    pub fn checked(self) -> Result<Self, ActionError> {
        check_line(&self.id, "id").map(|()| self)
    }
}

/// Read an order as it stands now.
pub struct OrderGet;

impl Contract for OrderGet {
    const ID: &'static str = "order.get";
    const SUMMARY: &'static str = "Read an order as it stands now";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Retry;
    type Input = OrderReference;
    type Output = OrderFound;

    fn checked(reference: OrderReference) -> Result<OrderReference, ActionError> {
        reference.checked()
    }

    fn sample(reference: &OrderReference, tried: &Tried<'_, Self>) -> OrderFound {
        OrderFound { order: sample::order(&reference.id, tried.now) }
    }
}

/// Approve a placed order. One that is approved already counts as success.
pub struct OrderApprove;

impl Contract for OrderApprove {
    const ID: &'static str = "order.approve";
    const SUMMARY: &'static str = "Approve a placed order";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    type Input = OrderReference;
    type Output = OrderApproved;

    fn checked(reference: OrderReference) -> Result<OrderReference, ActionError> {
        reference.checked()
    }

    fn sample(reference: &OrderReference, _: &Tried<'_, Self>) -> OrderApproved {
        let status = "approved".to_owned();
        OrderApproved { id: reference.id.clone(), status, changed: true }
    }
}
