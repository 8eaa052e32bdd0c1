//! The course of a world: it is set up, works in bad weather, heals, and people clean up.

use super::hidden::hide_some;
use super::outages;
use super::people::People;
use super::providers::{SERVING, SERVING_UNASKED};
use super::shop;
use super::slots::limit_some;
use super::workers;
use super::workflows::{Draft, Project};
use super::world::World;
use futures::FutureExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_engine::ports::{Clock, DeadLetters};
use tradewind_engine::runs::RunState;
use tradewind_engine::time::{Timestamp, after, until};

const DAY: Duration = Duration::from_secs(86_400);
/// No run needs longer than 25: 14 tries over 96 hours, each of which may be put off by a day. Some wait for the
/// ends of others.
const DAYS_MAX: u32 = 100;
/// A minute after it is due, the sweeper has seen a run; clocks differ by less than another.
const UNSEEN_MAX: Duration = Duration::from_secs(2 * 60);
/// How often people go through everything that has stopped.
const ROUNDS_MAX: u32 = 8;

/// How a world ended.
pub(crate) struct Ended {
    pub(crate) project: Project,
    /// People went through all that had failed or was parked.
    pub(crate) cleaned_up: bool,
}

/// Lives a world from its start to its end, or until `holds` says that a promise is broken.
pub(crate) fn live(world: &Arc<World>, holds: &dyn Fn(&World, &Ended) -> bool) {
    let serving: &[&str] =
        if world.weather.clocks_are_apart() { &SERVING_UNASKED } else { &SERVING };
    let mut project = Project::new(&world.chance, serving);
    limit_some(&mut project, &world.limiting);
    let goes_by_the_clock = project.drafts.iter().any(Draft::goes_by_the_clock);
    world.facts.lock().unwrap().goes_by_the_clock = goes_by_the_clock;
    let project = Arc::new(Mutex::new(project));
    set_up(world, &project);
    workers::start(world);
    shop::open(world);
    shop::open_crowded(world);
    outages::watch(world);
    let meddled = begin(world, meddle(world.clone(), project.clone()));
    let hidden = begin(world, hide_some(world.clone()));
    world.executor.run_until(world.weather.calm_from);
    world.executor.run_till(|| *meddled.lock().unwrap() && *hidden.lock().unwrap());
    let people = Arc::new(People::new(world, "repair"));
    finish(world, repair(people.clone(), project.clone()));
    rest(world);
    let project = project.lock().unwrap().clone();
    let mut ended = Ended { project, cleaned_up: false };
    if holds(world, &ended) && world.chance.hits(0.5) {
        let by_letters = world.chance.hits(0.3);
        for _ in 0..ROUNDS_MAX {
            world.executor.run_until(after(world.now(), DAY / 12));
            finish(world, clean_up(people.clone(), by_letters));
            rest(world);
        }
        ended.cleaned_up = true;
        holds(world, &ended);
    }
}

fn set_up(world: &Arc<World>, project: &Arc<Mutex<Project>>) {
    let people = People::new(world, "setup");
    let project = project.lock().unwrap().clone();
    finish(world, async move { people.apply(&project).await });
}

/// Lets the world go on until `work` is done.
fn finish(world: &Arc<World>, work: impl Future<Output = ()> + Send + 'static) {
    let done = begin(world, work);
    world.executor.run_till(|| *done.lock().unwrap());
}

/// Begins `work`; true once it is done.
fn begin(world: &Arc<World>, work: impl Future<Output = ()> + Send + 'static) -> Arc<Mutex<bool>> {
    let done = Arc::new(Mutex::new(false));
    let flag = done.clone();
    world.executor.spawn(work.map(move |()| *flag.lock().unwrap() = true));
    done
}

