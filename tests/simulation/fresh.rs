//! Orders that are closed at some time, and steps that ask for that right before they act.

use super::calls::{Fate, failed, fate, send};
use super::chance::Chance;
use super::checks::Kept;
use super::life::Ended;
use super::providers::SHOP;
use super::site::Site;
use super::world::World;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_connectors::action::{Action, Cx, Implementation};
use tradewind_engine::effects::{ActionError, EffectClass, OnUnknown};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::Clock as _;
use tradewind_engine::runs::{StepState, idempotency_key};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::FRESH_READ;

/// What such a step asks.
pub(crate) const STILL_OPEN: &str = "now.order.status == 'open'";

/// The orders of the shop, and what was read of them.
pub(crate) struct Orders {
    /// A stream of its own, so that orders shift nothing else of a seed.
    chance: Chance,
    closed_at: Mutex<BTreeMap<String, Option<Timestamp>>>,
    reads: Mutex<Vec<Read>>,
}

/// What somebody was told of an order.
#[derive(Clone, Debug)]
struct Read {
    at: Timestamp,
    site: String,
    run: RunId,
    path: StepPath,
    is_open: bool,
}

#[derive(Deserialize)]
struct Which {
    id: String,
}

impl Orders {
    pub(crate) fn new(seed: u64) -> Self {
        let chance = Chance::new(seed.rotate_left(17) ^ 0x0d_e5);
        Self { chance, closed_at: Mutex::default(), reads: Mutex::default() }
    }

    fn is_open(&self, order: &str, now: Timestamp) -> bool {
        let mut closed_at = self.closed_at.lock().unwrap();
        let closed_at = closed_at.entry(order.to_owned()).or_insert_with(|| {
            let longest_s = self.chance.pick(&[None, Some(1), Some(600), Some(86_400)])?;
            Some(after(now, self.chance.seconds(0, longest_s)))
        });
        closed_at.is_none_or(|closed_at| now < closed_at)
    }
}

/// Whether the step of that workflow asks, in that edit of it, where it works on one event of the shop.
pub(crate) fn asks(workflow: &str, edit: u32, step: usize) -> bool {
    let name: usize = workflow.bytes().map(usize::from).sum();
    (name + edit as usize + step).is_multiple_of(5)
}

/// The action that reads an order.
pub(crate) fn order_get(site: &Arc<Site>) -> Action {
    let reading = site.clone();
    let implementation =
        Implementation::new(&SHOP, EffectClass::Natural, move |cx, which: Which| {
            let site = reading.clone();
            Box::pin(async move { read(&site, cx, which).await })
        });
    let input = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
    let output = json!({ "type": "object", "properties": { "order": {
        "type": "object",
        "properties": { "id": { "type": "string" }, "status": { "type": "string" } },
    } } });
    Action::of_schemas(FRESH_READ, "", input, output, OnUnknown::Retry).by(implementation)
}

async fn read(site: &Arc<Site>, cx: &Cx<'_>, which: Which) -> Result<Value, ActionError> {
    let world = &site.world;
    let fate = fate(site, &SHOP.id, &cx.connection.name.0);
    send(cx, fate).await;
    let about = [cx.run.as_str(), cx.step.as_str()];
    world.note(&site.name, "read", &about, &format!("{fate:?}"));
    world.clock.sleep(world.chance.seconds(0, 1) + Duration::from_millis(1)).await;
    site.may_break("read", &about).await;
    if fate != Fate::Answered {
        return Err(failed(site, fate, EffectClass::Natural).await);
    }
    let (now, orders) = (world.now(), &world.orders);
    let is_open = orders.is_open(&which.id, now);
    let (run, path) = (cx.run.clone(), cx.step.clone());
    let read = Read { at: now, site: site.name.clone(), run, path, is_open };
    world.note(&site.name, "read", &about, if is_open { "open" } else { "closed" });
    orders.reads.lock().unwrap().push(read);
    let status = if is_open { "open" } else { "closed" };
    Ok(json!({ "order": { "id": which.id, "status": status } }))
}

/// Whoever calls for a step that asks was told just before that its order is open; and no step is said to be
/// skipped for a closed one whose effect happened.
pub(crate) fn i18_nothing_happens_that_is_not_wanted_any_more(
    world: &World,
    _: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    let reads = world.orders.reads.lock().unwrap();
    for call in world.ledger.calls().iter().filter(|call| call.marker.ends_with(ASKS)) {
        let own =
            |read: &&Read| read.site == call.site && read.run == call.run && read.path == call.path;
        let last = reads.iter().filter(|read| read.at <= call.at).rfind(own);
        if !last.is_some_and(|read| read.is_open && call.at <= after(read.at, ATTEMPT_MAX)) {
            broken.push(format!("I18: {call:?} was made although {last:?}"));
        }
    }
    for run in kept.runs.iter().filter(|run| run.resumed == 0) {
        for (path, step) in run.steps.iter().filter(|(_, step)| step.state == StepState::Skipped) {
            let key = idempotency_key(run.root(), path, run.resumed);
            let effects = world.ledger.effects_of(&key);
            if step.reason.as_deref() == Some("no_longer_true") && !effects.is_empty() {
                broken.push(format!("I18: {} {path} is skipped: {effects:?}", run.id));
            }
        }
    }
    broken
}

/// An attempt takes no longer from its read to its call; a process may stand still between the two.
const ATTEMPT_MAX: Duration = Duration::from_secs(700);

/// What ends the marker of a step that asks.
pub(crate) const ASKS: &str = " asks";
