//! Orders of many lines, in the shape in which Commerce Layer sends them with all includes: most of
//! such a body are links of relationships that nobody asked for.

use serde_json::{Map, Value, json};

/// The vendor's order that these are made from.
const ORDER: &str = include_str!("../../../infra/local/src/demo/project/order.json");
const BASE: &str = "https://acme.commercelayer.io/api/line_items";
/// What a line is related to, by its documentation.
const RELATED: [&str; 19] = [
    "order",
    "item",
    "sku",
    "bundle",
    "adjustment",
    "gift_card",
    "shipment",
    "payment_method",
    "line_item_options",
    "return_line_items",
    "stock_reservations",
    "stock_line_items",
    "stock_transfers",
    "notifications",
    "events",
    "tags",
    "event_stores",
    "reservations",
    "price_lists",
];

/// The body of an order of so many lines, about 5 KB each.
pub(crate) fn large_order(number: u32, lines: usize) -> String {
    let mut order: Value = serde_json::from_str(ORDER).expect("the order is JSON");
    order["data"]["id"] = json!(format!("large{number}"));
    order["data"]["attributes"]["number"] = json!(number);
    let ids: Vec<String> = (0..lines).map(|line| format!("Li{number:03}{line:05}")).collect();
    let linked = ids.iter().map(|id| json!({ "id": id, "type": "line_items" }));
    order["data"]["relationships"]["line_items"]["data"] = linked.collect();
    if let Some(included) = order["included"].as_array_mut() {
        included.retain(|resource| resource["type"] != "line_items");
        included.extend(ids.iter().enumerate().map(|(line, id)| line_item(id, line)));
    }
    order.to_string()
}

fn line_item(id: &str, line: usize) -> Value {
    let links = |name: &str| {
        let own = format!("{BASE}/{id}/relationships/{name}");
        json!({ "links": { "self": own, "related": format!("{BASE}/{id}/{name}") } })
    };
    let related = RELATED.iter().map(|name| ((*name).to_owned(), links(name)));
    let amounts = ["options", "discount", "tax", "compare_at"].iter().flat_map(|name| {
        [
            (format!("{name}_amount_cents"), json!(451)),
            (format!("{name}_amount_float"), json!(4.51)),
            (format!("formatted_{name}_amount"), json!("€4.51")),
        ]
    });
    let own = json!({
        "item_type": "skus", "sku_code": format!("SKU-{line:05}"), "bundle_code": null,
        "name": format!("Grinding disc {line} mm, box of 25, for \"Nordwind\" & others"),
        "quantity": 2, "currency_code": "EUR", "unit_amount_cents": 1250,
        "unit_amount_float": 12.5, "formatted_unit_amount": "€12.50", "total_amount_cents": 2500,
        "total_amount_float": 25.0, "formatted_total_amount": "€25.00", "tax_rate": 0.22,
        "image_url": format!("https://img.example.com/{line}.png"), "tax_breakdown": {},
        "discount_breakdown": {}, "metadata": { "bin": format!("A-{line}") }, "reference": null,
        "created_at": "2026-11-20T09:21:44.000Z", "updated_at": "2026-11-20T09:30:00.000Z",
    });
    let own = own.as_object().cloned().unwrap_or_default();
    let attributes: Map<String, Value> = own.into_iter().chain(amounts).collect();
    json!({
        "id": id, "type": "line_items", "links": { "self": format!("{BASE}/{id}") },
        "attributes": attributes, "relationships": related.collect::<Map<String, Value>>(),
        "meta": { "mode": "live", "organization_id": "xYZkjABcde" },
    })
}
