//! Keeping secrets out of what is written: reasons of failures go through here before they are
//! stored, logged or shown.

use tradewind_connectors::connection::Connection;
use tradewind_engine::effects::ActionError;

/// The longest reason that is kept.
const REASON_CHARACTERS_MAX: usize = 500;

/// The error with every secret of the connection taken out.
pub(crate) fn scrubbed(error: ActionError, connection: &Connection) -> ActionError {
    let clean = |reason: String| connection.cleared(&reason, REASON_CHARACTERS_MAX);
    match error {
        ActionError::NotNow { reason, wait } => ActionError::NotNow { reason: clean(reason), wait },
        ActionError::Refused { reason } => ActionError::Refused { reason: clean(reason) },
        ActionError::Unknown { reason } => ActionError::Unknown { reason: clean(reason) },
        ActionError::NeedsRepair { reason } => ActionError::NeedsRepair { reason: clean(reason) },
    }
}
