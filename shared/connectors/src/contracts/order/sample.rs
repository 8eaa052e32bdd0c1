//! An order of a shop that does not exist.

use crate::events::{Address, Customer, LineKind, Money, Order, OrderLine};
use tradewind_engine::time::Timestamp;

/// A placed and authorised order of that id.
pub(super) fn order(id: &str, now: Timestamp) -> Order {
    let placed_at = Some(now.to_string());
    Order {
        id: id.to_owned(),
        number: id.to_owned(),
        status: Some("placed".to_owned()),
        payment_status: Some("authorized".to_owned()),
        fulfillment_status: Some("unfulfilled".to_owned()),
        currency: Some("EUR".to_owned()),
        total: Some(euro(5_700)),
        subtotal: Some(euro(5_200)),
        shipping: Some(euro(500)),
        discount: Some(euro(0)),
        tax: Some(euro(1_028)),
        language: Some("en".to_owned()),
        guest: Some(true),
        placed_at: placed_at.clone(),
        approved_at: None,
        cancelled_at: None,
        updated_at: placed_at,
        customer: Customer {
            id: None,
            email: Some("ada@example.com".to_owned()),
            first_name: Some("Ada".to_owned()),
            last_name: Some("Example".to_owned()),
        },
        lines: vec![
            line("MUG-BLUE", "Blue mug", 2, 1_600),
            line("TEA-GREEN", "Green tea", 1, 2_000),
        ],
        shipping_address: Some(address()),
        billing_address: Some(address()),
        test: true,
    }
}

fn euro(amount: i64) -> Money {
    Money { amount, currency: "EUR".to_owned() }
}

fn line(sku: &str, name: &str, quantity: i64, unit_price: i64) -> OrderLine {
    OrderLine {
        sku: Some(sku.to_owned()),
        name: name.to_owned(),
        quantity: Some(quantity),
        unit_price: Some(euro(unit_price)),
        total: Some(euro(quantity * unit_price)),
        kind: LineKind::Sku,
    }
}

fn address() -> Address {
    Address {
        first_name: Some("Ada".to_owned()),
        last_name: Some("Example".to_owned()),
        line_1: Some("Via Esempio 1".to_owned()),
        city: Some("Milano".to_owned()),
        postal_code: Some("20100".to_owned()),
        country: Some("IT".to_owned()),
        ..Address::default()
    }
}
