//! From Commerce Layer's resources to ours.
//!
//! Field paths: <https://docs.commercelayer.io/core/v/api-reference>.

use super::document::{Document, Resource};
use crate::deliveries::Refusal;
use crate::events::{
    Address, Customer, LineKind, Money, Order, OrderLine, Parcel, Payment, PaymentKind, Shipment,
    Stock, StockData, Subscription, SubscriptionData,
};

/// An order.
pub(super) fn order(document: &Document<'_>) -> Result<Order, Refusal> {
    let order = document.primary;
    let currency = order.needed("currency_code")?;
    let shipping_address = address(document, "shipping_address");
    let billing_address = address(document, "billing_address");
    Ok(Order {
        id: order.id.to_owned(),
        number: order.text("number").unwrap_or_else(|| order.id.to_owned()),
        status: order.needed("status")?,
        payment_status: order.text("payment_status"),
        fulfillment_status: order.text("fulfillment_status"),
        total: total(order, &currency)?,
        subtotal: order.money("subtotal_amount_cents", &currency)?,
        shipping: order.money("shipping_amount_cents", &currency)?,
        discount: order.money("discount_amount_cents", &currency)?,
        tax: order.money("total_tax_amount_cents", &currency)?,
        language: order.text("language_code"),
        guest: order.flag("guest"),
        placed_at: order.time("placed_at"),
        approved_at: order.time("approved_at"),
        cancelled_at: order.time("cancelled_at"),
        updated_at: order.time("updated_at"),
        customer: orderer(document, billing_address.as_ref().or(shipping_address.as_ref())),
        lines: lines(document, &currency)?,
        shipping_address,
        billing_address,
        test: order.is_test(),
        currency,
    })
}

/// What the customer pays. The amount without `with_taxes` is the same only where taxes are
/// included in the prices.
fn total(order: Resource<'_>, currency: &str) -> Result<Money, Refusal> {
    let with_taxes = "total_amount_with_taxes_cents";
    let mut total = order.money(with_taxes, currency)?;
    if total.is_none() && order.flag("tax_included") == Some(true) {
        total = order.money("total_amount_cents", currency)?;
    }
    total.ok_or_else(|| order.missing(with_taxes))
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
    let customer = document.related(document.primary, "customer");
    let email = document.primary.text("customer_email");
    Customer {
        id: customer.map(|customer| customer.id.to_owned()),
        email: email.or_else(|| customer?.text("email")),
        ..Customer::default()
    }
}

fn address(document: &Document<'_>, name: &str) -> Option<Address> {
    let address = document.related(document.primary, name).filter(Resource::is_whole)?;
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
fn lines(document: &Document<'_>, currency: &str) -> Result<Vec<OrderLine>, Refusal> {
    let items = document.all_related(document.primary, "line_items").into_iter();
    let lines = items.filter_map(|item| {
        let kind = match item.text("item_type")?.as_str() {
            "skus" => LineKind::Sku,
            "bundles" => LineKind::Bundle,
            "gift_cards" => LineKind::GiftCard,
            _ => return None,
        };
        Some(line(item, kind, currency))
    });
    lines.collect()
}

fn line(item: Resource<'_>, kind: LineKind, currency: &str) -> Result<OrderLine, Refusal> {
    let currency = item.text("currency_code").unwrap_or_else(|| currency.to_owned());
    let money = |name: &str| item.money(name, &currency)?.ok_or_else(|| item.missing(name));
    let sku = item.text("sku_code").or_else(|| item.text("bundle_code"));
    Ok(OrderLine {
        name: item.text("name").or_else(|| sku.clone()).unwrap_or_else(|| item.id.to_owned()),
        sku,
        quantity: item.integer("quantity")?.ok_or_else(|| item.missing("quantity"))?,
        unit_price: money("unit_amount_cents")?,
        total: money("total_amount_cents")?,
        kind,
    })
}

/// A transaction: an authorization, a capture or a refund.
pub(super) fn payment(document: &Document<'_>, kind: PaymentKind) -> Result<Payment, Refusal> {
    let transaction = document.primary;
    let currency = transaction.needed("currency_code")?;
    let amount = transaction.money("amount_cents", &currency)?;
    let order = document.related(transaction, "order");
    Ok(Payment {
        id: transaction.id.to_owned(),
        kind,
        amount: amount.ok_or_else(|| transaction.missing("amount_cents"))?,
        gateway_id: transaction.text("gateway_transaction_id"),
        order_id: order.map(|order| order.id.to_owned()),
        order_number: order.and_then(|order| order.text("number")),
        customer_email: order.and_then(|order| order.text("customer_email")),
        created_at: transaction.time("created_at"),
    })
}

/// A shipment with its parcels.
pub(super) fn shipment(document: &Document<'_>) -> Shipment {
    let shipment = document.primary;
    let order = document.related(shipment, "order");
    let parcels = document.all_related(shipment, "parcels").into_iter();
    Shipment {
        id: shipment.id.to_owned(),
        number: shipment.text("number").unwrap_or_else(|| shipment.id.to_owned()),
        status: shipment.text("status"),
        order_id: order.map(|order| order.id.to_owned()),
        order_number: order.and_then(|order| order.text("number")),
        customer_email: order.and_then(|order| order.text("customer_email")),
        parcels: parcels.map(parcel).collect(),
        updated_at: shipment.time("updated_at"),
    }
}

fn parcel(parcel: Resource<'_>) -> Parcel {
    Parcel {
        id: parcel.id.to_owned(),
        number: parcel.text("number"),
        tracking_number: parcel.text("tracking_number"),
        tracking_status: parcel.text("tracking_status"),
    }
}

/// A customer who was created.
pub(super) fn created_customer(document: &Document<'_>) -> Customer {
    Customer {
        id: Some(document.primary.id.to_owned()),
        email: document.primary.text("email"),
        ..Customer::default()
    }
}

/// A newsletter subscription; its `reference` is the list's name.
pub(super) fn subscription(document: &Document<'_>) -> SubscriptionData {
    let subscription = document.primary;
    SubscriptionData {
        subscription: Subscription {
            id: subscription.id.to_owned(),
            list: subscription.text("reference"),
        },
        customer: customer(document),
    }
}

/// A back-in-stock notice: one for each subscriber.
pub(super) fn stock(document: &Document<'_>) -> Result<StockData, Refusal> {
    let notice = document.primary;
    let code = || document.related(notice, "sku")?.text("code");
    let sku = notice.text("sku_code").or_else(code);
    Ok(StockData {
        stock: Stock {
            sku: sku.ok_or_else(|| notice.missing("sku_code"))?,
            subscription_id: Some(notice.id.to_owned()),
        },
        customer: customer(document),
    })
}
