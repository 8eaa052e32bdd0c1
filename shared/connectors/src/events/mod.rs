//! What can happen, in canonical form: one file for each object, and the list of all events.
//!
//! Invariant: what a provider does not tell is null, never missing, so that an expression such as
//! `trigger.order.customer.email` always has a meaning.

mod address;
mod customer;
mod kinds;
mod money;
mod order;
mod own;
mod payment;
mod run;
mod schedule;
mod shipment;
mod stock;
mod webhook;

pub use address::Address;
pub use customer::{Customer, CustomerData, Subscription, SubscriptionData};
pub use kinds::{Canonical, EventKind, OWN_EVENTS, all, canonical, data_schema};
pub use money::Money;
pub use order::{LineKind, Order, OrderData, OrderLine};
pub use own::OwnData;
pub use payment::{Payment, PaymentData, PaymentKind};
pub use run::{RunData, RunEnd};
pub use schedule::{DueTime, ScheduleData};
pub use shipment::{Parcel, Shipment, ShipmentData};
pub use stock::{Stock, StockData};
pub use webhook::WebhookData;
