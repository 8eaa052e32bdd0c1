//! Shipments and their parcels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Goods on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    /// The provider's id of the shipment.
    pub id: String,
    /// The number that the customer sees; the id where the provider gives none.
    pub number: String,
    /// Such as `ready_to_ship`, `shipped`, `delivered`.
    pub status: Option<String>,
    /// The order that it belongs to.
    pub order_id: Option<String>,
    /// That order's number.
    pub order_number: Option<String>,
    /// Email address of the customer who ordered.
    pub customer_email: Option<String>,
    /// The boxes.
    pub parcels: Vec<Parcel>,
    /// When it last changed, RFC 3339 UTC.
    pub updated_at: Option<String>,
}

/// One box of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parcel {
    /// The provider's id of the parcel.
    pub id: String,
    /// The parcel's number in the shop.
    pub number: Option<String>,
    /// The carrier's number to follow it by.
    pub tracking_number: Option<String>,
    /// What the carrier says of it, such as `in_transit`.
    pub tracking_status: Option<String>,
}

/// What stands below `trigger` for `shipment.*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentData {
    /// The shipment.
    pub shipment: Shipment,
}
