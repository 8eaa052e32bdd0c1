//! A process's ports: each call goes to the one store, through the weather.

use super::site::Site;
use super::world::CANARY_SECRET;
use async_trait::async_trait;
use std::time::Duration;
use tradewind_engine::definitions::{Current, DefinitionsChange, ProviderFile, WorkflowVersion};
use tradewind_engine::events::Event;
use tradewind_engine::events::{EventRecord, Verdict};
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::{ConnectionName, EventId, JobId, ProviderId, RunId, WorkflowId};
use tradewind_engine::jobs::Job;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::ports::{
    Bus, Clock, DeadLetters, Definitions, Events, Expiry, Holds, Http, HttpError, HttpRequest,
    HttpResponse, Jobs, Limits, Page, Place, RunFilter, Runs, Schedules, SecretText, Secrets,
    Unavailable,
};
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Clock for Site {
    fn now(&self) -> Timestamp {
        self.clock.read()
    }

    async fn sleep(&self, duration: Duration) {
        self.world.clock.sleep(duration).await;
    }
}

#[async_trait]
impl Runs for Site {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        self.call("store", "runs.read", &[run.as_str()], Runs::read(&*self.world.memory, run)).await
    }

    async fn list(&self, filter: &RunFilter) -> Result<Page<Run, RunId>, Unavailable> {
        self.call("store", "runs.list", &[], Runs::list(&*self.world.memory, filter)).await
    }

    async fn due(
        &self,
        now: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        // Pages are cut short now and then, as they are when an index lags.
        let limit = if self.world.chance.hits(0.2) { 1 } else { limit };
        self.call("store", "runs.due", &[], self.world.memory.due(now, from, limit)).await
    }

    async fn postpone_check(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let postponed = self.world.memory.postpone_check(met, until);
        self.call("store", "runs.postpone_check", &[&met.id], postponed).await
    }

    async fn unredacted(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let memory = &*self.world.memory;
        self.call("store", "runs.unredacted", &[], Runs::unredacted(memory, before, from, limit))
            .await
    }

    async fn branches(&self, run: &RunId) -> Result<Vec<RunId>, Unavailable> {
        let about = [run.as_str()];
        self.call("store", "runs.branches", &about, self.world.memory.branches(run)).await
    }

    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable> {
        self.call("store", "runs.purge", &[], self.world.memory.purge(expiry, limit)).await
    }
}

#[async_trait]
impl Events for Site {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        let memory = &*self.world.memory;
        self.call("store", "events.read", &[event.as_str()], Events::read(memory, event)).await
    }

    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Page<EventRecord, EventId>, Unavailable> {
        let memory = &*self.world.memory;
        self.call("store", "events.list", &[], Events::list(memory, before, limit)).await
    }

    async fn unredacted(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable> {
        let memory = &*self.world.memory;
        let page = Events::unredacted(memory, before, from, limit);
        self.call("store", "events.unredacted", &[], page).await
    }

    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        let memory = &*self.world.memory;
        self.call("store", "events.redact", &[event.as_str()], memory.redact(event, now)).await
    }
}

#[async_trait]
impl Holds for Site {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        self.call("store", "holds.read", &[&key.0], self.world.memory.hold(key)).await
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let saved = self.world.memory.save_hold(hold, read);
        self.call("store", "holds.save", &[&hold.key.0], saved).await
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let removed = self.world.memory.remove_hold(read);
        self.call("store", "holds.remove", &[&read.key.0], removed).await
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable> {
        let limit = if self.world.chance.hits(0.2) { 1 } else { limit };
        self.call("store", "holds.due", &[], self.world.memory.due_holds(before, from, limit)).await
    }

    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let postponed = self.world.memory.postpone_hold(met, until);
        self.call("store", "holds.postpone", &[&met.id], postponed).await
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        let settled = self.world.memory.settle_event(event, verdict);
        self.call("store", "events.settle", &[event.as_str()], settled).await
    }
}

#[async_trait]
impl Schedules for Site {
    async fn fired(&self, workflow: &WorkflowId) -> Result<Option<Timestamp>, Unavailable> {
        let fired = self.world.memory.fired(workflow);
        self.call("store", "schedules.fired", &[workflow.as_str()], fired).await
    }

