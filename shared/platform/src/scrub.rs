//! Keeping secrets out of what is written: whatever a provider makes of an attempt or of a delivery goes
//! through here before it is stored, logged or shown.

use std::collections::BTreeSet;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::deliveries::{Reading, Refusal};
use tradewind_engine::effects::ActionError;
use tradewind_engine::protocol::Outcome;

/// The longest reason that is kept.
const REASON_CHARACTERS_MAX: usize = 500;

/// The error with every secret of the connection taken out.
pub(crate) fn scrubbed(error: ActionError, connection: &Connection) -> ActionError {
    let clean = |reason: String| cleared(&reason, connection);
    match error {
        ActionError::NotNow { reason, wait } => ActionError::NotNow { reason: clean(reason), wait },
        ActionError::Refused { reason } => ActionError::Refused { reason: clean(reason) },
        ActionError::Unknown { reason } => ActionError::Unknown { reason: clean(reason) },
        ActionError::NeedsRepair { reason } => ActionError::NeedsRepair { reason: clean(reason) },
    }
}

/// The same for all that can come of an attempt: an answer becomes an output, which may repeat what was sent.
/// The `fields` are those that every output of the action has.
pub(crate) fn scrubbed_outcome(
    outcome: Outcome,
    connection: &Connection,
    fields: &BTreeSet<String>,
) -> Outcome {
    match outcome {
        Outcome::Done(output) => Outcome::Done(connection.output_without_secrets(output, fields)),
        Outcome::Error(error) => Outcome::Error(scrubbed(error, connection)),
        Outcome::CannotTell(reason) => Outcome::CannotTell(cleared(&reason, connection)),
        other => other,
    }
}

/// The same for what was made of a delivery, as far as it is said in words of ours.
pub(crate) fn scrubbed_reading(
    reading: Result<Reading, Refusal>,
    connection: &Connection,
) -> Result<Reading, Refusal> {
    let clean = |text: String| cleared(&text, connection);
    match reading {
        Ok(reading) => {
            let notes = reading.notes.into_iter().map(clean).collect();
            Ok(Reading { notes, ..reading })
        }
        Err(Refusal::NotReady(reason)) => Err(Refusal::NotReady(clean(reason))),
        Err(Refusal::PayloadInvalid(reason)) => Err(Refusal::PayloadInvalid(clean(reason))),
        Err(Refusal::TopicContradictsPayload(reason)) => {
            Err(Refusal::TopicContradictsPayload(clean(reason)))
        }
        Err(Refusal::NumberOutOfRange(place)) => Err(Refusal::NumberOutOfRange(clean(place))),
        Err(Refusal::JsonInvalid { reason, line, column }) => {
            Err(Refusal::JsonInvalid { reason: clean(reason), line, column })
        }
        Err(other) => Err(other),
    }
}

fn cleared(reason: &str, connection: &Connection) -> String {
    connection.cleared(reason, REASON_CHARACTERS_MAX)
}
