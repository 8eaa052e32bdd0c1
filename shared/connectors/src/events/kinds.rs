//! The list of all events, each with the schema of what a workflow sees as `trigger`.

use super::{
    CustomerData, OrderData, OwnData, PaymentData, RunData, ScheduleData, ShipmentData, StockData,
    SubscriptionData, WebhookData,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tradewind_engine::schedules::SCHEDULE_FIRED;

/// Something that can happen.
pub struct EventKind {
    /// `object.past_participle`, such as `order.placed`.
    pub name: &'static str,
    /// One line for the catalog.
    pub summary: &'static str,
    /// JSON Schema, without references, of what stands below `trigger`. It is made when it is first
    /// asked for: most starts of a program with the catalog never do.
    pub schema: LazyLock<Value>,
}

/// The name under which all events of a project's own are listed.
pub const OWN_EVENTS: &str = "custom.*";

/// Every event that there is.
pub fn all() -> Vec<EventKind> {
    vec![
        kind::<OrderData>("order.placed", "A customer placed an order"),
        kind::<OrderData>("order.approved", "An order was approved"),
        kind::<OrderData>("order.cancelled", "An order was cancelled"),
        kind::<PaymentData>("payment.authorized", "Money was set aside for an order"),
        kind::<PaymentData>("payment.captured", "Money was taken for an order"),
        kind::<PaymentData>("payment.refunded", "Money was given back"),
        kind::<ShipmentData>("shipment.shipped", "A shipment left"),
        kind::<ShipmentData>("shipment.delivered", "A shipment arrived"),
        kind::<CustomerData>("customer.created", "A customer was created"),
        kind::<SubscriptionData>("customer.subscribed", "A customer subscribed to a list"),
        kind::<StockData>(
            "stock.replenished",
            "A customer waits for a product that is there again",
        ),
        kind::<WebhookData>(
            "webhook.received",
            "A service without a connector of its own sent something",
        ),
        kind::<ScheduleData>(SCHEDULE_FIRED, "A workflow that goes by the clock is due"),
        kind::<RunData>("run.succeeded", "A run succeeded"),
        kind::<RunData>("run.failed", "A run failed"),
        kind::<RunData>("run.parked", "A run waits for a person to decide"),
        kind::<OwnData>(OWN_EVENTS, "An event of your own: a step with `emit` makes it"),
    ]
}

/// An event that providers tell of, and its data as its own type writes them.
#[derive(Clone, Copy)]
pub struct Canonical {
    /// Its name.
    pub name: &'static str,
    /// The data as they are kept: what is missing and may be null, is; or what keeps them from being such data.
    pub typed: fn(Value) -> Result<Map<String, Value>, String>,
    schema: fn() -> Value,
}

/// The event of that name, where providers tell of it: what happens to runs, at a time or by a workflow's own word,
/// no provider knows.
pub fn canonical(name: &str) -> Option<Canonical> {
    told().into_iter().find(|event| event.name == name)
}

/// JSON Schema, without references, of what a file says of such an event: what may be null may be left out.
pub fn data_schema(name: &str) -> Option<&'static Value> {
    static SCHEMAS: LazyLock<BTreeMap<&'static str, Value>> =
        LazyLock::new(|| told().into_iter().map(|event| (event.name, (event.schema)())).collect());
    SCHEMAS.get(name)
}

fn told() -> [Canonical; 12] {
    [
        of::<OrderData>("order.placed"),
        of::<OrderData>("order.approved"),
        of::<OrderData>("order.cancelled"),
        of::<PaymentData>("payment.authorized"),
        of::<PaymentData>("payment.captured"),
        of::<PaymentData>("payment.refunded"),
        of::<ShipmentData>("shipment.shipped"),
        of::<ShipmentData>("shipment.delivered"),
        of::<CustomerData>("customer.created"),
        of::<SubscriptionData>("customer.subscribed"),
        of::<StockData>("stock.replenished"),
        of::<WebhookData>("webhook.received"),
    ]
}

fn of<Data: DeserializeOwned + Serialize + JsonSchema>(name: &'static str) -> Canonical {
    Canonical { name, typed: typed::<Data>, schema: schema_as_read::<Data> }
}

fn schema_as_read<Data: JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Data>().to_value()
}

