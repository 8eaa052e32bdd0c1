//! What happened in a world, in order: as a hash of everything, and as text when somebody reads it.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Mutex;
use tradewind_engine::time::Timestamp;

/// More than this in one small world means that something goes round in circles.
const EVENTS_MAX: u64 = 800_000;

pub(crate) struct Trace {
    lines_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hasher: DefaultHasher,
    events: u64,
    lines: VecDeque<String>,
}

impl Trace {
    /// Keeps the last `lines_max` lines; none are made while that is 0.
    pub(crate) fn new(lines_max: usize) -> Self {
        Self { lines_max, state: Mutex::default() }
    }

    /// One event: when, who, what, about what, and what came of it.
    pub(crate) fn note(&self, at: Timestamp, who: &str, what: &str, about: &[&str], result: &str) {
        let mut state = self.state.lock().unwrap();
        state.events += 1;
        state.hasher.write_i128(at.as_nanosecond());
        for part in [who, what, result].iter().chain(about) {
            state.hasher.write(part.as_bytes());
            state.hasher.write_u8(0xff);
        }
        if self.lines_max > 0 {
            if state.lines.len() == self.lines_max {
                state.lines.pop_front();
            }
            let about = about.join(" ");
            state.lines.push_back(format!("{at:.3} {who:<9} {what:<13} {about} -> {result}"));
        }
        let events = state.events;
        drop(state);
        assert!(events < EVENTS_MAX, "I9: over {EVENTS_MAX} events, something goes in circles");
    }

    pub(crate) fn hash(&self) -> u64 {
        self.state.lock().unwrap().hasher.finish()
    }

    pub(crate) fn events(&self) -> u64 {
        self.state.lock().unwrap().events
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.state.lock().unwrap().lines.iter().cloned().collect()
    }
}
