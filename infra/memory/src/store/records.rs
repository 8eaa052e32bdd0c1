//! Reading what is kept: runs and events.

use super::{Memory, State};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tradewind_engine::events::Event;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::ports::{
    Bus, DISPATCH_QUEUE, EventRecord, Events, Expiry, JobState, RunFilter, Runs, Unavailable,
};
use tradewind_engine::protocol::WakeUp;
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
        let page_after = filter.before.as_ref().map(|run| state.runs.get(run).map(place));
        if page_after == Some(None) {
            return Ok(Vec::new());
        }
        let page_after = page_after.flatten();
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

    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable> {
        let before = expiry.history;
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
        let removed = runs.len() + events.len();
        Ok(removed + state.forget(expiry, limit - removed))
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
    /// Removes what belongs to no run and has had its time.
    fn forget(&mut self, expiry: &Expiry, mut left: usize) -> usize {
        let limit = left;
        let mut goes = |is_old: bool| {
            let goes = is_old && left > 0;
            left -= usize::from(goes);
            goes
        };
        let runs = &self.runs;
        self.queues.letters.retain(|letter| {
            let run = serde_json::from_str(&letter.body).map(|wake: WakeUp| wake.run);
            let stays = run.is_ok_and(|run| runs.contains_key(&run));
            let given_up = letter.queue == DISPATCH_QUEUE && letter.at < expiry.events_given_up;
            !goes(given_up || (!stays && letter.at < expiry.history))
        });
        self.audit.retain(|line| !goes(line.at < expiry.history));
        self.jobs
            .retain(|_, job| !goes(job.state != JobState::Open && job.updated_at < expiry.history));
        self.replies.retain(|_, (at, _)| !goes(*at < expiry.replies));
        self.held_keys.retain(|_, begun_at| !goes(*begun_at < expiry.replies));
        limit - left
    }

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

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<EventId>, Unavailable> {
        let state = self.state();
        let open = state.runs.values().filter(|run| run.redacted_at.is_none());
        let needed: BTreeSet<&EventId> = open.map(|run| &run.event).collect();
        let old = state.events.values().filter(|record| record.redacted_at.is_none());
        let old = old.map(|record| &record.event);
        let old = old.filter(|event| event.accepted_at < accepted_before);
        let old = old.filter(|event| !needed.contains(&event.id)).take(limit);
        Ok(old.map(|event| event.id.clone()).collect())
    }

    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        if let Some(record) = self.state().events.get_mut(event) {
            record.redact(now);
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
