//! People: they apply, edit, disable and delete, pause and cancel, replay and resolve, lose
//! credentials and find them again, at the worst moments.

use super::providers::{ACTIONS, catalog};
use super::site::Site;
use super::truth;
use super::workers::deployed;
use super::workflows::{CONNECTIONS, Project};
use super::world::World;
use futures::future::join;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::{JobId, RunId, StepPath};
use tradewind_engine::jobs::ReplayRuns;
use tradewind_engine::ports::{Clock, Definitions, Ids, Jobs, RunFilter, Runs};
use tradewind_engine::protocol::{Objection, Resolution};
use tradewind_engine::runs::{FailureKind, Run, RunState};
use tradewind_engine::time::before;
use tradewind_platform::apply::{Applying, apply};
use tradewind_platform::jobs::{SLICE, advance, start_replay};
use tradewind_platform::people::{Acting, NotDone, cancel, pause, replay, replay_step, resolve};

/// A person knows what happened only so long after a run has stopped.
const TRUTH_SETTLES: Duration = Duration::from_secs(3_600);

pub(crate) struct People {
    pub(crate) site: Arc<Site>,
    acting: Acting,
    applying: Applying,
}

impl People {
    pub(crate) fn new(world: &Arc<World>, name: &str) -> Self {
        let site = Site::slow(world, name);
        let deployed = deployed(&site);
        let catalog = Arc::new(catalog(&site));
        let acting = Acting {
            deployed: deployed.clone(),
            definitions: site.clone(),
            runs: site.clone(),
            dead_letters: site.clone(),
            journal: site.clone(),
            jobs: site.clone(),
            bus: site.clone(),
            catalog: catalog.clone(),
            clock: site.clone(),
            ids: world.ids.clone(),
        };
        let applying = Applying {
            deployed,
            definitions: site.clone(),
            catalog,
            allowed_hosts: Default::default(),
            served: Default::default(),
            clock: site.clone(),
        };
        Self { site, acting, applying }
    }

    /// Applies the project, again and again until it holds.
    pub(crate) async fn apply(&self, project: &Project) {
        let world = &self.site.world;
        loop {
            let applied = self.site.alive(apply(&self.applying, &project.files(), None)).await;
            match applied {
                Ok(Ok(_)) => return world.note(&self.site.name, "apply", &[], "ok"),
                Ok(Err(tradewind_platform::apply::NotApplied::Problems(problems))) => {
                    panic!("a project of this world has problems: {problems:#?}")
                }
                Ok(Err(_)) | Err(_) => world.clock.sleep(Duration::from_secs(1)).await,
            }
        }
    }

    /// One thing that somebody does while the world is at work.
    pub(crate) async fn meddle(&self, project: &mut Project) {
        let world = &self.site.world;
        let chance = &world.chance;
        let index = chance.below(project.drafts.len());
        let draft = &mut project.drafts[index];
        match chance.below(12) {
            0 => draft.change(chance),
            1 => {
                draft.enabled = !draft.enabled;
                draft.touched = true;
            }
            2 => {
                draft.deleted = !draft.deleted;
                draft.touched = true;
            }
            3 => {
                let id = draft.name.as_str().into();
                let paused = chance.hits(0.5);
                let _done = self.site.alive(pause(&self.acting, &id, paused)).await;
                return;
            }
            4 => {
                let gone = chance.pick(&CONNECTIONS);
                if !project.removed.remove(gone) {
                    project.removed.insert(gone);
                    project.has_listener &= gone != "natural";
                }
            }
            5 | 8 => {
                let any = (chance.pick(&CONNECTIONS), chance.pick(project.serving));
                // Both can be asked, and neither knows what the other did.
                let may_ask = project.serving.contains(&"searched");
                let between_two_that_are_asked = may_ask && chance.hits(0.5);
                let (name, provider) =
                    if between_two_that_are_asked { ("asked", "searched") } else { any };
                project.providers.insert(name, provider);
            }
            6 => {
                let name = chance.pick(&CONNECTIONS).to_owned();
                let mut facts = world.facts.lock().unwrap();
                if !facts.revoked.remove(&name) {
                    facts.revoked.insert(name);
                }
                return;
            }
            7 => return self.stop_one().await,
            9 => return Box::pin(self.decide_one()).await,
            _ => return Box::pin(self.take_up_some()).await,
        }
        for index in 0..project.drafts.len() {
            project.drafts[index].touched |= project.is_broken(&project.drafts[index]);
        }
        let _done = self.site.alive(apply(&self.applying, &project.files(), None)).await;
    }

    /// All that was broken is repaired.
    pub(crate) async fn repair(&self, project: &mut Project) {
        let world = &self.site.world;
        world.facts.lock().unwrap().revoked.clear();
        project.removed.clear();
        self.apply(project).await;
        let current = world.memory.current().await.unwrap();
        // Only what stands still is resumed: resuming wakes every run of a workflow.
        for head in current.workflows.iter().filter(|head| head.paused) {
            pause(&self.acting, &head.id, false).await.unwrap();
        }
        // What died with its process is taken over once its lease has ended.
        while !world.memory.open(1).await.unwrap().is_empty() {
            advance(&self.acting.advancing(), SLICE).await.unwrap();
            world.clock.sleep(SLICE).await;
        }
    }