/// Lets the world go on until all runs have ended and nobody is going to tell of anything more.
fn rest(world: &Arc<World>) {
    for day in 0..DAYS_MAX {
        world.executor.run_until(after(world.now(), DAY));
        // I3: nothing that is due goes unseen for long once sweepers are at work.
        let unseen = world
            .next_check()
            .filter(|at| after(*at, UNSEEN_MAX + world.weather.skew) < world.now());
        if let Some(at) = unseen.filter(|_| !world.weather.unswept) {
            world.watch.broken(format!("I3: at {} a run was due since {at}", world.now()));
        }
        let told = world.facts.lock().unwrap().told_until < Some(world.now());
        if day >= 1 && told && world.next_check().is_none() {
            return;
        }
    }
}

/// People do things at any time.
async fn meddle(world: Arc<World>, project: Arc<Mutex<Project>>) {
    let people = People::new(&world, "people");
    let busy = until(world.start, world.weather.calm_from);
    let deeds = if world.weather.unswept || world.weather.fair {
        0
    } else {
        world.chance.pick(&[0, 3, 8, 20])
    };
    // Most runs are short and most of them begin early: so do many deeds.
    let moment = |_| world.chance.unit().powi(world.chance.pick(&[1, 4, 8]));
    let mut moments: Vec<f64> = (0..deeds).map(moment).collect();
    moments.sort_by(f64::total_cmp);
    let mut lull = world.weather.lull;
    for moment in moments {
        let at = after(world.start, busy.mul_f64(moment));
        if let Some((from, to)) = lull.take_if(|(from, _)| *from <= at) {
            rest_in_lull(&people, &project, from, to).await;
        }
        world.clock.sleep(until(world.now(), at)).await;
        if world.now() >= world.weather.calm_from {
            // A deed took so long that the repair has come before the next.
            return;
        }
        match world.chance.below(10) {
            0 => people.poison(),
            1 => people.purge(),
            _ => {
                let mut next = project.lock().unwrap().clone();
                people.meddle(&mut next).await;
                *project.lock().unwrap() = next;
            }
        }
    }
    if let Some((from, to)) = lull {
        rest_in_lull(&people, &project, from, to).await;
    }
}

/// In the lull people repair everything and take up whatever has stopped; then they watch.
async fn rest_in_lull(people: &People, project: &Mutex<Project>, from: Timestamp, to: Timestamp) {
    let world = &people.site.world;
    world.clock.sleep(until(world.now(), from)).await;
    if !world.weather.is_calm(world.now()) {
        // A deed took so long that the lull has passed.
        return;
    }
    let mut next = project.lock().unwrap().clone();
    people.repair(&mut next).await;
    *project.lock().unwrap() = next;
    // Until then, workers may still take what was broken from memory.
    world.clock.sleep(UNSEEN_MAX).await;
    world.facts.lock().unwrap().is_repaired = true;
    take_up_stopped(people).await;
    world.clock.sleep(until(world.now(), to)).await;
    world.facts.lock().unwrap().is_repaired = false;
    world.watch.clear_taken_up();
}

async fn repair(people: Arc<People>, project: Arc<Mutex<Project>>) {
    let mut next = project.lock().unwrap().clone();
    people.repair(&mut next).await;
    *project.lock().unwrap() = next;
    people.site.world.facts.lock().unwrap().is_repaired = true;
}

/// Takes up whatever has stopped; every other letter goes back to its queue, twice.
async fn clean_up(people: Arc<People>, by_letters: bool) {
    let world = &people.site.world;
    let letters = DeadLetters::list(&*world.memory, 10_000).await.unwrap();
    for letter in letters {
        if by_letters || letter.queue == "dispatch" {
            world.memory.redrive(&letter.id).await.unwrap();
            world.memory.redrive(&letter.id).await.unwrap();
        }
    }
    if by_letters {
        world.clock.sleep(DAY / 8).await;
    }
    take_up_stopped(&people).await;
}

async fn take_up_stopped(people: &People) {
    for state in [RunState::Failed, RunState::Parked] {
        for run in people.runs(state).await {
            futures::future::join(people.take_up(&run), people.take_up(&run)).await;
        }
    }
}