    async fn note_fired(
        &self,
        workflow: &WorkflowId,
        due: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<bool, Unavailable> {
        let noted = self.world.memory.note_fired(workflow, due, before);
        self.call("store", "schedules.note", &[workflow.as_str()], noted).await
    }
}

#[async_trait]
impl Definitions for Site {
    async fn current(&self) -> Result<Current, Unavailable> {
        self.call("definitions", "current", &[], self.world.memory.current()).await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        let memory = &self.world.memory;
        let about = [workflow.as_str()];
        self.call("definitions", "version", &about, memory.version(workflow, version)).await
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        let memory = &self.world.memory;
        let about = [provider.as_str()];
        self.call("definitions", "file", &about, memory.provider_file(provider, digest)).await
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        self.call("store", "change", &[], self.world.memory.change(change)).await
    }
}

#[async_trait]
impl DeadLetters for Site {
    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.call("queue", "letters", &[], DeadLetters::list(&*self.world.memory, limit)).await
    }

    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        self.call("queue", "letter", &[id], self.world.memory.letter(id)).await
    }

    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable> {
        self.call("queue", "dismiss", &[id], self.world.memory.dismiss(id)).await
    }

    async fn redrive(&self, id: &str) -> Result<bool, Unavailable> {
        self.call("queue", "redrive", &[id], self.world.memory.redrive(id)).await
    }

    async fn settle_letter(&self, letter: &WakeUp) -> Result<(), Unavailable> {
        let run = letter.run.as_str();
        self.call("queue", "settle", &[run], self.world.memory.settle_letter(letter)).await
    }
}

#[async_trait]
impl Jobs for Site {
    async fn add(&self, job: &Job) -> Result<(), Unavailable> {
        self.call("store", "jobs.add", &[job.id.as_str()], self.world.memory.add(job)).await
    }

    async fn read(&self, job: &JobId) -> Result<Option<Job>, Unavailable> {
        let memory = &*self.world.memory;
        self.call("store", "jobs.read", &[job.as_str()], Jobs::read(memory, job)).await
    }

    async fn open(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        self.call("store", "jobs.open", &[], self.world.memory.open(limit)).await
    }

    async fn save(&self, job: &Job) -> Result<bool, Unavailable> {
        self.call("store", "jobs.save", &[job.id.as_str()], self.world.memory.save(job)).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        self.call("store", "jobs.list", &[], Jobs::list(&*self.world.memory, limit)).await
    }
}

#[async_trait]
impl Bus for Site {
    /// A bus takes several events one by one: some may be in when it fails.
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable> {
        for event in events {
            let one = std::slice::from_ref(event);
            let about = [event.id.as_str(), event.name.as_str()];
            let published = async {
                self.world.facts.lock().unwrap().note_published(event);
                self.world.memory.publish(one).await
            };
            self.call("bus", "publish", &about, published).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Secrets for Site {
    async fn read(
        &self,
        _provider: &ProviderId,
        name: &str,
        _fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        let secret = async { Ok(Some(SecretText::from(CANARY_SECRET))) };
        self.call("secrets", "secret", &[name], secret).await
    }
}

#[async_trait]
impl Limits for Site {
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let admission = self.world.limits.admit(connection, allowance, caller, now);
        self.call("limits", "admit", &[connection.as_str()], admission).await
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        caller: Caller,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<Standing, Unavailable> {
        let report = self.world.limits.report(connection, caller, end, now);
        self.call("limits", "report", &[connection.as_str()], report).await
    }

    async fn is_closed(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Unavailable> {
        let closed = self.world.limits.is_closed(connection, now);
        self.call("limits", "closed", &[connection.as_str()], closed).await
    }
}

/// The providers of a world are called directly; what is sent here is only seen by the platform. The
/// address says what it sees: a status, or why none came.
pub(crate) struct Wire;

#[async_trait]
impl Http for Wire {
    async fn send(&self, _: &Recipient, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        match request.url.parse::<u16>() {
            Ok(status) => {
                let status = http::StatusCode::from_u16(status).unwrap();
                Ok(HttpResponse {
                    status,
                    headers: http::HeaderMap::new(),
                    body: Default::default(),
                })
            }
            Err(_) if request.url == NOT_SENT => Err(HttpError::NotSent("refused".to_owned())),
            Err(_) => Err(HttpError::Lost("reset".to_owned())),
        }
    }
}

/// The address of what cannot be reached.
pub(crate) const NOT_SENT: &str = "not sent";
