//! Orders.

use super::{Address, Customer, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The provider's id of the order.
    pub id: String,
    /// The number that the customer sees; the id where the provider gives none.
    pub number: String,
    /// `draft`, `pending`, `editing`, `placing`, `placed`, `approved` or `cancelled`.
    pub status: Option<String>,
    /// Such as `unpaid`, `authorized`, `paid`, `partially_refunded`, `refunded`, `voided`, `free`.
    pub payment_status: Option<String>,
    /// Such as `unfulfilled`, `in_progress`, `fulfilled`, `not_required`.
    pub fulfillment_status: Option<String>,
    /// ISO 4217 code of all amounts; without it none of them is known.
    pub currency: Option<String>,
    /// What the customer pays, taxes included.
    pub total: Option<Money>,
    /// The goods alone.
    pub subtotal: Option<Money>,
    /// Shipping.
    pub shipping: Option<Money>,
    /// The discount; negative where there is one.
    pub discount: Option<Money>,
    /// The taxes.
    pub tax: Option<Money>,
    /// The customer's language, ISO 639-1, such as `it`.
    pub language: Option<String>,
    /// Whether the customer ordered without an account.
    pub guest: Option<bool>,
    /// When the order was placed, RFC 3339 UTC.
    pub placed_at: Option<String>,
    /// When it was approved, RFC 3339 UTC.
    pub approved_at: Option<String>,
    /// When it was cancelled, RFC 3339 UTC.
    pub cancelled_at: Option<String>,
    /// When it last changed, RFC 3339 UTC.
    pub updated_at: Option<String>,
    /// Who ordered.
    pub customer: Customer,
    /// What was ordered; shipping, payment and promotions are not lines.
    pub lines: Vec<OrderLine>,
    /// Where the goods go.
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// Whether the order was made in the provider's test mode.
    pub test: bool,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The code of the product or bundle; gift cards have none.
    pub sku: Option<String>,
    /// The name that the customer sees.
    pub name: String,
    /// How many.
    pub quantity: Option<i64>,
    /// The price of one; a gift may have none.
    pub unit_price: Option<Money>,
    /// The price of all of them.
    pub total: Option<Money>,
    /// What kind of thing it is.
    pub kind: LineKind,
}

/// What a line of an order stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A product.
    Sku,
    /// Several products sold as one.
    Bundle,
    /// A gift card.
    GiftCard,
}

/// What stands below `trigger` for `order.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderData {
    /// The order as it was when it happened.
    pub order: Order,
}
