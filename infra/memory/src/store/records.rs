//! Reading what is kept: runs and events.

use super::hidden::by_id;
use super::{Kind, Memory, State};
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tradewind_engine::events::Event;
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::jobs::JobState;
use tradewind_engine::ports::{Bus, Events, Expiry, Page, Place, RunFilter, Runs, Unavailable};
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Runs for Memory {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        let state = self.state();
        state.unread.check(Kind::Run, run.as_str())?;
        Ok(state.runs.get(run).cloned())
    }

    async fn list(&self, filter: &RunFilter) -> Result<Page<Run, RunId>, Unavailable> {
        let state = self.state();
        let place = |run: &Run| Reverse((run.created_at, run.id.clone()));
        let page_after = filter.before.as_ref().map(|run| state.runs.get(run).map(place));
        if page_after == Some(None) {
            return Ok(Page::of(Vec::new()));
        }
        let page_after = page_after.flatten();
        let mut wanted: Vec<&Run> = state
            .runs
            .values()
            .filter(|run| run.branch.is_none())
            .filter(|run| filter.workflow.as_ref().is_none_or(|workflow| run.workflow == *workflow))
            .filter(|run| filter.state.is_none_or(|state| run.state == state))
            .filter(|run| !filter.is_waiting || run.may_wait())
            .filter(|run| filter.event.as_ref().is_none_or(|event| run.event == *event))
            .filter(|run| page_after.as_ref().is_none_or(|page_after| place(run) > *page_after))
            .collect();
        wanted.sort_by_key(|run| place(run));
        let rows = wanted.into_iter().map(|run| (run, run.created_at, run.id.as_str()));
        Ok(by_id(state.page(Kind::Run, rows, filter.limit)))
    }

    async fn due(
        &self,
        now: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let state = self.state();
        let rows = state.runs.values().filter_map(|run| {
            let at = state.postponed.get(&run.id).copied().or(run.check_at)?;
            (at <= now).then_some((run, at, run.id.as_str()))
        });
        Ok(state.page(Kind::Run, in_order(rows, from), limit))
    }

    async fn postpone_check(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let mut state = self.state();
        let run = RunId::from(met.id.as_str());
        let stands = state.postponed.get(&run).copied();
        let stands = stands.or_else(|| state.runs.get(&run).and_then(|run| run.check_at));
        if stands == Some(met.at) {
            state.postponed.insert(run, until);
        }
        Ok(())
    }

    async fn unredacted(
        &self,
        ended_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let state = self.state();
        let holds_data = |run: &&Run| run.redacted_at.is_none() && ended(run, ended_before);
        let rows = state.runs.values().filter(|run| run.branch.is_none()).filter(holds_data);
        let rows = rows.filter_map(|run| Some((run, run.ended_at?, run.id.as_str())));
        Ok(state.page(Kind::Run, in_order(rows, from), limit))
    }

    async fn branches(&self, run: &RunId) -> Result<Vec<RunId>, Unavailable> {
        Ok(self.state().branches(run))
    }

    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable> {
        let before = expiry.history;
        let mut state = self.state();
        let ended_runs = state.runs.values().filter(|run| ended(run, before));
        let ended_runs = ended_runs.filter(|run| run.branch.is_none());
        let is_newer = |run: &RunId| state.unread.is_newer(Kind::Run, run.as_str());
        let ended_runs = ended_runs
            .filter(|run| !is_newer(&run.id) && !state.branches(&run.id).iter().any(is_newer));
        let runs: Vec<RunId> = ended_runs.take(limit).map(|run| run.id.clone()).collect();
        for run in &runs {
            let state = &mut *state;
            state.runs.retain(|id, _| id.root() != *run);
            state.queues.remove_letters(&state.unread, |wake| wake.run.root() == *run);
            self.outbox.remove(run);
            state.marks.retain(|_, mark| mark.run() != Some(run));
        }
        state.forget_marks(expiry);
        let events = state.orphans(before, limit - runs.len());
        events.iter().for_each(|event| drop(state.events.remove(event)));
        let removed = runs.len() + events.len();
        Ok(removed + state.forget(expiry, limit - removed))
    }
}

impl Memory {
    /// All runs, and the branches of their loops.
    pub fn all_runs(&self) -> Vec<Run> {
        self.state().runs.values().cloned().collect()
    }

    /// Puts a record there, whatever stands there: another process wrote it, by rules of its own.
    pub fn put_event(&self, record: EventRecord) {
        self.state().events.insert(record.event.id.clone(), record);
    }

    /// When the sweeper will next have something to do.
    pub fn next_check(&self) -> Option<Timestamp> {
        let state = self.state();
        let readable = |run: &&Run| !state.unread.hides(Kind::Run, run.id.as_str());
        let check_at = |run: &Run| state.postponed.get(&run.id).copied().or(run.check_at);
        state.runs.values().filter(readable).filter_map(check_at).min()
    }
}

