//! What the sweep does for dead letters: it shows what SQS itself gave up on, and clears away what was
//! settled.

use super::Letters;
use super::identity::{identity, wake_up};
use crate::queues::Received;
use futures::stream::{self, StreamExt as _};
use std::time::Duration;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::ports::{Holds as _, Runs, Unavailable};
use tradewind_engine::protocol::{self, WakeUp};
use tradewind_engine::runs::{Run, RunState};
use tradewind_engine::time::{Timestamp, until};

/// How many queues are looked at in one minute; an empty one costs a request each time. Looking also
/// keeps their numbers coming: those of a queue that nobody asks come late.
const QUEUES_A_MINUTE: usize = 12;
/// How many queues are looked at together.
const TOGETHER: usize = 8;
/// What SQS itself gives up on, a function has never finished.
const NEVER_FINISHED: &str = "it was received too often and never finished";
/// What comes from the rule of the bus, no function has ever seen.
const NEVER_DELIVERED: &str = "the bus could not deliver it";

/// What a round has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Letters that SQS gave up on and that are listed now.
    pub noted: usize,
    /// Copies that were settled and are deleted now.
    pub cleared: usize,
    /// How long the oldest letter has been waiting for a person.
    pub oldest: Duration,
}

/// What is to be done about a copy without an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copy {
    Note,
    Clear,
}

/// Those of the queues whose turn it is in this minute.
pub fn turn<'a>(queues: &[&'a str], now: Timestamp) -> Vec<&'a str> {
    let turns = queues.len().div_ceil(QUEUES_A_MINUTE).max(1);
    let minute = usize::try_from(now.as_second() / 60).unwrap_or_default();
    let is_on = |place: usize| place % turns == minute % turns;
    queues.iter().enumerate().filter(|(place, _)| is_on(*place)).map(|(_, queue)| *queue).collect()
}

impl Letters {
    /// Looks at the dead letters of these queues, and tells how old the letters of all queues are. A
    /// queue that cannot be looked at holds up no other; the error is the first there was.
    pub async fn collect(&self, queues: &[&str]) -> Result<Collected, Unavailable> {
        let looks: Vec<_> = queues
            .iter()
            .map(|queue| {
                let (letters, queue) = (self.clone(), (*queue).to_owned());
                async move { letters.look_through(&queue).await }
            })
            .collect();
        let looked: Vec<_> = stream::iter(looks).buffer_unordered(TOGETHER).collect().await;
        let (mut noted, mut cleared, mut failed) = (0, 0, None);
        for one in looked {
            match one {
                Ok((more_noted, more_cleared)) => {
                    noted += more_noted;
                    cleared += more_cleared;
                }
                Err(unavailable) => failed = failed.or(Some(unavailable)),
            }
        }
        let now = self.clock.now();
        let mut oldest = Duration::ZERO;
        for at in self.store.oldest_letters().await?.into_values() {
            oldest = oldest.max(until(at, now));
        }
        match failed {
            None => Ok(Collected { noted, cleared, oldest }),
            Some(unavailable) => Err(unavailable),
        }
    }

    async fn look_through(&self, queue: &str) -> Result<(usize, usize), Unavailable> {
        let copies = self.queues.dead(queue).await?;
        let seen = self.see_to(queue, &copies).await;
        self.queues.release(&copies).await;
        seen
    }

    async fn see_to(
        &self,
        queue: &str,
        copies: &[Received],
    ) -> Result<(usize, usize), Unavailable> {
        let (mut noted, mut cleared) = (0, 0);
        for copy in copies {
            let id = identity(queue, &copy.body);
            if self.store.letter(&id).await?.is_some() {
                continue;
            }
            match self.judge(copy, &id).await? {
                Copy::Note => {
                    self.record_letter(queue, &copy.body, why(copy)).await?;
                    noted += 1;
                }
                Copy::Clear => {
                    self.queues.delete(&copy.receipt).await?;
                    cleared += 1;
                }
            }
        }
        Ok((noted, cleared))
    }

