//! Stopping a run.

use super::acting::{Acting, NotDone, carry_out, find_run};
use tradewind_engine::ids::RunId;
use tradewind_engine::protocol;
use tradewind_engine::runs::Run;

/// Stops a run: what is being done is finished and recorded, nothing follows.
pub async fn cancel(ports: &Acting, run: &RunId) -> Result<Run, NotDone> {
    let run = find_run(ports, run).await?;
    let commands = protocol::cancel(&run, ports.clock.now())?;
    carry_out(&*ports.journal, &*ports.clock, &run, commands).await
}
