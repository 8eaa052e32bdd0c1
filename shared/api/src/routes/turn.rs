//! Where a run stands that waits for its turn among those of its key.

use crate::api::Api;
use crate::errors::ApiError;
use crate::types::Turn;
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::Run;

/// Where the run stands, if it waits.
pub(super) async fn waiting_turn(api: &Api, run: &Run) -> Result<Option<Turn>, ApiError> {
    let waits = run.steps.get(&StepPath::slot()).is_some_and(|step| step.waits_in_line());
    let Some(turn) = run.turn().filter(|_| waits && !run.state.is_terminal()) else {
        return Ok(None);
    };
    let slot = api.slots.slot(&turn.slot).await?;
    // It may have been let in since its record was read.
    let standing = slot.and_then(|slot| Some((slot.before(&run.id)?, slot)));
    Ok(standing.map(|(before, slot)| Turn { at_work: slot.at_work.len(), max: slot.max, before }))
}

/// The same in words.
pub(super) fn hint_of_turn(turn: Turn) -> String {
    let runs = match turn.at_work {
        1 => "1 run of its key is at work".to_owned(),
        count => format!("{count} runs of its key are at work"),
    };
    format!(
        "It waits for its turn: {runs}, {} before it. It goes on by itself. To stop it, cancel it.",
        match turn.before {
            0 => "none waits".to_owned(),
            1 => "1 waits".to_owned(),
            count => format!("{count} wait"),
        }
    )
}
