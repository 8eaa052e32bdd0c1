//! Customers and their subscriptions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A customer, as far as the provider tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The provider's id of the customer; guests may have none.
    pub id: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// First name; of an order the one on the billing address, else on the shipping address.
    pub first_name: Option<String>,
    /// Last name; of an order the one on the billing address, else on the shipping address.
    pub last_name: Option<String>,
}

/// What stands below `trigger` for `customer.created`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerData {
    /// The customer.
    pub customer: Customer,
}

/// A customer's wish to hear from the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// The provider's id of the subscription.
    pub id: String,
    /// The list that was subscribed to, such as `newsletter`.
    pub list: Option<String>,
}

/// What stands below `trigger` for `customer.subscribed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubscriptionData {
    /// What was subscribed to.
    pub subscription: Subscription,
    /// Who subscribed.
    pub customer: Customer,
}
