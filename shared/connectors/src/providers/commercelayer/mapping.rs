//! From Commerce Layer's resources to ours.
//!
//! Invariant: whatever is not needed to know which resource it is becomes null where it is missing or
//! makes no sense.
//!
//! Field paths: <https://docs.commercelayer.io/core/v/api-reference>.

use super::document::{Document, Resource};
use crate::events::{
    Address, Customer, LineKind, Money, Order, OrderLine, Parcel, Payment, PaymentKind, Shipment,
    Stock, StockData, Subscription, SubscriptionData,
};

/// An order.
pub(super) fn order(document: &Document<'_>) -> Order {
    let order = &document.primary;
    let currency = order.currency("currency_code");
    let money = |name: &str| order.money(name, currency.as_deref());
    let shipping_address = address(document, "shipping_address");
    let billing_address = address(document, "billing_address");
    Order {
        id: order.id.clone().into_owned(),
        number: order.text("number").unwrap_or_else(|| order.id.clone().into_owned()),
        status: order.text("status"),
        payment_status: order.text("payment_status"),
        fulfillment_status: order.text("fulfillment_status"),
        total: total(order, currency.as_deref()),
        subtotal: money("subtotal_amount_cents"),
        shipping: money("shipping_amount_cents"),
        discount: money("discount_amount_cents"),
        tax: money("total_tax_amount_cents"),
        language: order.text("language_code"),
        guest: order.flag("guest"),
        placed_at: order.time("placed_at"),
        approved_at: order.time("approved_at"),
        cancelled_at: order.time("cancelled_at"),
        updated_at: order.time("updated_at"),
        customer: orderer(document, billing_address.as_ref().or(shipping_address.as_ref())),
        lines: lines(document, currency.as_deref()),
        shipping_address,
        billing_address,
        test: order.is_test(),
        currency,
    }
}

/// What the customer pays. The amount without `with_taxes` is the same only where taxes are
/// included in the prices.
fn total(order: &Resource<'_>, currency: Option<&str>) -> Option<Money> {
    let with_taxes = order.money("total_amount_with_taxes_cents", currency);
    with_taxes.or_else(|| {
        let is_the_same = order.flag("tax_included") == Some(true);
        is_the_same.then(|| order.money("total_amount_cents", currency)).flatten()
    })
}

/// Customers have no names at Commerce Layer; addresses do.
fn orderer(document: &Document<'_>, address: Option<&Address>) -> Customer {
    let customer = customer(document);
    Customer {
        first_name: address.and_then(|address| address.first_name.clone()),
        last_name: address.and_then(|address| address.last_name.clone()),
        ..customer
    }
}

/// Whom a resource belongs to: the address on it counts, because it stays when the customer goes.
fn customer(document: &Document<'_>) -> Customer {
    let customer = document.related(&document.primary, "customer");
    let email = document.primary.text("customer_email");
    Customer {
        email: email.or_else(|| customer.as_ref()?.text("email")),
        id: customer.map(|customer| customer.id.into_owned()),
        ..Customer::default()
    }
}

fn address(document: &Document<'_>, name: &str) -> Option<Address> {
    let address = document.related(&document.primary, name).filter(Resource::is_whole)?;
    Some(Address {
        first_name: address.text("first_name"),
        last_name: address.text("last_name"),
        company: address.text("company"),
        line_1: address.text("line_1"),
        line_2: address.text("line_2"),
        city: address.text("city"),
        postal_code: address.text("zip_code"),
        state: address.text("state_code"),
        country: address.text("country_code"),
        phone: address.text("phone"),
    })
}

/// The same list holds shipments, payment methods, adjustments and promotions: those are no lines.
fn lines(document: &Document<'_>, currency: Option<&str>) -> Vec<OrderLine> {
    let items = document.all_related(&document.primary, "line_items").into_iter();
    items.filter_map(|item| Some(line(&item, kind(&item)?, currency))).collect()
}

