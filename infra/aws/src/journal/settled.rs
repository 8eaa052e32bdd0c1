//! What the protocol decided about received messages, until it is reported to Lambda.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_engine::ports::Receipt;

/// What becomes of a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is done with: it is reported as done, and deleted by Lambda.
    Done,
    /// It shows again at a time that was set: it is reported as failed.
    Held,
}

/// The ends of the messages in flight.
#[derive(Clone, Debug, Default)]
pub struct Settled(Arc<Mutex<HashMap<Receipt, End>>>);

impl Settled {
    /// What became of the message, once; `None`: nothing was decided, so that it shows again.
    pub fn take_end(&self, receipt: &Receipt) -> Option<End> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(receipt)
    }

    pub(crate) fn mark(&self, receipt: Option<&Receipt>, end: End) {
        if let Some(receipt) = receipt {
            let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            ends.insert(receipt.clone(), end);
        }
    }
}
