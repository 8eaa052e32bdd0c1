//! Amounts of money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of money. It never passes through a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// In minor units of the currency: cents for EUR, whole yen for JPY, thousandths for KWD.
    pub amount: i64,
    /// ISO 4217 code, such as `EUR`.
    pub currency: String,
}