/// What a line stands for; one that does not say is known by its code.
fn kind(item: &Resource<'_>) -> Option<LineKind> {
    match item.text("item_type").as_deref() {
        Some("skus") => Some(LineKind::Sku),
        Some("bundles") => Some(LineKind::Bundle),
        Some("gift_cards") => Some(LineKind::GiftCard),
        Some(_) => None,
        None if item.text("sku_code").is_some() => Some(LineKind::Sku),
        None => item.text("bundle_code").map(|_| LineKind::Bundle),
    }
}

fn line(item: &Resource<'_>, kind: LineKind, currency: Option<&str>) -> OrderLine {
    let own = item.currency("currency_code");
    let currency = own.as_deref().or(currency);
    let sku = item.text("sku_code").or_else(|| item.text("bundle_code"));
    let name = item.text("name").or_else(|| sku.clone());
    OrderLine {
        name: name.unwrap_or_else(|| item.id.clone().into_owned()),
        sku,
        quantity: item.integer("quantity"),
        unit_price: item.money("unit_amount_cents", currency),
        total: item.money("total_amount_cents", currency),
        kind,
    }
}

/// A transaction: an authorization, a capture or a refund.
pub(super) fn payment(document: &Document<'_>, kind: PaymentKind) -> Payment {
    let transaction = &document.primary;
    let currency = transaction.currency("currency_code");
    let order = document.related(transaction, "order");
    let of_order = |name: &str| order.as_ref()?.text(name);
    Payment {
        id: transaction.id.clone().into_owned(),
        kind,
        amount: transaction.money("amount_cents", currency.as_deref()),
        gateway_id: transaction.text("gateway_transaction_id"),
        order_number: of_order("number"),
        customer_email: of_order("customer_email"),
        order_id: order.map(|order| order.id.into_owned()),
        created_at: transaction.time("created_at"),
    }
}

/// A shipment with its parcels.
pub(super) fn shipment(document: &Document<'_>) -> Shipment {
    let shipment = &document.primary;
    let order = document.related(shipment, "order");
    let of_order = |name: &str| order.as_ref()?.text(name);
    let parcels = document.all_related(shipment, "parcels");
    Shipment {
        id: shipment.id.clone().into_owned(),
        number: shipment.text("number").unwrap_or_else(|| shipment.id.clone().into_owned()),
        status: shipment.text("status"),
        order_number: of_order("number"),
        customer_email: of_order("customer_email"),
        order_id: order.map(|order| order.id.into_owned()),
        parcels: parcels.iter().map(parcel).collect(),
        updated_at: shipment.time("updated_at"),
    }
}

fn parcel(parcel: &Resource<'_>) -> Parcel {
    Parcel {
        id: parcel.id.clone().into_owned(),
        number: parcel.text("number"),
        tracking_number: parcel.text("tracking_number"),
        tracking_status: parcel.text("tracking_status"),
    }
}

/// A customer who was created.
pub(super) fn created_customer(document: &Document<'_>) -> Customer {
    Customer {
        id: Some(document.primary.id.clone().into_owned()),
        email: document.primary.text("email"),
        ..Customer::default()
    }
}

/// A newsletter subscription; its `reference` is the list's name.
pub(super) fn subscription(document: &Document<'_>) -> SubscriptionData {
    let subscription = &document.primary;
    SubscriptionData {
        subscription: Subscription {
            id: subscription.id.clone().into_owned(),
            list: subscription.text("reference"),
        },
        customer: customer(document),
    }
}

/// A back-in-stock notice: one for each subscriber.
pub(super) fn stock(document: &Document<'_>) -> StockData {
    let notice = &document.primary;
    let code = || document.related(notice, "sku")?.text("code");
    StockData {
        stock: Stock {
            sku: notice.text("sku_code").or_else(code),
            subscription_id: Some(notice.id.clone().into_owned()),
        },
        customer: customer(document),
    }
}
