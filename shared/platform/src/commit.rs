//! Carrying a list of commands out to its end, although the journal may stop in the middle of it.
//!
//! Invariant: what was certainly done is not given to the journal again, and a write whose answer was
//! lost counts as made once the run shows it.

use std::time::Duration;
use tradewind_engine::ports::{Clock, Interrupted, Journal, Receipt};
use tradewind_engine::protocol::{Change, Command, Committed};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

/// How long to wait before the rest of a list is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the rest is tried where nothing else sets an end: somebody may wait for the answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Where a list is carried out, and for how long that is tried.
pub(crate) struct Commit<'a> {
    /// Carries commands out.
    pub journal: &'a dyn Journal,
    /// Time.
    pub clock: &'a dyn Clock,
    /// The message that led here.
    pub receipt: Option<&'a Receipt>,
    /// The rest of the list is tried until then, at least once.
    pub until: Timestamp,
}

impl Commit<'_> {
    /// Carries the commands out; `before` is the run that the first write among them is about, as it
    /// was when they were decided on.
    pub(crate) async fn all(
        &self,
        commands: &[Command],
        before: Option<&Run>,
    ) -> Result<Committed, Interrupted> {
        let (mut done, mut last) = (0, None);
        let mut is_repeated = false;
        loop {
            let rest = &commands[done..];
            match self.journal.commit(self.receipt, rest).await {
                Ok(Committed::Applied(run)) => return Ok(Committed::Applied(run.or(last))),
                Ok(Committed::Refused { current }) => {
                    let own = own_write(rest, before, current.as_deref());
                    let Some(place) = own.filter(|_| is_repeated) else {
                        return Ok(Committed::Refused { current });
                    };
                    // What stands before it was done before it.
                    (done, last) = (done + place + 1, current);
                }
                Err(interrupted) => {
                    done += interrupted.done.min(rest.len());
                    last = interrupted.last.or(last);
                    let is_vain =
                        interrupted.unavailable.is_unreadable() && is_claim(&commands[done..]);
                    if is_vain || after(self.clock.now(), PAUSE) >= self.until {
                        let unavailable = interrupted.unavailable;
                        return Err(Interrupted { done, last, unavailable });
                    }
                    is_repeated = true;
                    self.clock.sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whether nothing has happened outside so far that would have to be recorded.
fn is_claim(rest: &[Command]) -> bool {
    let Some(Command::Write(write)) = rest.first() else { return false };
    matches!(write.change, Change::Claim { .. } | Change::ClaimQuestion { .. })
}

/// Where the first write of the list stands, where that was refused because it was made already and the
/// answer was lost.
fn own_write(rest: &[Command], before: Option<&Run>, current: Option<&Run>) -> Option<usize> {
    let first = rest.iter().enumerate().find_map(|(place, command)| match command {
        Command::Write(write) => Some((place, write)),
        _ => None,
    });
    let (place, write) = first?;
    write.was_made(before, current?).then_some(place)
}

#[cfg(test)]
mod tests;
