//! Marks of runs, steps and events.

use super::{Memory, State};
use async_trait::async_trait;
use tradewind_engine::marks::{Mark, MarkKey};
use tradewind_engine::ports::{Expiry, Marks, Unavailable};

#[async_trait]
impl Marks for Memory {
    async fn marks(&self, key: &MarkKey) -> Result<Vec<Mark>, Unavailable> {
        let state = self.state();
        Ok(state.marks.values().filter(|mark| mark.key == *key).cloned().collect())
    }
}

impl State {
    pub(super) fn leave_mark(&mut self, mark: &Mark) {
        self.marks.entry((mark.key.clone(), mark.id())).or_insert_with(|| mark.clone());
    }

    pub(super) fn remove_mark(&mut self, mark: &Mark) {
        self.marks.remove(&(mark.key.clone(), mark.id()));
    }

    /// Those of a run go with it, the others in their time.
    pub(super) fn forget_marks(&mut self, expiry: &Expiry) {
        let runs = &self.runs;
        self.marks.retain(|_, mark| {
            mark.run().is_some_and(|run| runs.contains_key(run)) || mark.at() >= expiry.history
        });
    }
}
