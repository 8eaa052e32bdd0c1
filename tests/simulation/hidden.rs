//! Runs that cannot be read for a time: a newer process wrote them, or they are damaged until somebody
//! repairs them. They wait, they are as they were, and they go on.

use super::world::World;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ports::{Clock as _, RunFilter, Runs};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::{after, until};
use tradewind_memory::Kind;

const NEWER: Unreadable = Unreadable::Newer { kind: "run", found: 2, known: 1 };
/// The longest that a run is hidden.
const HIDDEN_MAX_S: u64 = 6 * 3_600;

/// Hides runs, in some worlds, and shows them again before the weather is calm.
pub(crate) async fn hide_some(world: Arc<World>) {
    let chance = &world.hiding;
    // Where nothing but connections fails, it is judged how long what waits may do so.
    if world.weather.unswept || world.weather.fair || !chance.hits(0.3) {
        return;
    }
    let busy = until(world.start, world.weather.calm_from);
    let mut moments: Vec<f64> = (0..chance.between(1, 8)).map(|_| chance.unit().powi(3)).collect();
    moments.sort_by(f64::total_cmp);
    for moment in moments {
        let at = after(world.start, busy.mul_f64(moment));
        world.clock.sleep(until(world.now(), at)).await;
        let all = RunFilter { limit: usize::MAX, ..RunFilter::default() };
        let runs = Runs::list(&*world.memory, &all).await.unwrap().records;
        if !runs.is_empty() {
            let lasts = chance.seconds(1, HIDDEN_MAX_S);
            let lasts = lasts.min(until(world.now(), world.weather.calm_from));
            hide(&world, &runs[chance.below(runs.len())], lasts).await;
        }
    }
}

async fn hide(world: &World, run: &Run, lasts: Duration) {
    let damaged = || Unreadable::Damaged { kind: "run", detail: "line 1".to_owned() };
    let why = if world.hiding.hits(0.6) { NEWER } else { damaged() };
    let id = run.id.as_str();
    world.note("somebody", "hide", &[id], &why.to_string());
    world.memory.hide(Kind::Run, id, Some(why));
    world.clock.sleep(lasts).await;
    world.memory.hide(Kind::Run, id, None);
    world.note("somebody", "show", &[id], "");
    if Runs::read(&*world.memory, &run.id).await.unwrap().as_ref() != Some(run) {
        world.watch.broken(format!("{id} was changed while it could not be read"));
    }
}
