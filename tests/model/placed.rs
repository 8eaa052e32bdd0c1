//! The event that starts the runs of the models.

use serde_json::Map;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::time::Timestamp;

/// An order was placed, and accepted then.
pub(crate) fn placed(accepted_at: Timestamp) -> Event {
    Event {
        v: EVENT_VERSION_PLAIN,
        id: "e".into(),
        name: "order.placed".to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at,
        notes: Vec::new(),
        revision: None,
        test: false,
        data: Map::new(),
        raw: None,
        run: None,
        emitted: None,
    }
}