    async fn stop_one(&self) {
        let runs = self.runs(RunState::Active).await;
        if runs.is_empty() {
            return;
        }
        let run = runs[self.site.world.chance.below(runs.len())].id.clone();
        let _done = self.site.alive(cancel(&self.acting, &run)).await;
    }

    /// Cancels one of the runs that ask for their turn, wait for it or have it.
    pub(crate) async fn stop_one_with_a_turn(&self) {
        let chance = &self.site.world.limiting;
        let mut runs = self.runs(RunState::Active).await;
        runs.retain(|run| run.steps.contains_key(&StepPath::slot()));
        if !runs.is_empty() {
            let run = runs[chance.below(runs.len())].id.clone();
            let _done = self.site.alive(cancel(&self.acting, &run)).await;
        }
    }

    /// Replays what has failed, resolves what is parked, some of it twice at the same time.
    pub(crate) async fn take_up_some(&self) {
        let chance = &self.site.world.chance;
        if chance.hits(0.3) {
            return self.take_up_all().await;
        }
        let mut runs = self.runs(RunState::Failed).await;
        runs.extend(self.runs(RunState::Parked).await);
        for run in runs {
            if chance.hits(0.5) {
                let twice = Box::pin(join(self.take_up(&run), self.take_up(&run)));
                let _done = self.site.alive(twice).await;
            }
        }
    }

    /// Replays everything that has stopped, as a job that others may work on at the same time.
    async fn take_up_all(&self) {
        let id = JobId(format!("job_{}", self.site.world.ids.random_hex()));
        let ports = self.acting.advancing();
        let start = start_replay(&ports, id, ReplayRuns::default());
        let _done = self.site.alive(join(start, advance(&ports, SLICE))).await;
    }

    /// Takes a run up again, as somebody does who can see what really happened.
    pub(crate) async fn take_up(&self, run: &Run) {
        let world = &self.site.world;
        let settled = run.ended_at < Some(before(world.now(), TRUTH_SETTLES));
        if let Some(failure) = run.failure.as_ref().filter(|_| settled)
            && run.state == RunState::Parked
            && failure.kind == FailureKind::UnknownOutcome
            && world.chance.hits(0.5)
        {
            // Whoever can see what happened need not ask the provider.
            return self.resolve(run, &failure.step).await;
        }
        let taken_up = replay(&self.acting, &run.id, false).await;
        if let Err(NotDone::Objection(objection)) = taken_up
            && settled
        {
            self.answer(run, &objection).await;
        }
    }

    /// Does what the platform asks for before it takes the run up; for several items, one after another.
    async fn answer(&self, run: &Run, objection: &Objection) {
        match objection {
            Objection::OfItems(objections) => {
                for one in objections {
                    Box::pin(self.answer(run, one)).await;
                }
            }
            Objection::NeedsResolving(path) | Objection::OtherProvider(path, _) => {
                self.resolve(run, path).await;
            }
            Objection::KeyWindowPassed(path) if !truth::happened(&self.site.world, run, path) => {
                let _done = replay_step(&self.acting, &run.id, path, true).await;
            }
            // Where it failed for good although it happened, this is refused.
            Objection::KeyWindowPassed(path) => self.resolve(run, path).await,
            _ => {}
        }
    }

    async fn resolve(&self, run: &Run, path: &StepPath) {
        let world = &self.site.world;
        let resolution = match truth::effect(world, run, path) {
            Some(effect) => Resolution::Happened(json!({ "effect": effect })),
            None if world.chance.hits(0.1) => Resolution::Skip,
            None => Resolution::DidNot,
        };
        let _done = resolve(&self.acting, &run.id, path, resolution).await;
    }

    pub(crate) async fn runs(&self, state: RunState) -> Vec<Run> {
        let filter = RunFilter { state: Some(state), limit: 1_000, ..RunFilter::default() };
        Runs::list(&*self.site.world.memory, &filter).await.unwrap().records
    }

    /// Messages that nobody should have sent.
    pub(crate) fn poison(&self) {
        let world = &self.site.world;
        let (action, _) = world.chance.pick(&ACTIONS);
        let run = RunId(format!("run_{}", world.chance.below(9)));
        let body = match world.chance.below(5) {
            0 => "{".to_owned(),
            1 => json!({ "v": 3, "run": run, "path": "s0", "new": true }).to_string(),
            2 => json!({ "v": 3, "run": run, "path": "s0" }).to_string(),
            3 => json!({ "v": 1, "run": run, "path": "s0" }).to_string(),
            _ => "null".to_owned(),
        };
        let queue = if world.chance.hits(0.2) { "dispatch" } else { action };
        world.note("somebody", "poison", &[queue], &body);
        world.memory.send(queue, &body, world.now());
    }

    /// Wake-ups are purged.
    pub(crate) fn purge(&self) {
        let world = &self.site.world;
        let lost = world.memory.lose(|queue, _| queue != "dispatch" && world.chance.hits(0.7));
        world.note("somebody", "purge", &[], &lost.to_string());
    }
}