/// The rows behind that place, in their order.
fn in_order<'a, T: 'a>(
    rows: impl Iterator<Item = (&'a T, Timestamp, &'a str)>,
    from: Option<&Place>,
) -> impl Iterator<Item = (&'a T, Timestamp, &'a str)> {
    let from = from.map(|place| (place.at, place.id.as_str()));
    let mut rows: Vec<_> =
        rows.filter(|(_, at, id)| from.is_none_or(|from| (*at, *id) > from)).collect();
    rows.sort_by_key(|(_, at, id)| (*at, *id));
    rows.into_iter()
}

fn ended(run: &Run, before: Timestamp) -> bool {
    run.state.is_terminal() && run.ended_at.is_some_and(|ended_at| ended_at < before)
}

impl State {
    fn branches(&self, run: &RunId) -> Vec<RunId> {
        let all = self.runs.values().filter(|one| one.branch.is_some() && one.root() == run);
        all.map(|branch| branch.id.clone()).collect()
    }

    /// Removes what belongs to no run and has had its time.
    fn forget(&mut self, expiry: &Expiry, mut left: usize) -> usize {
        let limit = left;
        let mut goes = |is_old: bool| {
            let goes = is_old && left > 0;
            left -= usize::from(goes);
            goes
        };
        let (runs, unread) = (&self.runs, &self.unread);
        self.queues.letters.retain(|letter| {
            let run = serde_json::from_str(&letter.body).map(|wake: WakeUp| wake.run);
            let stays = run.is_ok_and(|run| runs.contains_key(&run));
            let given_up = letter.queue == DISPATCH_QUEUE && letter.at < expiry.events_given_up;
            let is_old = given_up || (!stays && letter.at < expiry.history);
            !goes(is_old && !unread.is_newer(Kind::Letter, &letter.id))
        });
        let keeps = |kind, id: &str| unread.is_newer(kind, id);
        self.audit.retain(|line| {
            !goes(line.at < expiry.history && !keeps(Kind::AuditLine, &line.subject))
        });
        self.jobs.retain(|id, job| {
            let is_old = job.state != JobState::Open && job.updated_at < expiry.history;
            !goes(is_old && !keeps(Kind::Job, id.as_str()))
        });
        self.replies.retain(|key, (at, _)| !goes(*at < expiry.replies && !keeps(Kind::Reply, key)));
        self.held_keys.retain(|_, begun_at| !goes(*begun_at < expiry.replies));
        limit - left
    }

    /// Events accepted before that time which no run belongs to.
    fn orphans(&self, before: Timestamp, limit: usize) -> Vec<EventId> {
        let needed: BTreeSet<&EventId> = self.runs.values().map(|run| &run.event).collect();
        let over = self.events.values().filter(|record| !record.is_held());
        let orphans = over.map(|record| &record.event);
        let orphans = orphans.filter(|event| event.accepted_at < before);
        let orphans = orphans.filter(|event| !needed.contains(&event.id));
        let orphans = orphans.filter(|e| !self.unread.is_newer(Kind::Event, e.id.as_str()));
        orphans.take(limit).map(|event| event.id.clone()).collect()
    }
}

#[async_trait]
impl Events for Memory {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        let state = self.state();
        state.unread.check(Kind::Event, event.as_str())?;
        Ok(state.events.get(event).cloned())
    }

    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Page<EventRecord, EventId>, Unavailable> {
        let state = self.state();
        let place =
            |record: &EventRecord| Reverse((record.event.accepted_at, record.event.id.clone()));
        let page_after = before.map(|event| state.events.get(event).map(place));
        if page_after == Some(None) {
            return Ok(Page::of(Vec::new()));
        }
        let page_after = page_after.flatten();
        let on_page = |record: &&EventRecord| {
            page_after.as_ref().is_none_or(|page_after| place(record) > *page_after)
        };
        let mut wanted: Vec<&EventRecord> = state.events.values().filter(on_page).collect();
        wanted.sort_by_key(|record| place(record));
        let rows = wanted.into_iter().map(|record| {
            let EventRecord { event, .. } = record;
            (record, event.accepted_at, event.id.as_str())
        });
        Ok(by_id(state.page(Kind::Event, rows, limit)))
    }

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable> {
        let state = self.state();
        let open = state.runs.values().filter(|run| run.redacted_at.is_none());
        let needed: BTreeSet<&EventId> = open.map(|run| &run.event).collect();
        let old = state.events.values();
        let old = old.filter(|record| record.redacted_at.is_none() && !record.is_held());
        let old = old.map(|record| &record.event);
        let old = old.filter(|event| event.accepted_at < accepted_before);
        let old = old.filter(|event| !needed.contains(&event.id));
        let rows = old.map(|event| (&event.id, event.accepted_at, event.id.as_str()));
        Ok(state.page(Kind::Event, in_order(rows, from), limit))
    }

    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        let mut state = self.state();
        state.unread.check(Kind::Event, event.as_str())?;
        if let Some(record) = state.events.get_mut(event).filter(|record| !record.is_held()) {
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