    async fn judge(&self, copy: &Received, id: &str) -> Result<Copy, Unavailable> {
        // The same may have been sent again after that, and given up on again.
        let dismissed_at = self.store.dismissed_at(id).await?;
        if dismissed_at.zip(copy.sent_at).is_some_and(|(dismissed, sent)| sent <= dismissed) {
            return Ok(Copy::Clear);
        }
        let Some(wake) = wake_up(&copy.body) else { return Ok(Copy::Note) };
        let judged = match HoldKey::in_wake(&wake) {
            // Without a hold its events have become a run.
            Some(hold) => {
                let hold = self.store.hold(&hold).await;
                hold.map(|hold| hold.map_or(Copy::Clear, |_| Copy::Note))
            }
            None => {
                let run = Runs::read(&self.store, &wake.run).await;
                run.map(|run| run.map_or(Copy::Note, |run| judge(&run, &wake)))
            }
        };
        match judged {
            Ok(copy) => Ok(copy),
            // A person has to see it, and those behind it have to be looked at.
            Err(unavailable) if unavailable.is_unreadable() => Ok(Copy::Note),
            Err(unavailable) => Err(unavailable),
        }
    }
}

fn why(copy: &Received) -> &'static str {
    if copy.is_undelivered() { NEVER_DELIVERED } else { NEVER_FINISHED }
}

/// A letter is settled when its run is not stopped by that step any more; a wake-up when its step waits
/// for none.
fn judge(run: &Run, wake: &WakeUp) -> Copy {
    let is_settled = if wake.kind.is_some() {
        !run.state.needs_a_person() || protocol::letter(run).as_ref() != Some(wake)
    } else {
        let is_open = run.steps.get(&wake.path).is_some_and(|step| step.state.is_open());
        !(is_open && matches!(run.state, RunState::Active | RunState::Failing))
    };
    if is_settled { Copy::Clear } else { Copy::Note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tradewind_engine::protocol::WakeKind;

    /// A run that stopped at its step `log`, under the fence 3.
    fn stopped() -> Run {
        let run = json!({
            "v": 1, "id": "run_1", "workflow": "order-log", "version": 1, "event": "e", "key": "1",
            "generation": 0, "test": false, "state": "failed", "gen": 0, "input": null,
            "steps": { "log": {
                "state": "failed", "action": "sheet.append_row", "provider": "google_sheets",
                "class": "natural", "on_unknown": "retry", "fence": 3, "attempts": 3, "asked": 0,
                "tried": [],
            } },
            "failure": { "step": "log", "reason": "no", "attempts": 3, "kind": "failed" },
            "dead_lettered": true, "quiet": false, "hops": 1, "created_at": "2026-03-01T08:00:00Z",
        });
        serde_json::from_value(run).unwrap()
    }

    fn wake(kind: Option<WakeKind>, fence: Option<u32>) -> WakeUp {
        WakeUp { kind, fence, ..WakeUp::new(&"run_1".into(), &"log".into()) }
    }

    #[test]
    fn the_letter_of_a_stopped_run_is_shown_and_an_older_one_is_not() {
        let run = stopped();
        assert_eq!(judge(&run, &wake(Some(WakeKind::Failed), Some(3))), Copy::Note);
        assert_eq!(judge(&run, &wake(Some(WakeKind::Failed), Some(2))), Copy::Clear);
    }

    #[test]
    fn the_letter_of_a_run_that_goes_on_is_cleared_away() {
        let run = Run { state: RunState::Active, failure: None, ..stopped() };
        assert_eq!(judge(&run, &wake(Some(WakeKind::Failed), Some(3))), Copy::Clear);
    }

    #[test]
    fn a_lost_wake_up_is_shown_while_its_step_waits_for_it() {
        let mut run = Run { state: RunState::Active, failure: None, ..stopped() };
        assert_eq!(judge(&run, &wake(None, None)), Copy::Clear, "its step has ended");
        let step = run.steps.get_mut(&"log".into()).unwrap();
        step.state = tradewind_engine::runs::StepState::Ready;
        assert_eq!(judge(&run, &wake(None, None)), Copy::Note);
        run.state = RunState::Cancelled;
        assert_eq!(judge(&run, &wake(None, None)), Copy::Clear, "nobody works on it any more");
    }

    #[test]
    fn a_few_queues_are_looked_at_every_minute_and_many_within_some() {
        let names: Vec<String> = (0..50).map(|number| format!("queue-{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let at = |minute: i64| Timestamp::from_second(60 * minute).unwrap();
        assert_eq!(turn(&names[..6], at(7)), names[..6]);
        assert!(turn(&[], at(7)).is_empty());

        let mut met: Vec<&str> = (0..5).flat_map(|minute| turn(&names, at(minute))).collect();
        met.sort_unstable();
        let mut all = names.clone();
        all.sort_unstable();
        assert_eq!(met, all);
        assert!((0..5).all(|minute| turn(&names, at(minute)).len() == 10));
    }
}
