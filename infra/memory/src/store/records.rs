//! Reading what is kept: runs and events.

use super::{Memory, State};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tradewind_engine::events::Event;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::ports::{Bus, EventRecord, Events, RunFilter, Runs, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Runs for Memory {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        Ok(self.state().runs.get(run).cloned())
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Run>, Unavailable> {
        let state = self.state();
        let place = |run: &Run| Reverse((run.created_at, run.id.clone()));
        let page_after = filter.before.as_ref().and_then(|run| state.runs.get(run)).map(place);
        let mut wanted: Vec<&Run> = state
            .runs
            .values()
            .filter(|run| filter.workflow.as_ref().is_none_or(|workflow| run.workflow == *workflow))
            .filter(|run| filter.state.is_none_or(|state| run.state == state))
            .filter(|run| filter.event.as_ref().is_none_or(|event| run.event == *event))
            .filter(|run| page_after.as_ref().is_none_or(|page_after| place(run) > *page_after))
            .collect();
        wanted.sort_by_key(|run| place(run));
        Ok(wanted.into_iter().take(filter.limit).cloned().collect())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Run>, Unavailable> {
        let state = self.state();
        let is_due = |run: &&Run| run.check_at.is_some_and(|check_at| check_at <= now);
        let mut due: Vec<&Run> = state.runs.values().filter(is_due).collect();
        due.sort_by_key(|run| (run.check_at, &run.id));
        Ok(due.into_iter().take(limit).cloned().collect())
    }

    async fn unredacted(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Run>, Unavailable> {
        let state = self.state();
        let holds_data = |run: &&Run| run.redacted_at.is_none() && ended(run, ended_before);
        Ok(state.runs.values().filter(holds_data).take(limit).cloned().collect())
    }

    async fn purge(&self, before: Timestamp, limit: usize) -> Result<usize, Unavailable> {
        let mut state = self.state();
        let ended_runs = state.runs.values().filter(|run| ended(run, before));
        let runs: Vec<RunId> = ended_runs.take(limit).map(|run| run.id.clone()).collect();
        for run in &runs {
            state.runs.remove(run);
            state.queues.settle(|wake| wake.run == *run);
            self.outbox.remove(run);
        }
        let events = state.orphans(before, limit - runs.len());
        events.iter().for_each(|event| drop(state.events.remove(event)));
        Ok(runs.len() + events.len())
    }
}

impl Memory {
    /// When the sweeper will next have something to do.
    pub fn next_check(&self) -> Option<Timestamp> {
        self.state().runs.values().filter_map(|run| run.check_at).min()
    }
}

fn ended(run: &Run, before: Timestamp) -> bool {
    run.state.is_terminal() && run.ended_at.is_some_and(|ended_at| ended_at < before)
}

impl State {
    /// Events accepted before that time which no run belongs to.
    fn orphans(&self, before: Timestamp, limit: usize) -> Vec<EventId> {
        let needed: BTreeSet<&EventId> = self.runs.values().map(|run| &run.event).collect();
        let orphans = self.events.values().map(|record| &record.event);
        let orphans = orphans.filter(|event| event.accepted_at < before);
        let orphans = orphans.filter(|event| !needed.contains(&event.id)).take(limit);
        orphans.map(|event| event.id.clone()).collect()
    }
}

#[async_trait]
impl Events for Memory {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        Ok(self.state().events.get(event).cloned())
    }

    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<EventRecord>, Unavailable> {
        let state = self.state();
        let place =
            |record: &EventRecord| Reverse((record.event.accepted_at, record.event.id.clone()));
        let page_after = before.and_then(|event| state.events.get(event)).map(place);
        let on_page = |record: &&EventRecord| {
            page_after.as_ref().is_none_or(|page_after| place(record) > *page_after)
        };
        let mut wanted: Vec<&EventRecord> = state.events.values().filter(on_page).collect();
        wanted.sort_by_key(|record| place(record));
        Ok(wanted.into_iter().take(limit).cloned().collect())
    }

    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        if let Some(record) = self.state().events.get_mut(event) {
            record.event.data.clear();
            record.event.raw = None;
            record.redacted_at = record.redacted_at.or(Some(now));
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for Memory {
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut state = self.state();
        events.iter().for_each(|event| state.publish(event, now));
        Ok(())
    }
}
