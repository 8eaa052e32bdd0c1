//! Stock.

use super::Customer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product that can be bought again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stock {
    /// The product's code.
    pub sku: Option<String>,
    /// The wish to be told that this answers; one event comes for each wish.
    pub subscription_id: Option<String>,
}

/// What stands below `trigger` for `stock.replenished`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockData {
    /// What is there again.
    pub stock: Stock,
    /// Who asked to be told.
    pub customer: Customer,
}
