//! Payments: money set aside, taken or given back.

use super::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One movement of money that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// The provider's id of the transaction.
    pub id: String,
    /// What was done with the money.
    pub kind: PaymentKind,
    /// How much.
    pub amount: Option<Money>,
    /// The payment gateway's own id of the transaction.
    pub gateway_id: Option<String>,
    /// The order that it belongs to.
    pub order_id: Option<String>,
    /// That order's number.
    pub order_number: Option<String>,
    /// Email address of the customer who ordered.
    pub customer_email: Option<String>,
    /// When the transaction was made, RFC 3339 UTC.
    pub created_at: Option<String>,
}

/// What was done with the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// It was set aside.
    Authorization,
    /// It was taken.
    Capture,
    /// It was given back.
    Refund,
}

/// What stands below `trigger` for `payment.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentData {
    /// The payment.
    pub payment: Payment,
}
