//! The end of a run is an event for whoever listens.
//!
//! Where a step's end or a run's start would announce that a run succeeded, and no workflow listens, it is left out:
//! each would cost a message that nobody takes. What failed or is parked is always announced, and what is rare
//! (a person's decision, a message that came again) as well.

use crate::deployed::Deployed;
use tradewind_engine::protocol::{Command, RUN_SUCCEEDED};

/// The commands without announcements that nobody listens to. Where it cannot be told who does, all stay.
pub(crate) async fn drop_unheard_success(
    commands: Vec<Command>,
    deployed: &Deployed,
) -> Vec<Command> {
    if !commands.iter().any(announces_success) {
        return commands;
    }
    match deployed.current().await {
        Ok(current) if !current.is_listened_to(RUN_SUCCEEDED) => {
            commands.into_iter().filter(|command| !announces_success(command)).collect()
        }
        _ => commands,
    }
}

fn announces_success(command: &Command) -> bool {
    matches!(command, Command::Publish(event) if event.name == RUN_SUCCEEDED)
}
