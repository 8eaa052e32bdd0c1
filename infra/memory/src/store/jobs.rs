//! Bulk work.

use super::{Kind, Memory, State};
use async_trait::async_trait;
use std::cmp::Reverse;
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{Job, JobState};
use tradewind_engine::ports::{Jobs, Unavailable};

#[async_trait]
impl Jobs for Memory {
    async fn add(&self, job: &Job) -> Result<(), Unavailable> {
        self.state().jobs.entry(job.id.clone()).or_insert_with(|| job.clone());
        Ok(())
    }

    async fn read(&self, job: &JobId) -> Result<Option<Job>, Unavailable> {
        let state = self.state();
        state.unread.check(Kind::Job, job.as_str())?;
        Ok(state.jobs.get(job).cloned())
    }

    async fn open(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        let state = self.state();
        let mut open: Vec<&Job> =
            state.readable_jobs().filter(|job| job.state == JobState::Open).collect();
        open.sort_by_key(|job| (job.created_at, &job.id));
        Ok(open.into_iter().take(limit).cloned().collect())
    }

    async fn save(&self, job: &Job) -> Result<bool, Unavailable> {
        let mut state = self.state();
        state.unread.check(Kind::Job, job.id.as_str())?;
        let kept = state.jobs.get_mut(&job.id).filter(|kept| kept.revision + 1 == job.revision);
        Ok(kept.map(|kept| *kept = job.clone()).is_some())
    }

    async fn list(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        let state = self.state();
        let mut jobs: Vec<&Job> = state.readable_jobs().collect();
        jobs.sort_by_key(|job| Reverse((job.created_at, &job.id)));
        Ok(jobs.into_iter().take(limit).cloned().collect())
    }
}

impl State {
    fn readable_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values().filter(|job| !self.unread.hides(Kind::Job, job.id.as_str()))
    }
}
