//! What a worker that breaks the rules makes of the commands it was given.

use crate::variants::Misdeed;
use tradewind_engine::protocol::{Change, Command, WakeUp, Write};
use tradewind_engine::runs::Run;

/// Where a list of commands comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The run begins.
    Start,
    /// The run existed already.
    Existing,
    /// A wake-up had nothing to claim.
    Arrival,
    /// An attempt ended.
    Outcome,
    /// The sweeper looked at the run.
    Sweep,
}

/// The commands as they are really carried out.
pub(crate) fn misdo(
    misdeed: Option<Misdeed>,
    source: Source,
    mut commands: Vec<Command>,
) -> Vec<Command> {
    match (misdeed, source) {
        (Some(Misdeed::AcksBusy), Source::Arrival) => {
            for command in &mut commands {
                if matches!(command, Command::ShowAgain(_)) {
                    *command = Command::Ack;
                }
            }
        }
        (Some(Misdeed::AcksBeforeSending), _) => {
            if let Some(at) = commands.iter().position(|command| *command == Command::Ack) {
                let ack = commands.remove(at);
                commands.insert(usize::from(is_write(commands.first())), ack);
            }
        }
        (Some(Misdeed::ForgetsNext), Source::Arrival)
        | (Some(Misdeed::DedupesByRun), Source::Existing) => {
            commands.retain(|command| !matches!(command, Command::Send { .. }));
        }
        (Some(Misdeed::NotesTheLetterFirst), _) => {
            let letter = commands.iter().position(|it| matches!(it, Command::DeadLetter { .. }));
            if let Some(at) = letter {
                commands.swap(at, at + 1);
            }
        }
        (Some(Misdeed::SendsBeforeWriting), Source::Outcome) => {
            commands.sort_by_key(|command| !matches!(command, Command::Send { .. }));
        }
        _ => {}
    }
    commands
}

/// The write under the fence that the step has now, whoever holds it.
pub(crate) fn under_any_fence(write: &Write, run: Option<&Run>) -> Write {
    let mut write = write.clone();
    if let Change::Complete { path, fence, .. } = &mut write.change
        && let Some(step) = run.and_then(|run| run.steps.get(path))
    {
        *fence = step.fence;
    }
    write
}

/// The letter as if it were about what stops the run now.
pub(crate) fn as_new_letter(wake: &WakeUp, run: Option<&Run>) -> WakeUp {
    let step = run.and_then(|run| run.steps.get(&wake.path));
    WakeUp { fence: wake.fence.and(step.map(|step| step.fence)), ..wake.clone() }
}

fn is_write(command: Option<&Command>) -> bool {
    matches!(command, Some(Command::Write(_)))
}
