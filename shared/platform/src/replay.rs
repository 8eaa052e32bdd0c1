//! Taking a stopped run up again: one by one for people, and many of them as a job.

use crate::doers::doers;
use crate::jobs::Advancing;
use crate::people::{NotDone, carry_out, settle};
use tradewind_engine::protocol;
use tradewind_engine::runs::Run;

/// Takes a FAILED or PARKED run up again where it stopped, and heeds its letter.
pub(crate) async fn take_up(ports: &Advancing, run: &Run, force: bool) -> Result<Run, NotDone> {
    let doers = doers(&ports.catalog.actions, &ports.deployed, run).await?;
    let commands = protocol::replay(run, doers, force, ports.clock.now())?;
    let after = carry_out(&*ports.journal, &*ports.clock, run, commands).await?;
    settle(&*ports.dead_letters, run).await?;
    Ok(after)
}
