//! Postal addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Street and number.
    pub line_1: Option<String>,
    /// Floor, flat, care of.
    pub line_2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal code, as text.
    pub postal_code: Option<String>,
    /// State, province or region.
    pub state: Option<String>,
    /// ISO 3166 country code, such as `IT`.
    pub country: Option<String>,
    /// Phone number as the customer wrote it.
    pub phone: Option<String>,
}
