//! What begins the runs of a workflow: each event, several together, the clock, or an event that another emits.

use super::chance::Chance;
use super::providers::EVENTS;
use std::fmt::Write;
use tradewind_engine::schedules::SCHEDULE_FIRED;

/// The event that workflows of a world emit.
pub(crate) const EMITTED: &str = "custom.item";

/// In the place of an address where there is none.
pub(crate) const NO_EMAIL: &str = "nobody";

/// What begins a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Each event.
    Each,
    /// The newest of a thing, once none has come for so long.
    Debounced(&'static str),
    /// Those of so long together, at most so many; whether those of a thing alone.
    Batched { length: &'static str, max: u32, by_thing: bool },
    /// The clock.
    Scheduled(&'static str),
    /// What another workflow emits.
    Emitted,
}

impl Start {
    pub(crate) fn new(chance: &Chance, is_first: bool) -> Self {
        match chance.below(if is_first { 8 } else { 12 }) {
            0 | 1 => Self::Debounced(chance.pick(&["1s", "2m", "2h"])),
            2 | 3 => Self::Batched {
                length: chance.pick(&["5s", "10m", "3h"]),
                max: chance.pick(&[1, 2, 1_000]),
                by_thing: chance.hits(0.5),
            },
            8 | 9 => Self::Scheduled(chance.pick(&[
                "{ every: 397m }",
                "{ cron: '17 9 * * *', tz: Europe/Rome }",
                "{ cron: '37 */8 * * MON-FRI' }",
            ])),
            10 => Self::Emitted,
            _ => Self::Each,
        }
    }

    /// Whether its runs are of several events.
    pub(crate) fn holds(self) -> bool {
        matches!(self, Self::Debounced(_) | Self::Batched { .. })
    }

    /// Whether its steps see one event of the shop.
    pub(crate) fn sees_a_thing(self) -> bool {
        matches!(self, Self::Each | Self::Debounced(_))
    }

    /// The event that it listens to.
    pub(crate) fn event(self, chance: &Chance, is_first: bool) -> &'static str {
        match self {
            Self::Scheduled(_) => SCHEDULE_FIRED,
            Self::Emitted => EMITTED,
            _ if is_first => EVENTS[0],
            _ => chance.pick(&EVENTS),
        }
    }

    /// What a workflow says of it.
    pub(crate) fn text(self, event: &str, once_per: bool) -> String {
        let mut text = "trigger:\n".to_owned();
        match self {
            Self::Scheduled(times) => writeln!(text, "  schedule: {times}").unwrap(),
            Self::Emitted => writeln!(text, "  event: {EMITTED}").unwrap(),
            _ => writeln!(text, "  event: {event}\n  from: shop").unwrap(),
        }
        match self {
            Self::Each if once_per => text.push_str("  once_per: trigger.thing.id\n"),
            Self::Debounced(length) => {
                writeln!(text, "debounce: {{ key: trigger.thing.id, for: {length} }}").unwrap();
            }
            Self::Batched { length, max, by_thing } => {
                let key = if by_thing { "key: trigger.thing.id, " } else { "" };
                writeln!(text, "batch: {{ {key}for: {length}, max: {max} }}").unwrap();
            }
            _ => {}
        }
        text
    }

    /// What an action is told as the address: it says which event it is about, where the run is of many.
    pub(crate) fn email(self) -> &'static str {
        match self {
            Self::Each | Self::Debounced(_) => "${{ trigger.thing.email }}",
            Self::Batched { .. } => "${{ one.thing.email }} ${{ one.event.id }}",
            Self::Scheduled(_) => "${{ trigger.schedule.due_at }}",
            Self::Emitted => "${{ trigger.data.email }}",
        }
    }

    /// The same for what is said of the run as a whole.
    pub(crate) fn email_of_all(self) -> &'static str {
        if matches!(self, Self::Batched { .. }) { NO_EMAIL } else { self.email() }
    }
}
