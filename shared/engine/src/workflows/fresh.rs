//! What `only_if_still` asks about: the order that the run's event is about, read afresh.

use super::Vocabulary;
use crate::ids::ActionId;
use serde_json::Value;

/// The action that reads it; what it gives stands below `now`.
pub const FRESH_READ: &str = "order.get";
/// Where events name the order that they are about. The first that is there counts.
pub(super) const ORDER_IDS: [&str; 3] =
    ["trigger.order.id", "trigger.shipment.order_id", "trigger.payment.order_id"];

/// The id of the order that the event is about, out of what stands below `trigger`.
pub fn order_of(trigger: &Value) -> Option<&str> {
    let mut found = ORDER_IDS.iter().map(|path| {
        let members = path.split('.').skip(1);
        members.fold(trigger, |value, name| &value[name])
    });
    found.find_map(Value::as_str)
}

/// The schema of what stands below `now`.
pub(super) fn schema_of_now(vocabulary: &dyn Vocabulary) -> Option<&Value> {
    vocabulary.action_output(&ActionId::from(FRESH_READ))
}