fn typed<Data: DeserializeOwned + Serialize>(data: Value) -> Result<Map<String, Value>, String> {
    let data: Data = serde_json::from_value(data).map_err(|error| error.to_string())?;
    match serde_json::to_value(data) {
        Ok(Value::Object(data)) => Ok(data),
        _ => unreachable!("event data is a struct with texts as keys"),
    }
}

/// What stands beside an event's data, for every event.
#[derive(Serialize, JsonSchema)]
struct Frame {
    /// The event itself.
    event: FrameEvent,
    /// The connection that it came through; events of runs have none.
    connection: Option<String>,
    /// The provider's test mode.
    test: bool,
}

/// The event itself.
#[derive(Serialize, JsonSchema)]
struct FrameEvent {
    /// The same delivery always gives the same id.
    id: String,
    /// What happened, such as `order.placed`.
    name: String,
    /// The provider's own name for it, such as `orders.place`.
    topic: Option<String>,
    /// When it was accepted, RFC 3339 UTC.
    accepted_at: String,
}

fn kind<Data: JsonSchema>(name: &'static str, summary: &'static str) -> EventKind {
    EventKind { name, summary, schema: LazyLock::new(schema::<Data>) }
}

fn schema<Data: JsonSchema>() -> Value {
    let (mut properties, mut required) = members::<Data>();
    let (frame_properties, frame_required) = members::<Frame>();
    properties.extend(frame_properties);
    required.extend(frame_required);
    properties.insert(
        "raw".to_owned(),
        json!({ "description": "The body as the provider sent it, where it is JSON." }),
    );
    json!({ "type": "object", "properties": properties, "required": required })
}

/// The properties of a struct's schema and which of them are always there.
fn members<Data: JsonSchema>() -> (Map<String, Value>, Vec<Value>) {
    let mut schema = generator().into_root_schema_for::<Data>().to_value();
    let properties = match schema["properties"].take() {
        Value::Object(properties) => properties,
        _ => Map::new(),
    };
    let required = match schema["required"].take() {
        Value::Array(required) => required,
        _ => Vec::new(),
    };
    (properties, required)
}

/// Schemas of what is written, so that an optional member is there and nullable.
fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_has_one_name_and_a_schema_without_references() {
        let kinds = all();
        let names: HashSet<&str> = kinds.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds.len());
        for kind in kinds {
            let text = kind.schema.to_string();
            assert!(!text.contains("$ref"), "{}", kind.name);
            let properties = kind.schema["properties"].as_object().unwrap();
            for name in ["event", "connection", "test", "raw"] {
                assert!(properties.contains_key(name), "{}: {name}", kind.name);
            }
        }
    }

    #[test]
    fn every_event_is_told_of_by_providers_or_made_here() {
        for kind in all() {
            let is_made_here =
                kind.name.starts_with("run.") || [SCHEDULE_FIRED, OWN_EVENTS].contains(&kind.name);
            assert_eq!(canonical(kind.name).is_none(), is_made_here, "{}", kind.name);
        }
    }

    #[test]
    fn what_data_lack_and_may_lack_is_null() {
        let typed = canonical("customer.created").unwrap().typed;
        let customer = json!({ "id": "1", "email": null, "first_name": null, "last_name": null });
        let expected = json!({ "customer": customer });
        assert_eq!(typed(json!({ "customer": { "id": "1" } })).map(Value::Object), Ok(expected));
        assert!(typed(json!({ "customer": { "id": 1 } })).is_err());
        assert!(typed(json!({})).is_err());
    }

    #[test]
    fn what_may_be_unknown_is_there_and_nullable() {
        let kinds = all();
        let placed = kinds.iter().find(|kind| kind.name == "order.placed").unwrap();
        assert_eq!(placed.schema["required"], json!(["order", "event", "connection", "test"]));
        let order = &placed.schema["properties"]["order"];
        let email = &order["properties"]["customer"]["properties"]["email"];
        assert_eq!(email["type"], json!(["string", "null"]));
        assert_eq!(email["description"], "Email address.");
        let required = order["properties"]["customer"]["required"].as_array().unwrap();
        assert!(required.contains(&json!("email")));
        let total = &order["properties"]["total"];
        assert_eq!(total["type"], json!(["object", "null"]));
        assert_eq!(total["properties"]["amount"]["type"], "integer");
        let line = &order["properties"]["lines"]["items"]["properties"];
        assert_eq!(line["quantity"]["type"], json!(["integer", "null"]));
        assert_eq!(line["unit_price"]["type"], json!(["object", "null"]));
    }
}
